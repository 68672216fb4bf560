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
_YEARS_THAT_DATETIME_KNOWS = range(
    int((datetime(1, 1, 1, tzinfo=timezone.utc) - _EPOCH).total_seconds()),
    int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc) - _EPOCH).total_seconds()) + 1,
)
_PAST_THE_HOUR = {f":{second // 60:02}:{second % 60:02}": second for second in range(3_600)}

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
    # Hours come again and again, and every zone is whole hours from UTC: minutes stay as they are.
    past = text[13:19]
    if past in _PAST_THE_HOUR and (hour := _hour_of(text[:13] + text[19:])) is not None:
        return CanonicalTime(f"{hour}{past}.000Z")
    seconds = _seconds(text)
    return None if seconds is None else CanonicalTime(_iso(seconds))


def seconds_of(text: str) -> int | None:
    """The same as epoch seconds."""
    past = _PAST_THE_HOUR.get(text[13:19])
    if past is not None and (hour := _hour(text[:13] + text[19:])) is not None:
        return hour + past
    return _seconds(text)


@lru_cache(4096)
def _hour(around: str) -> int | None:
    """The hour of a text without its minutes and seconds; None if it is not written so."""
    return _seconds(f"{around[:13]}:00:00{around[13:]}")


@lru_cache(4096)
def _hour_of(around: str) -> str | None:
    """The same as ISO 8601, up to the hour."""
    seconds = _hour(around)
    return None if seconds is None else _iso(seconds)[: len("2017-10-28T11")]


def _seconds(text: str) -> int | None:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    month, day, hour, minute, second, zone, year = match.groups()
    midnight = _midnight(year, month, day, zone)
    if midnight is None or hour > "23" or minute > "59" or second > "59":
        return None
    seconds = midnight + int(hour) * 3600 + int(minute) * 60 + int(second)
    return seconds if seconds in _YEARS_THAT_DATETIME_KNOWS else None


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


def _iso(seconds: int) -> str:
    day, second = divmod(seconds, _DAY)
    return f"{_date(day)}T{_clock(second // 60)}:{second % 60:02}.000Z"


@lru_cache(4096)
def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


@lru_cache(1440)
def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
