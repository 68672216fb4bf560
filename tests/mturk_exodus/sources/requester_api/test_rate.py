from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.sources.requester_api.pacing import Pacer
from tests.fakes.mturk import FakeMTurk
from tests.mturk_exodus.sources.requester_api.accounts import (
    assert_fewest,
    ok_calls,
    random_account,
)
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RATE = 50


def test_no_second_of_a_run_holds_more_calls_than_the_rate_allows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[float] = []
    wait_time = Pacer.wait_time

    def recorded(pacer: Pacer) -> float:
        wait = wait_time(pacer)
        moments.append(time.monotonic() + wait)
        return wait

    monkeypatch.setattr(Pacer, "wait_time", recorded)
    account = synthesize(7, hits=200)
    with FakeMTurk(account, latency=0.005) as fake:
        export(path, fake, rate=RATE)
        assert_fewest(ok_calls(fake), account)
    # What the pacer allows; when a busy machine lets a thread go on is another matter.
    assert busiest_second(sorted(moments)) <= RATE + 1
    assert busiest_second([call.time for call in fake.log]) <= RATE * 1.3


def busiest_second(times: list[float]) -> int:
    return max(
        sum(start <= each < start + 1.0 for each in times[place : place + 3 * RATE])
        for place, start in enumerate(times)
    )


def test_a_run_that_was_never_throttled_saves_no_rate(path: Path) -> None:
    with FakeMTurk(random_account(5, hits=2)) as fake:
        export(path, fake)
    assert rows(path, "select value from archive_info where name = 'export.rate'") == []
