from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.sources.requester_api.pacing import Pacer


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time now."""
        return self.now


def call_times(pacer: Pacer, clock: Clock, pauses: list[float]) -> list[float]:
    """When calls go out of one thread that is busy for so long between them."""
    times = []
    for pause in pauses:
        clock.now += pacer.wait_time()
        times.append(clock.now)
        clock.now += pause
    return times


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= each < start + 1.0 for each in times) for start in times)


def test_calls_are_spread_evenly_at_the_rate() -> None:
    clock = Clock()
    pacer = Pacer(rate=10, most=10, clock=clock)
    times = call_times(pacer, clock, [0.0] * 50)
    gaps = [later - earlier for earlier, later in pairwise(times[2:])]
    assert gaps == pytest.approx([0.1] * len(gaps))
    assert most_in_a_second(times) <= 11


@given(st.floats(0.1, 200), st.lists(st.sampled_from([0.0, 0.001, 0.03, 0.3, 2.0]), max_size=150))
def test_no_second_holds_more_calls_than_allowed(most: float, pauses: list[float]) -> None:
    clock = Clock()
    times = call_times(Pacer(rate=5, most=most, clock=clock), clock, pauses or [0.0])
    assert most_in_a_second(times) <= most + 1.001


def test_the_rate_doubles_every_second_until_the_first_throttle_and_then_grows_slowly() -> None:
    clock = Clock()
    pacer = Pacer(rate=5, clock=clock)
    rates = []
    for _ in range(4):
        _work(pacer, clock, 1.0)
        rates.append(pacer.rate)
    assert rates == sorted(rates)
    assert rates[-1] >= 40
    for _ in range(20):
        pacer.answered()
    pacer.throttle()
    assert pacer.found
    assert pacer.rate == pytest.approx(20)
    cut = pacer.rate
    for seconds in range(1, 4):
        _work(pacer, clock, 1.01)
        assert pacer.rate <= cut * 1.05 ** (seconds + 1)
    assert pacer.rate > cut


def _work(pacer: Pacer, clock: Clock, seconds: float) -> None:
    """Call as often as may be."""
    end = clock.now + seconds
    while clock.now < end:
        clock.now += max(pacer.wait_time(), 1e-6)


def test_one_cut_a_second_however_many_calls_are_throttled() -> None:
    clock = Clock()
    pacer = Pacer(rate=100, found=True, clock=clock)
    for _ in range(20):
        pacer.throttle()
        clock.now += 0.04
    assert pacer.rate == pytest.approx(80)
    assert pacer.throttled == 20
    clock.now += 0.5
    pacer.throttle()
    assert pacer.rate == pytest.approx(64)


def test_the_first_cut_goes_to_what_was_borne_and_to_a_quarter_at_most() -> None:
    clock = Clock()
    pacer = Pacer(rate=80, clock=clock)
    clock.now += 0.5
    for _ in range(15):
        pacer.answered()
    pacer.throttle()
    assert pacer.rate == pytest.approx(30)
    other = Pacer(rate=80, clock=clock)
    other.throttle()
    assert other.rate == pytest.approx(20)


def test_the_rate_does_not_fall_to_nothing() -> None:
    clock = Clock()
    pacer = Pacer(rate=1, clock=clock)
    for _ in range(200):
        clock.now += 1.1
        pacer.throttle()
    assert 0.01 < pacer.rate < 0.2


def test_the_rate_does_not_grow_while_nobody_waits_for_it() -> None:
    clock = Clock()
    pacer = Pacer(rate=5, clock=clock)
    for _ in range(30):
        pacer.wait_time()
        clock.now += 0.7
    assert pacer.rate == 5


@pytest.mark.parametrize("found", [False, True])
def test_the_rate_never_grows_above_what_is_allowed(*, found: bool) -> None:
    clock = Clock()
    pacer = Pacer(rate=50, most=8, found=found, clock=clock)
    _work(pacer, clock, 10)
    assert pacer.rate == 8


def test_a_stop_ends_the_wait() -> None:
    pacer = Pacer(rate=0.1)
    stop = threading.Event()
    assert pacer.acquire(stop)
    threading.Timer(0.05, stop.set).start()
    while pacer.acquire(stop):
        pass
    assert stop.is_set()
    assert not pacer.acquire(stop)
