"""What a target holds, compared with what the archive would have it hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger, State
from mturk_exodus.archive.selection import Selection
from mturk_exodus.replay.adapter import JSON, Action, Adapter, Receipt
from mturk_exodus.replay.batches import Batch, batches
from mturk_exodus.replay.beside import TakesWork
from mturk_exodus.replay.plan import Plan
from mturk_exodus.replay.reader import ArchiveReader

_EXAMPLES = 5
_MOST_PLACES = 200


@dataclass
class Difference:
    """A place where what is held is another than what was sent.

    Attributes:
        operation: of the actions.
        place: in their payloads: `data.text`.
        actions: how many differ there.
        examples: keys of some.
    """

    operation: str
    place: str
    actions: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Report:
    """How well a target holds an archive, in actions.

    Attributes:
        equal: held as the archive has it.
        changed: held otherwise.
        missing: were made, and are gone.
        not_sent: were never made there, or failed.
        differences: where those that changed differ.
        gone: keys of some that are missing.
        given: how many assignments people have finished there since.
        stopped: whether it ended before its end because it was told to.
    """

    equal: int = 0
    changed: int = 0
    missing: int = 0
    not_sent: int = 0
    differences: list[Difference] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    given: int = 0
    stopped: bool = False

    @property
    def is_faithful(self) -> bool:
        """Whether everything is there as it should be."""
        return not (self.changed or self.missing or self.not_sent)


def fidelity(
    archive: Archive,
    adapter: Adapter,
    selection: Selection | None = None,
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Read a target back and compare. Nothing is changed.

    Raises:
        TargetError: as Adapter.held.
    """
    target = ledger.known(archive, adapter.name, adapter.identity())
    report = Report()
    items = adapter.plan(ArchiveReader(archive, selection))
    for batch in batches(Plan().watched(items), adapter.limits):
        if stop is not None and stop.is_set():
            report.stopped = True
            break
        states = {} if target is None else _states(Ledger(archive, target), batch)
        _compare(adapter, batch, states, report)
        if progress is not None:
            progress(len(batch))
    return report


def _states(book: Ledger, batch: Batch) -> Mapping[str, State]:
    required = chain.from_iterable(one.action.requires for one in batch)
    return book.states({*(one.action.key for one in batch), *required})


def _compare(adapter: Adapter, batch: Batch, states: Mapping[str, State], report: Report) -> None:
    receipts = {
        key: Receipt(key, state.made_id, state.was_there)
        for key, state in states.items()
        if state.is_there and state.made_id is not None
    }
    sent = [one.action for one in batch if one.action.key in receipts]
    report.not_sent += len(batch) - len(sent)
    held = adapter.held(sent, receipts) if sent else {}
    if isinstance(adapter, TakesWork):
        report.given += adapter.given({one.key: receipts[one.key] for one in sent})
    for action in sent:
        _note(action, held.get(action.key), report)


def _note(action: Action, held: Mapping[str, JSON] | None, report: Report) -> None:
    if held is None:
        report.missing += 1
        if len(report.gone) < _EXAMPLES:
            report.gone.append(action.key)
        return
    places = list(dict.fromkeys(different(action.payload, held)))
    if not places:
        report.equal += 1
        return
    report.changed += 1
    for place in places:
        _count(action, place, report.differences)


def _count(action: Action, place: str, differences: list[Difference]) -> None:
    known = (one for one in differences if (one.operation, one.place) == (action.operation, place))
    difference = next(known, None)
    if difference is None:
        if len(differences) >= _MOST_PLACES:
            return
        difference = Difference(action.operation, place)
        differences.append(difference)
    difference.actions += 1
    if len(difference.examples) < _EXAMPLES:
        difference.examples.append(action.key)


def different(sent: JSON, held: JSON, place: str = "payload") -> Iterator[str]:
    """The places where two things that JSON can hold differ; lists count as one place each.

    A number is the same however it is written.
    """
    if isinstance(sent, Mapping) and isinstance(held, Mapping):
        for name in sorted({*sent, *held}):
            inside = f"{place}.{name}"
            if name not in sent or name not in held:
                yield inside
            else:
                yield from different(sent[name], held[name], inside)
    elif isinstance(sent, list | tuple) and isinstance(held, list | tuple):
        alike = len(sent) == len(held) and not any(
            any(different(*two)) for two in zip(sent, held, strict=True)
        )
        if not alike:
            yield place
    elif sent != held or isinstance(sent, bool) != isinstance(held, bool):
        yield place
