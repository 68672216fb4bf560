from __future__ import annotations

import json
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.mturk import (
    FakeMTurk,
    accept,
    approve,
    expire,
    overturn,
    pay_bonus,
    reject,
    submit,
)
from tests.mturk_exodus.sources.requester_api.accounts import (
    minimum,
    ok_calls,
    submitted,
    worked,
)
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import asked_since, export, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mturk_exodus.demo.account import Account

OF_A_HIT = {"ListAssignmentsForHIT", "ListBonusPayments"}
DAY = 86_400.0
OLD = 1_600_000_000.0


def four_hits() -> Account:
    """All approved, one Submitted, one rejected of late, one rejected long ago."""
    account = worked("DONE", 3, approved=3)
    worked("OPEN", 3, approved=2, account=account)
    account.hits["OPEN"] |= {"MaxAssignments": 5, "NumberOfAssignmentsAvailable": 2}
    for hit_id, when in (("REJECTED", round(time.time()) - DAY), ("LONG-AGO", OLD)):
        worked(hit_id, 1, account=account)
        account.assignments[hit_id][0]["SubmitTime"] = when
        reject(account, f"A-{hit_id}-0")
    return account


@pytest.fixture
def fake() -> Iterator[FakeMTurk]:
    with FakeMTurk(four_hits()) as serving:
        yield serving


def again(path: Path, fake: FakeMTurk, **settings: Any) -> dict[str, set[str]]:  # noqa: ANN401 - as export
    """Whom a further export asks about, by operation; nothing may be missing after it."""
    mark = len(fake.log)
    assert export(path, fake, **settings).total == 0
    return asked_since(fake, mark)


def test_an_unchanged_account_is_asked_only_what_can_have_changed(
    path: Path, fake: FakeMTurk
) -> None:
    export(path, fake)
    found = again(path, fake, late_bonuses=False)
    assert found["ListAssignmentsForHIT"] == {"OPEN", "REJECTED"}
    assert "ListBonusPayments" not in found
    assert found.keys() - OF_A_HIT == {
        "GetAccountBalance",
        "ListHITs",
        "ListQualificationRequests",
        "ListQualificationTypes",
        "ListWorkerBlocks",
    }
    assert_equal(path, fake)


def test_the_demo_account_unchanged_is_asked_its_lists_and_its_open_hits(
    path: Path, demo: Account
) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake)
        counted = ok_calls(fake)
        found = again(path, fake, late_bonuses=False)
        lists = {name: n for name, n in minimum(demo).items() if name not in OF_A_HIT}
        del lists["GetFileUploadURL"]
        second = ok_calls(fake) - counted
        assert {name: n for name, n in second.items() if name not in OF_A_HIT} == lists
        statuses = {
            hit_id: {one["AssignmentStatus"] for one in some}
            for hit_id, some in demo.assignments.items()
        }
        waiting = {hit_id for hit_id, some in statuses.items() if "Submitted" in some}
        rejected = {hit_id for hit_id, some in statuses.items() if "Rejected" in some}
        assert waiting <= found["ListAssignmentsForHIT"] <= waiting | rejected
        assert_equal(path, fake)


def test_late_bonuses_are_found_and_only_when_asked_for(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    pay_bonus(fake.account, "A-DONE-1")
    assert "ListBonusPayments" not in again(path, fake, late_bonuses=False)
    assert again(path, fake)["ListBonusPayments"] == {"DONE", "OPEN", "REJECTED", "LONG-AGO"}
    assert_equal(path, fake)


def test_an_approval_brings_the_assignment_and_its_bonus(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    approve(fake.account, "A-OPEN-2")
    pay_bonus(fake.account, "A-OPEN-2")
    found = again(path, fake, late_bonuses=False)
    assert found["ListBonusPayments"] == {"OPEN"}
    assert_equal(path, fake)


def test_a_new_submission_is_found(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    submit(fake.account, "OPEN", "A-NEW", "W7")
    assert again(path, fake, late_bonuses=False)["ListAssignmentsForHIT"] == {"OPEN", "REJECTED"}
    assert_equal(path, fake)


def test_a_change_of_status_is_found(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    accept(fake.account, "OPEN")
    again(path, fake)
    assert_equal(path, fake)
    expire(fake.account, "OPEN")
    again(path, fake)
    assert_equal(path, fake)


def test_a_rejection_overturned_in_time_is_found_though_no_counter_moves(
    path: Path, fake: FakeMTurk
) -> None:
    export(path, fake)
    before = deepcopy(fake.account.hits["REJECTED"])
    overturn(fake.account, "A-REJECTED-0")
    assert fake.account.hits["REJECTED"] == before
    again(path, fake, late_bonuses=False)
    assert_equal(path, fake)


def test_what_a_record_said_before_is_readable_in_revisions(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    approve(fake.account, "A-OPEN-2", "Well done")
    fake.account.hits["OPEN"]["Title"] = "Another title"
    again(path, fake)
    kept = {
        (table, json.loads(key)[0], member): None if earlier is None else json.loads(earlier)
        for table, key, member, earlier, seen, replaced in rows(
            path,
            "select record_table, record_key, member, earlier, seen_run_id, replaced_run_id"
            " from revisions",
        )
        if (seen, replaced) == (1, 2)
    }
    assert kept == {
        ("assignments", "A-OPEN-2", "AssignmentStatus"): "Submitted",
        ("assignments", "A-OPEN-2", "ApprovalTime"): None,
        ("assignments", "A-OPEN-2", "RequesterFeedback"): None,
        ("hits", "OPEN", "NumberOfAssignmentsCompleted"): 2,
        ("hits", "OPEN", "Title"): "A title of OPEN",
    }


def test_an_unchanged_account_leaves_no_revision(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake, review_results="all")
        again(path, fake, review_results="all", full=True)
        assert rows(path, "select count(*) from revisions") == [(0,)]


def test_full_asks_for_all(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    found = again(path, fake, full=True, late_bonuses=False)
    assert found["ListAssignmentsForHIT"] == set(fake.account.hits)
    assert found["ListBonusPayments"] == set(fake.account.hits)
    assert all(submitted(hit) for hit in fake.account.hits.values())


def test_a_worker_who_is_blocked_no_longer_stays_as_a_row_last_seen_before(
    path: Path, fake: FakeMTurk
) -> None:
    fake.account.worker_blocks += [{"WorkerId": "W1", "Reason": "spam"}, {"WorkerId": "W2"}]
    export(path, fake)
    del fake.account.worker_blocks[0]
    again(path, fake)
    held = rows(path, "select worker_id, first_run_id, last_run_id from worker_blocks order by 1")
    assert held == [("W1", 1, 1), ("W2", 1, 2)]


def test_a_grant_that_is_revoked_changes_its_row(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake)
        grant = next(
            one
            for some in demo.qualifications.values()
            for one in some
            if one["Status"] == "Granted"
        )
        grant["Status"] = "Revoked"
        again(path, fake)
        assert_equal(path, fake)


def test_a_new_hit_is_found(path: Path, fake: FakeMTurk) -> None:
    export(path, fake)
    worked("NEW", 2, approved=2, account=fake.account)
    pay_bonus(fake.account, "A-NEW-0")
    found = again(path, fake, late_bonuses=False)
    assert "NEW" in found["ListAssignmentsForHIT"] & found["ListBonusPayments"]
    assert_equal(path, fake)
