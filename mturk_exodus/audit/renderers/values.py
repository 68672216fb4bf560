"""Values as people read them, and as programs do."""

from __future__ import annotations

from mturk_exodus.audit.amounts import decimal, in_cents
from mturk_exodus.audit.report import Kind, Value

UNKNOWN = "\N{EN DASH}"
_MINUTE, _HOUR = 60, 3600


def shown(kind: Kind, value: Value) -> str:
    """For people: money in cents, shares in percent."""
    if value is None or isinstance(value, str):
        return UNKNOWN if value is None else value
    if kind in (Kind.MONEY, Kind.HOURLY):
        return f"${in_cents(int(value)):,}"
    if kind is Kind.SHARE:
        return f"{value:.1%}".replace("%", " %")
    if kind is Kind.AGREEMENT:
        return f"{value:.3f}"
    if kind is Kind.DURATION:
        return _duration(int(value))
    return f"{value:,}"


def plain(kind: Kind, value: Value) -> Value:
    """For programs: money as exact decimal text in dollars, durations as seconds, shares of 1."""
    if value is None or isinstance(value, str):
        return value
    if kind in (Kind.MONEY, Kind.HOURLY):
        return format(decimal(int(value)), "f")
    if kind in (Kind.SHARE, Kind.AGREEMENT):
        return round(value, 6)
    if kind is Kind.DURATION:
        return value / 1000
    return value


def _duration(milliseconds: int) -> str:
    seconds = milliseconds / 1000
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{int(seconds) // _MINUTE} min {int(seconds) % _MINUTE} s"
    return f"{int(seconds) // _HOUR:,} h {int(seconds) % _HOUR // _MINUTE} min"
