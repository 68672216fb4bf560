"""Times as the requester site writes them: `Sat Oct 28 04:17:01 PDT 2017`, in Pacific time.

The rule stands here and not in the system's zone files, which small machines lack: MTurk lived
from 2005 to 2026, and what was Pacific time in those years does not change any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_APRIL_TO_OCTOBER = 1987
_MARCH_TO_NOVEMBER = 2007
_SUNDAY = 6


def written(time: str) -> str:
    """A time of the archive, in UTC; what is below a second is left out.

    Before 1987, when Pacific time had other rules, it stays in GMT.
    """
    before, after = _hour(time[:13])
    return f"{before}{time[13:19]}{after}"


@lru_cache(4096)
def _hour(hour: str) -> tuple[str, str]:
    """What stands before and after the minutes, which are the same in both zones."""
    moment = datetime.fromisoformat(f"{hour}:00:00")
    zone, offset = _zone(moment)
    local = moment - timedelta(hours=offset)
    day = f"{_DAYS[local.weekday()]} {_MONTHS[local.month - 1]} {local.day:02}"
    return f"{day} {local.hour:02}", f" {zone} {local.year:04}"


def _zone(moment: datetime) -> tuple[str, int]:
    """The zone's letters, and how many hours it is behind UTC."""
    if moment.year < _APRIL_TO_OCTOBER:
        return "GMT", 0
    begins, ends = _summer(moment.year)
    return ("PDT", 7) if begins <= moment < ends else ("PST", 8)


@lru_cache(64)
def _summer(year: int) -> tuple[datetime, datetime]:
    """When summer time begins and ends, in UTC: at two o'clock of the time until then."""
    if year < _MARCH_TO_NOVEMBER:
        return _sunday_from(year, 4, 1, hour=10), _sunday_from(year, 10, 25, hour=9)
    return _sunday_from(year, 3, 8, hour=10), _sunday_from(year, 11, 1, hour=9)


def _sunday_from(year: int, month: int, day: int, *, hour: int) -> datetime:
    first = datetime(year, month, day, hour)  # noqa: DTZ001 - all times here are UTC
    return first + timedelta(days=_SUNDAY - first.weekday())
