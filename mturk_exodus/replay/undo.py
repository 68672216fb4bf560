"""Removes from a target what the ledger says that we made there, and nothing else."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mturk_exodus import errors
from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger, Made, Result
from mturk_exodus.replay.adapter import Adapter, Kept, Making, Receipt
from mturk_exodus.replay.outcome import LONGEST_REASON
from mturk_exodus.replay.sending import ROUNDS, Sleep

_AT_ONCE = 1_000


@dataclass
class Undone:
    """What an undo did, in actions.

    Attributes:
        removed: from the target, or found to be gone.
        kept: hold something that is not ours.
        reasons: why they were kept, and how many for each reason.
        stopped: whether it ended before its end because it was told to.
    """

    removed: int = 0
    kept: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    stopped: bool = False


@dataclass(frozen=True)
class ToUndo:
    """What there is to undo.

    Attributes:
        made: how many things of each kind we made and have not removed.
        unknown: how many may have been made. Another import finds out.
    """

    made: Mapping[str, int]
    unknown: int


def to_undo(archive: Archive, adapter: Adapter) -> ToUndo:
    """What the ledger says that we made at the adapter's target."""
    target = ledger.known(archive, adapter.name, adapter.identity())
    if target is None:
        return ToUndo({}, 0)
    book = Ledger(archive, target)
    return ToUndo(Counter(one.operation for _, one in book.made()), book.unsettled())


def undo(
    archive: Archive,
    adapter: Adapter,
    *,
    arguments: Mapping[str, Any] | None = None,
    stop: threading.Event | None = None,
    progress: Callable[[int], None] | None = None,
    sleep: Sleep = time.sleep,
) -> Undone:
    """Remove what we made, the last first.

    Raises:
        TargetError: as Adapter.remove. What was removed is in the ledger, and the same undo goes
            on from there.
    """
    this = ledger.begin(archive, adapter.name, adapter.identity(), "undo", arguments or {})
    book, done = Ledger(archive, this), Undone()
    try:
        for portion in _portions(book):
            if stop is not None and stop.is_set():
                done.stopped = True
                break
            _remove(adapter, book, portion, done, sleep)
            if progress is not None:
                progress(len(portion))
    except errors.ExodusError as error:
        ledger.end(archive, this, "refused", str(error))
        raise
    outcome = "interrupted" if done.stopped else "failures" if done.kept else "complete"
    ledger.end(archive, this, outcome, f"{done.removed} removed, {done.kept} kept")
    return done


def _portions(book: Ledger) -> Iterator[list[Made]]:
    last = None
    while portion := list(islice(book.made(before=last), _AT_ONCE)):
        last = portion[-1][0]
        yield [made for _, made in portion]


def _remove(
    adapter: Adapter, book: Ledger, portion: Sequence[Made], done: Undone, sleep: Sleep
) -> None:
    left = [Making(one.key, one.operation, one.made_id) for one in portion]
    for attempt in range(ROUNDS):
        results: list[Receipt | Kept] = []
        try:
            results.extend(adapter.remove(left))
        except errors.OutcomeUnknown:
            if attempt + 1 == ROUNDS:
                raise
            sleep(2.0**attempt)
        finally:
            _note(book, results, done)
        settled = {one.key for one in results}
        left = [one for one in left if one.key not in settled]
        if not left:
            return
    raise errors.AdapterBroken(
        f"adapter '{adapter.name}' says nothing of {left[0].operation}; tell its authors"
    )


def _note(book: Ledger, results: Sequence[Receipt | Kept], done: Undone) -> None:
    removed = [one for one in results if isinstance(one, Receipt)]
    book.settle(Result(one.key, "removed") for one in removed)
    done.removed += len(removed)
    for one in results:
        if isinstance(one, Kept):
            done.kept += 1
            reason = one.reason[:LONGEST_REASON]
            done.reasons[reason] = done.reasons.get(reason, 0) + 1
