"""Removes from a target what the ledger says that we made there, and nothing else."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.replay.adapter import Adapter, Kept, Making, Receipt
from mturk_exodus.replay.outcome import LONGEST_REASON, ending
from mturk_exodus.replay.removing import remove
from mturk_exodus.replay.sending import Sleep


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
    return ToUndo(Counter(one.operation for some in book.made() for one in some), book.unsettled())


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
        for portion in book.made():
            if stop is not None and stop.is_set():
                done.stopped = True
                break
            makings = [Making(one.key, one.operation, one.made_id) for one in portion]
            _note(remove(adapter, book, makings, sleep), done)
            if progress is not None:
                progress(len(portion))
    except BaseException as error:
        ledger.end(archive, this, *ending(error))
        raise
    outcome = "interrupted" if done.stopped else "failures" if done.kept else "complete"
    ledger.end(archive, this, outcome, f"{done.removed} removed, {done.kept} kept")
    return done


def _note(results: Sequence[Receipt | Kept], done: Undone) -> None:
    for one in results:
        if isinstance(one, Receipt):
            done.removed += 1
            continue
        done.kept += 1
        reason = one.reason[:LONGEST_REASON]
        done.reasons[reason] = done.reasons.get(reason, 0) + 1
