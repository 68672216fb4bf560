from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.mturk import (
    FakeMTurk,
    accept,
    add_hit,
    approve,
    dispose,
    overturn,
    pay_bonus,
    reject,
    submit,
)
from tests.mturk_exodus.sources.requester_api.accounts import minimum, ok_calls, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

GONE = "select operation, reason from work where state = 'gone' and subject = ?"


def many(hits: int, *, approved: int = 1) -> Account:
    """An account of HITs with three submitted assignments each."""
    account = worked("H0000", 3, approved=approved)
    for number in range(1, hits):
        worked(f"H{number:04d}", 3, approved=approved, account=account)
    return account


def test_a_hit_disposed_after_the_listing_is_kept_as_seen_and_marked_gone(path: Path) -> None:
    with FakeMTurk(many(10), answers_by_id=False) as fake:
        fake.after(2, lambda account: dispose(account, "H0004"), "ListHITs")
        missing = export(path, fake)
        assert missing.only_gone
        assert missing.gone == 2
        gone = dict(rows(path, GONE, "H0004"))
        assert gone.keys() == {"ListAssignmentsForHIT", "ListBonusPayments"}
        assert all("HITDoesNotExist" in reason for reason in gone.values())
        assert ok_calls(fake)["ListHITs"] == 4
        status = rows(path, "select hit_status from hits where hit_id = 'H0004'")
        assert status == [("Reviewable",)]
        held = {each for (each,) in rows(path, "select hit_id from assignments")}
        assert held == fake.account.hits.keys() - {"H0004"}


def test_a_hit_disposed_after_its_assignments_keeps_them(path: Path) -> None:
    account = worked(assignments=3, approved=3)
    with FakeMTurk(account, answers_by_id=False) as fake:
        fake.after(1, lambda account: dispose(account, "H1"), "ListAssignmentsForHIT")
        missing = export(path, fake, concurrency=1)
        assert missing.only_gone
        assert missing.gone == 1
        assert rows(path, "select count(*) from assignments") == [(3,)]


def test_hits_that_appear_during_the_listing_are_taken(path: Path) -> None:
    def publish(account: Account) -> None:
        worked("NEW", 2, approved=1, account=account)
        add_hit(account, "FIRST", first=True)

    with FakeMTurk(many(120)) as fake:
        fake.after(1, publish, "ListHITs")
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_a_hit_that_a_disposal_moves_over_a_page_boundary_is_not_lost(path: Path) -> None:
    with FakeMTurk(many(250), answers_by_id=False) as fake:
        fake.after(1, lambda account: dispose(account, "H0007"), "ListHITs")
        missing = export(path, fake)
        assert missing.only_gone
        held = {each for (each,) in rows(path, "select hit_id from hits")}
        assert "H0100" in held
        assert held == set(fake.account.hits)


MOVES: dict[str, Any] = {
    "submitted": lambda account: submit(account, "LIVE", "A-LATE", "W9"),
    "approved": lambda account: approve(account, "A-LIVE-0"),
    "rejected": lambda account: reject(account, "A-LIVE-1"),
    "accepted": lambda account: accept(account, "LIVE"),
}


def live() -> Account:
    account = many(12)
    worked("LIVE", 4, account=account)
    account.hits["LIVE"]["MaxAssignments"] = 6
    account.hits["LIVE"]["NumberOfAssignmentsAvailable"] = 2
    return account


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("after", ["ListWorkerBlocks", "ListHITs", "ListAssignmentsForHIT"])
def test_what_happens_to_an_assignment_during_the_run_leaves_no_gap(
    path: Path, move: str, after: str
) -> None:
    with FakeMTurk(live()) as fake:
        fake.after(1, MOVES[move], after)
        assert export(path, fake, concurrency=1).total == 0
        export(path, fake)
        assert_equal(path, fake)


def test_an_overturned_rejection_is_seen_whenever_it_happens(path: Path) -> None:
    account = live()
    reject(account, "A-LIVE-0")
    with FakeMTurk(account) as fake:
        fake.after(2, lambda account: overturn(account, "A-LIVE-0"), "ListHITs")
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_counters_that_lag_are_asked_again_before_the_run_calls_itself_complete(path: Path) -> None:
    with FakeMTurk(live()) as fake:
        fake.lagging["LIVE"] = {
            "NumberOfAssignmentsAvailable": 6,
            "NumberOfAssignmentsPending": 0,
            "NumberOfAssignmentsCompleted": 0,
        }
        fake.lagging["H0003"] = {"NumberOfAssignmentsCompleted": 0}
        export(path, fake)
        fake.lagging.clear()
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_a_counter_behind_what_is_held_is_read_again_by_id(path: Path) -> None:
    with FakeMTurk(live()) as fake:
        fake.lagging["LIVE"] = {"NumberOfAssignmentsAvailable": 3}
        fake.lagging["H0003"] = {"NumberOfAssignmentsCompleted": 0}
        assert export(path, fake).total == 0
        assert_equal(path, fake)
        assert ok_calls(fake)["GetHIT"] <= 3


def test_a_moving_account_takes_at_most_two_in_a_hundred_calls_more(path: Path) -> None:
    rng = random.Random(1)  # noqa: S311 - an invented account holds no secrets
    account = many(1000)
    before = minimum(account).total()
    waiting = [f"A-H{number:04d}-2" for number in rng.sample(range(1000), 12)]

    def live_on(account: Account) -> None:
        assignment_id = waiting.pop()
        approve(account, assignment_id)
        pay_bonus(account, assignment_id)

    with FakeMTurk(account) as fake:
        for _ in range(12):
            fake.after(rng.randrange(5, before - 20), live_on)
        fake.after(600, lambda account: dispose(account, "H0500"))
        fake.after(5, lambda account: worked("NEW", 2, approved=1, account=account), "ListHITs")
        assert export(path, fake).total == 0
        after = minimum(fake.account).total()
        assert len(fake.log) <= max(before, after) * 1.02
        export(path, fake, known_hits=())
        assert_equal(path, fake)
