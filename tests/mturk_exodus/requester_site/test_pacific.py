"""Pacific time, against the zone files of this machine and against what reads it again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.records import iso
from mturk_exodus.requester_site.pacific import written
from mturk_exodus.sources.java_dates import iso_of


def hours(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    return [first + step * number for number in range((last - first) // step)]


def test_every_hour_of_mturks_life_is_what_the_zone_files_say() -> None:
    pacific = zone("America/Los_Angeles")
    begin, end = (
        datetime(2005, 1, 1, tzinfo=timezone.utc),
        datetime(2028, 1, 1, tzinfo=timezone.utc),
    )
    for moment in hours(begin, end, timedelta(hours=1)):
        assert written(iso(moment)) == moment.astimezone(pacific).strftime("%a %b %d %X %Z %Y")


def test_the_other_years_of_the_rules_are_what_the_zone_files_say() -> None:
    pacific = zone("America/Los_Angeles")
    begin, end = (
        datetime(1987, 1, 1, tzinfo=timezone.utc),
        datetime(2037, 1, 1, tzinfo=timezone.utc),
    )
    for moment in hours(begin, end, timedelta(hours=13)):
        assert written(iso(moment)) == moment.astimezone(pacific).strftime("%a %b %d %X %Z %Y")


def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        pytest.skip("this machine has no zone files to compare with")


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_a_time_is_read_again_as_the_second_that_it_was(moment: datetime) -> None:
    assert iso_of(written(iso(moment))) == iso(moment.replace(microsecond=0))


def test_times_are_written_as_in_real_files() -> None:
    assert written("2017-10-28T11:17:01.000Z") == "Sat Oct 28 04:17:01 PDT 2017"
    assert written("2018-11-26T23:44:26.999Z") == "Mon Nov 26 15:44:26 PST 2018"
    assert written("2019-02-04T08:00:00.000Z") == "Mon Feb 04 00:00:00 PST 2019"
    assert written("1986-07-01T00:00:00.000Z") == "Tue Jul 01 00:00:00 GMT 1986"
