"""What work paid an hour, as panels count it that have a minimum.

Prolific counts whole minutes, at least one, and holds the reward of a visit against a minimum for
an hour (Prolific's help, "Prolific's payment principles"). A HIT of a few cents can only be paid so
together with others of its type, in one visit.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil

from mturk_exodus.values import from_iso

MOST_HITS = 50
"""HITs in one visit."""

_EXACT = 3_600
_MOST = 60 * 60 * 24 * 30
_CENT = Decimal("0.01")


class Times:
    """How long assignments took, from accept to submit. However many there are, this stays small:
    what took more than an hour is counted in minutes that were begun.
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, accept_time: str | None, submit_time: str | None) -> None:
        """One more; nothing if it is not known when it began or ended."""
        took = _seconds(accept_time, submit_time)
        if took is not None:
            self._counts[took if took <= _EXACT else ceil(took / 60) * 60] += 1

    @property
    def median(self) -> int | None:
        """Seconds; the longer one of the two in the middle. None if nothing is known."""
        middle = self._counts.total() // 2
        for seconds in sorted(self._counts):
            middle -= self._counts[seconds]
            if middle < 0:
                return seconds
        return None


def minutes(seconds: int, hits: int = 1) -> int:
    """How many minutes so many HITs take of so many seconds each: whole ones, at least one."""
    return max(1, ceil(Fraction(seconds * hits, 60)))


def least(for_minutes: int, per_hour: int) -> int:
    """The least reward of a visit of so many minutes, where an hour pays so much: cents."""
    return ceil(Fraction(for_minutes * per_hour, 60))


def cents(amount: str | None) -> int | None:
    """`8.00` in cents; None if it is no amount in whole cents."""
    try:
        said = Decimal(amount or "")
    except InvalidOperation:
        return None
    if not said.is_finite() or said < 0 or said.adjusted() > 6:  # noqa: PLR2004 - millions
        return None
    return int(said * 100) if said == said.quantize(_CENT) else None


def dollars(amount: int) -> str:
    """Cents as `8.00`."""
    return f"{Decimal(amount) / 100:.2f}"


def pays(reward: int, seconds: int, hits: int, per_hour: int) -> bool:
    """Whether a visit pays enough.

    Args:
        reward: cents for one HIT.
        seconds: that one takes.
        hits: in the visit.
        per_hour: cents.
    """
    return reward * hits >= least(minutes(seconds, hits), per_hour)


def hits_in_a_visit(reward: int, seconds: int, per_hour: int) -> int | None:
    """The fewest HITs that pay enough together, with arguments as in pays; None if none do."""
    found = (hits for hits in range(1, MOST_HITS + 1) if pays(reward, seconds, hits, per_hour))
    return next(found, None)


def _seconds(accept_time: str | None, submit_time: str | None) -> int | None:
    """Whole seconds that were begun."""
    if accept_time is None or submit_time is None:
        return None
    try:
        took = (from_iso(submit_time) - from_iso(accept_time)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(ceil(took), _MOST) if took >= 0 else None
