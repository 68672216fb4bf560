"""A HIT that slips between two pages while the HIT that moved it still answers to its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.mturk import FakeMTurk, dispose
from tests.mturk_exodus.sources.requester_api.support import export, rows
from tests.mturk_exodus.sources.requester_api.test_moving_account import many

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hit_that_a_disposal_moves_is_not_lost_where_the_disposed_one_answers(path: Path) -> None:
    # FOUND: H0100 is not listed, no call tells of the disposal, and the run says it is complete.
    # The next export finds it.
    with FakeMTurk(many(250)) as fake:
        fake.after(1, lambda account: dispose(account, "H0007"), "ListHITs")
        export(path, fake)
        held = {each for (each,) in rows(path, "select hit_id from hits")}
        assert held == set(fake.account.hits)
