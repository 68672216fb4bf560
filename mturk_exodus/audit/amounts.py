"""Money, exactly: millionths of a dollar, so that SQLite's sums are whole numbers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

MILLIONTHS = 1_000_000
_CENT = MILLIONTHS // 100
_MOST = 100_000 * MILLIONTHS
"""In 64 bits SQLite multiplies an amount by the milliseconds of an hour."""

NO_AMOUNT = (
    f"what is below $0, from ${_MOST // MILLIONTHS:,} on, finer than $0.000001 or no number counts"
    " as no amount"
)


@lru_cache(4096)
def millionths(amount: str | None) -> int | None:
    """An amount as the archive keeps it; None if it is none, or no amount that MTurk would pay."""
    if amount is None:
        return None
    try:
        scaled = Decimal(amount) * MILLIONTHS
    except InvalidOperation:
        return None
    if not scaled.is_finite() or not 0 <= scaled < _MOST or scaled != int(scaled):
        return None
    return int(scaled)


def decimal(amount: int) -> Decimal:
    """The same in dollars, with cents, and with what is smaller only if there is any."""
    dollars = Decimal(amount) / MILLIONTHS
    if amount % _CENT:
        return dollars.normalize()
    return dollars.quantize(Decimal("0.01"))


def in_cents(amount: int) -> Decimal:
    """The same rounded to cents, for looking at."""
    return (Decimal(amount) / MILLIONTHS).quantize(Decimal("0.01"))
