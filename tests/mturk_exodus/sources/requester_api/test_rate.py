from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.demo.synthesize import synthesize
from tests.fakes.mturk import FakeMTurk, Faults, TokenBucket
from tests.mturk_exodus.sources.requester_api.accounts import minimum, random_account
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path

RATE = 50


def test_no_second_of_a_run_holds_more_calls_than_the_rate_allows(path: Path):
    account = synthesize(7, hits=200)
    with FakeMTurk(account, latency=0.005) as fake:
        export(path, fake, rate=RATE)
        assert len(fake.log) == minimum(account).total()
        times = [call.time for call in fake.log]
    busiest = max(
        sum(start <= each < start + 1.0 for each in times[place : place + 2 * RATE])
        for place, start in enumerate(times)
    )
    assert busiest <= RATE + 2


def test_the_rate_that_the_endpoint_bears_is_kept_for_the_next_run(path: Path):
    faults = Faults(throttle=TokenBucket(60, 5))
    with FakeMTurk(random_account(5), faults=faults) as fake:
        export(path, fake, first_rate=120)
        ((saved,),) = rows(path, "select value from archive_info where name = 'rate'")
        assert 30 < float(saved) < 120
        mark = len(fake.log)
        export(path, fake, full=True)
        throttled = sum(call.outcome == "throttle" for call in fake.log[mark:])
        assert throttled < (len(fake.log) - mark) / 4


def test_a_run_that_was_never_throttled_saves_no_rate(path: Path):
    with FakeMTurk(random_account(5, hits=2)) as fake:
        export(path, fake)
    assert rows(path, "select value from archive_info where name = 'rate'") == []
