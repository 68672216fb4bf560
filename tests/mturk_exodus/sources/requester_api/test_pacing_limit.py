"""`--rate` promises: never more than that."""

from __future__ import annotations

from mturk_exodus.sources.requester_api.pacing import Pacer
from tests.mturk_exodus.sources.requester_api.test_pacing import (
    Clock,
    call_times,
    most_in_a_second,
)


def test_no_second_ever_holds_more_calls_than_allowed() -> None:
    # Once: after a pause up to 0.05 s of missed calls (and one more) come at once: 53 at 50/s.
    clock = Clock()
    pacer = Pacer(rate=50, most=50, clock=clock)
    times = call_times(pacer, clock, [0.0] * 20 + [0.5] + [0.0] * 100)
    assert most_in_a_second(times) <= 51  # both ends of the second
