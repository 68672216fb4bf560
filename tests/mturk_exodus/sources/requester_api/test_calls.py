from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.fakes.mturk import FakeMTurk, Faults, TokenBucket
from tests.mturk_exodus.sources.requester_api.accounts import (
    REVIEWS,
    assert_fewest,
    ok_calls,
    random_account,
    worked,
)
from tests.mturk_exodus.sources.requester_api.equality import assert_equal, assert_reviews_equal
from tests.mturk_exodus.sources.requester_api.support import asked, export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

PROBE_NOTES = "select hit_type_id, hits, reason from not_asked"


def test_the_demo_account_takes_the_fewest_calls_that_can_be(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake)
        assert_fewest(ok_calls(fake), demo)
        assert len(fake.log) == ok_calls(fake).total()
        assert dict(fake.uploads_served) == dict.fromkeys(demo.uploads, 1)


@pytest.mark.parametrize("seed", range(20, 28))
def test_an_account_by_chance_takes_the_fewest_calls_that_can_be(path: Path, seed: int) -> None:
    with FakeMTurk(random_account(seed)) as fake:
        export(path, fake)
        assert_fewest(ok_calls(fake), fake.account)
        assert len(fake.log) == ok_calls(fake).total()


@pytest.mark.parametrize("bonuses", [0, 1, 99, 100, 101, 200, 201])
def test_a_list_of_bonuses_takes_its_pages_and_the_proof_of_its_end(
    path: Path, bonuses: int
) -> None:
    account = worked(assignments=2, approved=2)
    account.bonus_payments["H1"] = [
        {"WorkerId": "W0", "BonusAmount": f"0.{number:03d}", "AssignmentId": "A-H1-0"}
        for number in range(bonuses)
    ]
    worked("H2", 1, approved=1, account=account)
    with FakeMTurk(account) as fake:
        export(path, fake)
        assert_fewest(ok_calls(fake), account)
        assert_equal(path, fake)


@pytest.mark.parametrize("hits", [1, 99, 100, 101])
def test_the_listing_of_hits_takes_its_pages_and_the_empty_one(path: Path, hits: int) -> None:
    account = worked("H", 1)
    for number in range(1, hits):
        worked(f"H{number}", 1, account=account)
        account.hits[f"H{number}"] |= {"MaxAssignments": 2, "NumberOfAssignmentsAvailable": 2}
        account.assignments[f"H{number}"].clear()
    with FakeMTurk(account) as fake:
        export(path, fake)
        assert_fewest(ok_calls(fake), account)


def test_the_order_is_balance_then_small_tables_then_hits_then_what_hangs_on_them(
    path: Path, demo: Account
) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake, review_results="probe", concurrency=1)
        order = [call.operation for call in fake.log]
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, operation in enumerate(order):
        first.setdefault(operation, place)
        last[operation] = place
    assert order[0] == "GetAccountBalance"
    small = ("ListWorkerBlocks", "ListWorkersWithQualificationType", "ListQualificationRequests")
    assert max(last[operation] for operation in small) < first["ListHITs"]
    assert last["ListHITs"] < first["ListAssignmentsForHIT"]
    assert last["ListBonusPayments"] < first[REVIEWS]
    assert last["ListAssignmentsForHIT"] < first["ListBonusPayments"]


def test_what_mturk_disposes_of_soonest_is_asked_soonest(path: Path) -> None:
    account = worked("H0", 1)
    for number in range(1, 40):
        worked(f"H{number}", 1, account=account, now=1_780_000_000 + (number * 7 % 40) * 86_400)
    with FakeMTurk(account) as fake:
        export(path, fake, concurrency=1)
        order = asked(fake.log, "ListAssignmentsForHIT")
    created = [account.hits[hit_id]["CreationTime"] for hit_id in order]
    assert created == sorted(created)


def test_a_probe_asks_three_hits_of_each_type_and_the_rest_only_where_there_is_a_policy(
    path: Path, demo: Account
) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake, review_results="probe")
        assert_reviews_equal(path, fake)
        hits_asked = set(asked(fake.log, REVIEWS))
        assert_fewest(ok_calls(fake) - Counter({REVIEWS: 10_000}), demo)
    by_type: defaultdict[str, list[str]] = defaultdict(list)
    for hit_id, hit in demo.hits.items():
        by_type[hit["HITTypeId"]].append(hit_id)
    notes = {subject: (left, reason) for subject, left, reason in rows(path, PROBE_NOTES)}
    for type_id, hits in by_type.items():
        asked_of_type = len(hits_asked & set(hits))
        if demo.review_policy_results.keys() & set(hits):
            assert asked_of_type == len(hits)
            assert type_id not in notes
        else:
            assert asked_of_type == min(3, len(hits))
            left = len(hits) - asked_of_type
            assert notes.get(type_id, (0, ""))[0] == left
            assert left == 0 or "none has a review policy" in notes[type_id][1]


def test_review_results_none_asks_for_none_and_all_asks_for_all(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake, review_results="none")
        assert fake.times(REVIEWS) == 0
        export(path, fake, review_results="all", late_bonuses=False)
        assert set(asked(fake.log, REVIEWS)) == set(demo.hits)


@pytest.mark.parametrize("seed", range(3))
def test_faults_cost_the_calls_that_they_spoil_and_no_others(path: Path, seed: int) -> None:
    faults = Faults(seed=seed, throttle=TokenBucket(150, 20), service_fault=0.05, reset=0.05)
    with FakeMTurk(random_account(seed + 40), faults=faults) as fake:
        export(path, fake, first_rate=200)
        assert_fewest(ok_calls(fake), fake.account)
        spoiled = [call for call in fake.log if call.outcome != "ok"]
        assert len(fake.log) == ok_calls(fake).total() + len(spoiled)
