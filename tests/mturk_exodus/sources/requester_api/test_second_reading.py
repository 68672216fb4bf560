"""What a second reader of the exporter found, each a test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.errors import CredentialsRefused, RequesterError
from mturk_exodus.sources.requester_api import endpoints
from tests.fakes.mturk import FakeMTurk, Faults, add_hit, dispose
from tests.mturk_exodus.sources.requester_api.accounts import worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import asked, export, refused, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

REVIEWS = "ListReviewPolicyResultsForHIT"


def many(hits: int) -> Account:
    account = worked("H0000", 1, approved=1)
    for number in range(1, hits):
        worked(f"H{number:04d}", 1, approved=1, account=account)
    return account


def refuse_after(fake: FakeMTurk, calls: int, operation: str) -> None:
    def refuse(_: Account) -> None:
        fake.credentials_error = "ExpiredTokenException"

    fake.after(calls, refuse, operation)


def test_full_after_an_interrupted_pass_reads_every_list_from_its_beginning(path: Path) -> None:
    with FakeMTurk(many(250)) as fake:
        export(path, fake)
        refuse_after(fake, fake.times("ListHITs") + 2, "ListHITs")
        refused(CredentialsRefused, path, fake)
        fake.credentials_error = None
        mark = len(fake.log)
        export(path, fake, full=True)
        assert set(asked(fake.log[mark:], "ListAssignmentsForHIT")) == set(fake.account.hits)


def test_blocks_after_an_interrupted_pass_are_all_current(path: Path) -> None:
    account = worked("H1", 1)
    account.worker_blocks += [{"WorkerId": f"B{number}"} for number in range(250)]
    with FakeMTurk(account) as fake:
        export(path, fake)
        refuse_after(fake, fake.times("ListWorkerBlocks") + 2, "ListWorkerBlocks")
        refused(CredentialsRefused, path, fake)
        fake.credentials_error = None
        export(path, fake, full=True)
        assert rows(path, "select count(*) from current_worker_blocks") == [(250,)]


def test_an_expired_token_of_credentials_does_not_begin_the_list_anew(path: Path) -> None:
    with FakeMTurk(many(250)) as fake:
        refuse_after(fake, 2, "ListHITs")
        refused(CredentialsRefused, path, fake)
        fake.credentials_error = None
        export(path, fake)
        assert fake.times("ListHITs", "ok") == 4


def test_bonuses_of_shifted_pages_are_neither_doubled_nor_missed(path: Path) -> None:
    account = worked("H1", 1, approved=1)
    account.bonus_payments["H1"] = [_bonus(number) for number in range(150)]
    with FakeMTurk(account, paging="offset") as fake:
        first = "ListBonusPayments"
        fake.after(1, lambda moved: moved.bonus_payments["H1"].insert(0, _bonus(999)), first)
        export(path, fake)
        assert rows(path, "select count(*), max(copy) from bonus_payments") == [(151, 0)]
        assert_equal(path, fake)


def _bonus(number: int) -> dict[str, str]:
    return {"WorkerId": "W0", "BonusAmount": f"0.{number:03d}", "AssignmentId": "A-H1-0"}


def test_full_asks_for_review_results_again(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake, review_results="probe")
        before = set(asked(fake.log, REVIEWS))
        mark = len(fake.log)
        export(path, fake, review_results="probe", full=True)
        assert before <= set(asked(fake.log[mark:], REVIEWS))


def test_new_hits_of_a_probed_type_are_probed(path: Path) -> None:
    account = many(5)
    for hit in account.hits.values():
        hit["HITTypeId"] = "TYPE"
    with FakeMTurk(account) as fake:
        export(path, fake, review_results="probe")
        add_hit(fake.account, "NEW", HITTypeId="TYPE")
        mark = len(fake.log)
        export(path, fake, review_results="probe")
        assert asked(fake.log[mark:], REVIEWS) == ["NEW"]


def test_a_settled_record_that_is_good_now_leaves_quarantine(path: Path) -> None:
    faults = Faults(mangle={"A-H1-0": lambda record: record | {"AcceptTime": "never"}})
    with FakeMTurk(worked("H1", 2, approved=2), faults=faults) as fake:
        assert export(path, fake).quarantined == 1
        fake.faults = Faults()
        assert export(path, fake, late_bonuses=False).total == 0
    assert rows(path, "select count(*) from assignments where accept_time is null") == [(0,)]
    assert rows(path, "select count(*) from assignments") == [(2,)]


def test_a_known_hit_that_is_held_and_gone_is_no_gap(path: Path) -> None:
    with FakeMTurk(worked("H1", 2, approved=2), answers_by_id=False) as fake:
        export(path, fake)
        dispose(fake.account, "H1")
        assert export(path, fake, known_hits=(), late_bonuses=False).total == 0


def test_one_file_has_one_lock_whatever_it_is_called(path: Path) -> None:
    with FakeMTurk(worked("H1", 1)) as fake:
        export(path, fake)
        other = path.with_name("other.db")
        other.symlink_to(path)
        export(other, fake)
    assert not path.with_name("other.db.lock").exists()


@pytest.mark.parametrize("url", ["http://:secret@127.0.0.1", "http://127.0.0.1/?key=secret"])
def test_an_endpoint_carries_no_secret(url: str) -> None:
    with pytest.raises(RequesterError) as refusal:
        endpoints.choose(url, sandbox=False)
    assert "secret" not in str(refusal.value)
    assert endpoints.choose(f"{endpoints.SANDBOX}:443", sandbox=False) == endpoints.SANDBOX


def test_a_bonus_that_is_spelled_otherwise_is_the_same_bonus(path: Path) -> None:
    with FakeMTurk(worked("H1", 1, approved=1)) as fake:
        fake.account.bonus_payments["H1"] = [_bonus(1)]
        export(path, fake)
        turned = dict(reversed(_bonus(1).items()))
        assert json.dumps(turned) != json.dumps(_bonus(1))
        fake.account.bonus_payments["H1"] = [turned]
        export(path, fake)
        assert rows(path, "select count(*) from bonus_payments") == [(1,)]
