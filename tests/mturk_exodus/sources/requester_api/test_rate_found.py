"""The rate that the endpoint bears, found in the first second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.mturk import FakeMTurk, Faults, TokenBucket
from tests.mturk_exodus.sources.requester_api.accounts import random_account
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path


def test_the_rate_that_the_endpoint_bears_is_kept_for_the_next_run(path: Path) -> None:
    # Once: a throttle 0.2 s after the start counts what was answered in 0.2 s as if it were 1 s,
    # so an endpoint that bore 60 a second got 14, and 5 % more a second takes half a minute.
    # 30, as a busy machine can send so many.
    faults = Faults(throttle=TokenBucket(30, 5))
    with FakeMTurk(random_account(5), faults=faults) as fake:
        export(path, fake, first_rate=60)
        ((saved,),) = rows(path, "select value from archive_info where name = 'export.rate'")
        assert 12.5 < float(saved) < 60
        mark = len(fake.log)
        export(path, fake, full=True)
        throttled = sum(call.outcome == "throttle" for call in fake.log[mark:])
        assert throttled < (len(fake.log) - mark) / 4
