"""What work paid an hour, in whole minutes."""

from __future__ import annotations

import statistics
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus import pay
from mturk_exodus.completion import code_of

_BEGIN = datetime(2020, 1, 1, tzinfo=timezone.utc)


def times(*seconds: float) -> pay.Times:
    found = pay.Times()
    for one in seconds:
        end = _BEGIN + timedelta(seconds=one)
        found.add("2020-01-01T00:00:00.000Z", end.isoformat().replace("+00:00", "Z"))
    return found


@given(st.lists(st.integers(0, 3_600), min_size=1))
def test_the_median_is_the_longer_one_in_the_middle(seconds: list[int]) -> None:
    assert times(*seconds).median == statistics.median_high(seconds)


@given(st.lists(st.integers(0, 1_000_000), min_size=1))
def test_long_times_are_told_in_minutes_that_were_begun(seconds: list[int]) -> None:
    median = times(*seconds).median
    exact = statistics.median_high(seconds)
    assert median is not None
    assert exact <= median < exact + 60


def test_what_nobody_knows_is_no_time() -> None:
    found = times()
    for pair in ((None, "2020-01-01T00:00:00Z"), ("2020-01-01T00:00:00Z", None), ("x", "y")):
        found.add(*pair)
    found.add("2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z")
    assert found.median is None


@pytest.mark.parametrize(
    ("for_minutes", "least"), [(1, 14), (2, 27), (5, 67), (10, 134), (60, 800)]
)
def test_the_least_is_what_prolific_says_it_is(for_minutes: int, least: int) -> None:
    assert pay.least(for_minutes, 800) == least


@pytest.mark.parametrize(
    ("seconds", "hits", "minutes"), [(0, 1, 1), (60, 1, 1), (61, 1, 2), (10, 12, 2), (10, 13, 3)]
)
def test_minutes_are_whole_and_at_least_one(seconds: int, hits: int, minutes: int) -> None:
    assert pay.minutes(seconds, hits) == minutes


@given(st.integers(1, 500), st.integers(0, 7_200), st.integers(1, 3_000))
def test_as_few_hits_as_pay_enough_together(reward: int, seconds: int, per_hour: int) -> None:
    found = pay.hits_in_a_visit(reward, seconds, per_hour)
    enough = [hits for hits in range(1, 51) if pay.pays(reward, seconds, hits, per_hour)]
    assert found == (enough[0] if enough else None)


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        *(("8.00", 800), ("0.05", 5), ("8", 800), ("0", 0), ("1e2", 10_000)),
        *((one, None) for one in ("0.005", "-1", "NaN", "Infinity", "x", "", None, "1e99")),
    ],
)
def test_amounts_are_in_whole_cents(said: str | None, cents: int | None) -> None:
    assert pay.cents(said) == cents


def test_an_archive_has_one_completion_code() -> None:
    codes = {code_of(f"archive {number}") for number in range(200)}
    assert len(codes) == 200
    assert all(len(one) == 8 and one.isalnum() and one.isupper() for one in codes if one.isalpha())
    assert code_of("archive 1") in codes
