"""What came of a replay, and the book in which it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mturk_exodus.archive.ledger import Result
from mturk_exodus.errors import ExodusError
from mturk_exodus.replay.adapter import Action, Receipt

LONGEST_REASON = 300
"""Characters."""

_MOST_REASONS = 100


@dataclass
class Outcome:
    """What a replay did, in actions.

    Attributes:
        made: at the target, now.
        found: there already, though the ledger did not say so.
        revised: were there, and have been brought up to date.
        kept: were there, and have been changed there since: left as they are.
        same: are there as they should be; nothing was sent.
        failed: were refused.
        skipped: wait for something that failed.
        reasons: why they failed or were kept, and how many for each reason.
    """

    made: int = 0
    found: int = 0
    revised: int = 0
    kept: int = 0
    same: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether everything is there."""
        return not self.failed and not self.skipped

    def because(self, reason: str, count: int = 1) -> None:
        """Count a reason."""
        if reason in self.reasons or len(self.reasons) < _MOST_REASONS:
            self.reasons[reason] = self.reasons.get(reason, 0) + count


def ending(error: BaseException) -> tuple[str, str]:
    """How a replay is written down that an error ended. Others' words may hold anything."""
    if isinstance(error, ExodusError):
        return "refused", str(error)
    return "interrupted", type(error).__name__


class Ledgered:
    """The book that Sending keeps: the ledger, and the outcome.

    Args:
        settle: writes results in the ledger, or sees to it that they will be.
        outcome: is counted up.
        written: waits until it has done so; raises what went wrong.
    """

    def __init__(
        self,
        settle: Callable[[Iterable[Result]], None],
        outcome: Outcome,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._write = settle
        self._outcome = outcome
        self._written = written
        self._is_hasty = False

    def at_once(self) -> None:
        """Something went wrong: before anything more is asked of the target, all that has come
        from it is in the ledger.
        """
        self._is_hasty = True
        self._written()

    def done(self, receipts: Iterable[Receipt]) -> None:
        """These have happened, now, unless the adapter found that they were there."""
        results = [Result(one.key, "done", one.target_id, one.found) for one in receipts]
        self._settle(results)
        found = sum(one.was_there for one in results)
        self._outcome.found += found
        self._outcome.made += len(results) - found

    def found(self, receipts: Iterable[Receipt]) -> None:
        """These have happened, though no answer came."""
        self.done(Receipt(one.key, one.target_id) for one in receipts)

    def failed(self, actions: Iterable[Action], reason: str) -> None:
        """These were refused."""
        reason = reason[:LONGEST_REASON]
        results = [Result(one.key, "failed", reason=reason) for one in actions]
        self._settle(results)
        self._outcome.failed += len(results)
        self._outcome.because(reason, len(results))

    def skipped(self, actions: Iterable[Action]) -> None:
        """These wait."""
        keys = [one.key for one in actions]
        self._settle(
            Result(key, "failed", reason="waits for something that failed") for key in keys
        )
        self._outcome.skipped += len(keys)

    def _settle(self, results: Iterable[Result]) -> None:
        self._write(results)
        if self._is_hasty:
            self._written()
