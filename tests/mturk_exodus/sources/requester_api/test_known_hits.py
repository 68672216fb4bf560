from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.mturk import FakeMTurk, dispose, pay_bonus
from tests.mturk_exodus.sources.requester_api.accounts import worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import asked, export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account


def with_disposed() -> Account:
    account = worked("LISTED", 2, approved=1)
    worked("DISPOSED", 3, approved=2, account=account)
    pay_bonus(account, "A-DISPOSED-0")
    dispose(account, "DISPOSED")
    return account


def test_disposed_hits_that_answer_by_id_come_with_their_assignments_and_bonuses(
    path: Path,
) -> None:
    with FakeMTurk(with_disposed()) as fake:
        assert export(path, fake, known_hits=["DISPOSED", "LISTED"]).total == 0
        assert_equal(path, fake)
        assert asked(fake.log, "GetHIT") == ["DISPOSED"]


def test_without_known_hits_nothing_is_asked_by_id(path: Path) -> None:
    with FakeMTurk(with_disposed()) as fake:
        assert export(path, fake).total == 0
        assert fake.times("GetHIT") == 0
        assert rows(path, "select hit_id from hits") == [("LISTED",)]


def test_known_hits_that_do_not_answer_are_listed_as_gone(path: Path) -> None:
    with FakeMTurk(with_disposed(), answers_by_id=False) as fake:
        missing = export(path, fake, known_hits=["DISPOSED", "NEVER-WAS"])
        assert missing.only_gone
        gone = rows(path, "select subject from work where state = 'gone' order by 1")
        assert gone == [("DISPOSED",), ("NEVER-WAS",)]
        assert_equal(path, fake, unseen={"DISPOSED"})


def test_hits_that_the_archive_knows_are_asked_by_id_once_they_are_not_listed(path: Path) -> None:
    account = worked("LISTED", 2, approved=1)
    worked("DISPOSED", 3, approved=2, account=account)
    with FakeMTurk(account) as fake:
        export(path, fake)
        pay_bonus(account, "A-DISPOSED-0")
        dispose(account, "DISPOSED")
        assert export(path, fake, known_hits=()).total == 0
        assert asked(fake.log, "GetHIT") == ["DISPOSED"]
        assert_equal(path, fake)


def test_a_hit_that_is_listed_no_longer_is_kept_without_asking(path: Path) -> None:
    account = worked("LISTED", 2, approved=1)
    worked("DISPOSED", 3, approved=2, account=account)
    with FakeMTurk(account, answers_by_id=False) as fake:
        export(path, fake)
        dispose(account, "DISPOSED")
        assert export(path, fake).total == 0
        held = rows(path, "select hit_id, last_run_id from hits order by 1")
        assert held == [("DISPOSED", 1), ("LISTED", 2)]
        assert rows(path, "select count(*) from assignments") == [(5,)]
