"""A worker who was forgotten stays out of every later export, which finds nothing missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.verify import verify
from mturk_exodus.demo.account import Account
from mturk_exodus.privacy.forget import Forgetting
from tests.fakes.mturk import FakeMTurk
from tests.mturk_exodus.privacy.people import named_in
from tests.mturk_exodus.sources.requester_api.support import export, rows

NO_GAPS = Gaps(0, 0, 0, 0, 0)
BUSIEST = (
    "select worker_id from assignments join bonus_payments using (worker_id)"
    " group by 1 order by count(*) desc limit 1"
)


@pytest.mark.parametrize("full", [False, True], ids=["what can have changed", "everything"])
def test_a_later_export_does_not_bring_the_worker_back(
    path: Path, demo: Account, full: bool
) -> None:
    with FakeMTurk(demo) as fake:
        assert export(path, fake, review_results="all") == NO_GAPS
        ((worker_id,),) = rows(path, BUSIEST)
        with Archive.open(path) as archive, archive.writing():
            removed = Forgetting(archive, worker_id).run().removed
        assert removed["assignments"] > 0
        assert named_in(path, worker_id) == []
        assert export(path, fake, review_results="all", full=full) == NO_GAPS
    assert named_in(path, worker_id) == []
    assert rows(path, "select count(*) from forgotten_assignments") == [(removed["assignments"],)]
    with Archive.open(path) as archive:
        assert list(verify(archive)) == []


def test_an_archive_that_is_exported_again_asks_no_more_for_it(path: Path, demo: Account) -> None:
    """What is left out counts as held: nothing is asked for in vain, pass after pass."""
    with FakeMTurk(demo) as fake:
        export(path, fake)
        export(path, fake)
        before = fake.calls.copy()
        export(path, fake)
        usual = fake.calls - before
        ((worker_id,),) = rows(path, BUSIEST)
        with Archive.open(path) as archive, archive.writing():
            Forgetting(archive, worker_id).run()
        before = fake.calls.copy()
        export(path, fake)
        assert (fake.calls - before).total() <= usual.total()
