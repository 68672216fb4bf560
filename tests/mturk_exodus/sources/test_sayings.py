"""From a source's own words to MTurk's members."""

from __future__ import annotations

import pytest

from mturk_exodus.sources.sayings import derived

MEANING = {"when": "EventTimestamp", "time": "EventTimestamp", "what": "EventType"}


def test_where_two_names_mean_one_member_the_first_that_says_something_counts() -> None:
    raw = {"when": None, "time": "2020-01-01T00:00:00Z"}
    assert derived("notification_events", raw, MEANING).wire == {
        "EventTimestamp": "2020-01-01T00:00:00.000Z"
    }
    both = {**raw, "when": "2021-01-01T00:00:00Z"}
    assert derived("notification_events", both, MEANING).wire == {
        "EventTimestamp": "2021-01-01T00:00:00.000Z"
    }


@pytest.mark.parametrize(
    "text", ["20200101T000000Z", "2020-01-01", "2020-W01-1T00:00:00Z", "2020-01-01T00:00:00.1Z"]
)
def test_a_time_that_some_pythons_alone_can_read_is_unreadable(text: str) -> None:
    result = derived("notification_events", {"when": text}, MEANING)
    assert (result.wire, result.unreadable) == ({}, ("when",))


def test_a_member_that_the_table_does_not_have_is_left_out() -> None:
    assert derived("hits", {"what": "Ping"}, MEANING).wire == {}
    assert derived("none of ours", {"what": "Ping"}, MEANING).wire == {}
