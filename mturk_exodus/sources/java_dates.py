"""Times as the requester site and the command line tools write them: Java's Date.toString()."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from mturk_exodus.records import CanonicalTime

_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) ([A-Z]{1,5}) (\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DAY = 86_400

ZONES = {
    # The requester site writes these three; they change within one file and one row. With them
    # WorkTimeInSeconds = SubmitTime - AcceptTime holds for each of 39,986 public rows.
    "PDT": -7,
    "PST": -8,
    "GMT": 0,
    # The command line tools write their machine's zone.
    "UTC": 0,
    "Z": 0,
    "MDT": -6,
    "MST": -7,
    "CDT": -5,
    "CST": -6,
    "EDT": -4,
    "EST": -5,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "MET": 1,
    "MEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "SGT": 8,
    "HKT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}
"""Hours from UTC. IST is missing: Ireland, Israel and India write the same three letters."""


def iso_of(text: str) -> CanonicalTime | None:
    """`Sat Oct 28 04:17:01 PDT 2017` as ISO 8601 UTC; None if it is not such a time."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    month, day, hour, minute, second, zone, year = match.groups()
    midnight = _midnight(year, month, day, zone)
    if midnight is None:
        return None
    if hour > "23" or minute > "59" or second > "59":
        return None
    return _iso(midnight + int(hour) * 3600 + int(minute) * 60 + int(second))


@lru_cache(4096)
def _midnight(year: str, month: str, day: str, zone: str) -> int | None:
    """Epoch seconds of a day's beginning."""
    offset = ZONES.get(zone)
    if offset is None or month not in _MONTHS:
        return None
    try:
        local = timezone(timedelta(hours=offset))
        moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=local)
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds())


def _iso(seconds: int) -> CanonicalTime:
    day, second = divmod(seconds, _DAY)
    return CanonicalTime(f"{_date(day)}T{_clock(second // 60)}:{second % 60:02}.000Z")


@lru_cache(4096)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


@lru_cache(1440)
def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
