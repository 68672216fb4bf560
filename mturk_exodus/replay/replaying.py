"""A whole replay: an archive, a target, and everything between them."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.archive.selection import Selection
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.ahead import Ahead, ahead
from mturk_exodus.replay.batches import Batch, batches
from mturk_exodus.replay.beside import Prepares
from mturk_exodus.replay.clerk import Clerk
from mturk_exodus.replay.course import Course, Progress
from mturk_exodus.replay.engine import Engine
from mturk_exodus.replay.outcome import Outcome, ending
from mturk_exodus.replay.plan import LossCount, Plan, declared_losses
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.replay.sending import Sleep


@dataclass
class Replayed:
    """What a replay did.

    Attributes:
        outcome: action by action.
        plan: what it was carried out from.
        losses: what becomes of fields that do not arrive as they are.
        stopped: whether it ended before its end because it was told to.
    """

    outcome: Outcome
    plan: Plan
    losses: list[LossCount] = field(default_factory=list)
    stopped: bool = False


def plan(
    archive: Archive, adapter: Adapter, selection: Selection | None = None
) -> tuple[Plan, list[LossCount]]:
    """Go through a plan without sending anything; its account, and the losses by declaration."""
    reader = ArchiveReader(archive, selection)
    account = Plan()
    for _ in account.watched(adapter.plan(reader)):
        pass
    return account, declared_losses(adapter, reader)


def replay(
    archive: Archive,
    adapter: Adapter,
    selection: Selection | None = None,
    *,
    arguments: Mapping[str, Any] | None = None,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> Replayed:
    """Make at the target what the archive holds and the target lacks.

    Args:
        archive: whoever calls has the right to write to it.
        adapter: of the target.
        selection: which HITs and assignments.
        arguments: what the person asked for; the archive keeps it. Without secrets.
        stop: ends it after the batch that is under way.
        progress: is told of each batch, once it is in the ledger.
        sleep: seconds between two looks for an unknown outcome.

    Raises:
        TargetError: of any kind but TargetRejected. What was done is in the ledger, and the same
            replay goes on from there.
        AdapterBroken: the adapter does not keep the contract.
    """
    this = ledger.begin(archive, adapter.name, adapter.identity(), "import", arguments or {})
    engine = Engine(adapter, Ledger(archive, this), sleep)
    done = Replayed(engine.outcome, Plan())
    stop = stop or threading.Event()
    try:
        with (
            _planned(archive, adapter, selection, done.plan, stop) as batches_ahead,
            Clerk(archive.path, this, engine.began_at, _readying(adapter)) as clerk,
        ):
            Course(engine, clerk, stop, progress or _silent).run(batches_ahead)
        done.stopped = stop.is_set()
        done.losses = declared_losses(adapter, ArchiveReader(archive, selection))
    except BaseException as error:
        ledger.end(archive, this, *ending(error))
        raise
    ledger.keep_losses(archive, this, map(_row, [*done.losses, *done.plan.losses]))
    ledger.end(archive, this, *_ending(done))
    return done


def _planned(
    archive: Archive,
    adapter: Adapter,
    selection: Selection | None,
    account: Plan,
    stop: threading.Event,
) -> AbstractContextManager[Ahead[Batch]]:
    """The plan's batches, read through a connection of their own: that is another thread."""

    def planned(unwanted: threading.Event) -> Iterator[Batch]:
        with Archive.open(archive.path, read_only=True) as other:
            items = takewhile(
                lambda _item: not (unwanted.is_set() or stop.is_set()),
                adapter.plan(ArchiveReader(other, selection)),
            )
            yield from batches(account.watched(items), adapter.limits)

    return ahead(planned)


def _readying(adapter: Adapter) -> Callable[[Batch], None]:
    if not isinstance(adapter, Prepares):
        return lambda _batch: None
    return lambda batch: adapter.prepare([one.action for one in batch])


def _ending(done: Replayed) -> tuple[str, str]:
    counts = ", ".join(
        f"{count} {name}"
        for name, count in dataclasses.asdict(done.outcome).items()
        if isinstance(count, int) and count
    )
    if done.stopped:
        return "interrupted", counts
    return "complete" if done.outcome.is_whole else "failures", counts


def _row(loss: LossCount) -> tuple[str, str, str, int, list[str]]:
    return loss.field, loss.fidelity.value, loss.note, loss.records, loss.examples


def _silent(_count: int) -> None:
    """Nobody watches."""
