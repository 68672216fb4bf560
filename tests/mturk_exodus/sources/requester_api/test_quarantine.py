from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.mturk import FakeMTurk, Faults, pay_bonus
from tests.mturk_exodus.sources.requester_api.accounts import ok_calls, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import asked_since, export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account, WireRecord

HELD = "select record_table, operation, subject, raw from quarantine where resolved_run_id is null"


def small() -> Account:
    account = worked("H1", 3, approved=2)
    worked("H2", 2, approved=2, account=account)
    for number in range(3):
        pay_bonus(account, "A-H2-0", f"0.{number + 1}0")
    account.worker_blocks += [{"WorkerId": "W1", "Reason": "spam"}, {"WorkerId": "W2"}]
    return account


def without(member: str) -> Any:  # noqa: ANN401 - a function
    return lambda record: {name: each for name, each in record.items() if name != member}


def changed(**members: object) -> Any:  # noqa: ANN401 - a function
    return lambda record: record | members


ASSIGNMENT: dict[str, Any] = {
    "no id": without("AssignmentId"),
    "no HITId": without("HITId"),
    "another HIT's": changed(HITId="H2"),
    "a time in words": changed(SubmitTime="yesterday"),
    "a time beyond all calendars": changed(SubmitTime=1e300),
    "an answer that is a number": changed(Answer=5),
    "an id that is a list": changed(AssignmentId=["A"]),
    "text": lambda _: "A-H1-0",
    "a number": lambda _: 17,
    "null": lambda _: None,
    "a list": lambda record: [record],
}


@pytest.mark.parametrize("how", ASSIGNMENT)
def test_an_assignment_that_no_row_can_hold_is_kept_in_quarantine_until_it_is_well(
    path: Path, how: str
) -> None:
    with FakeMTurk(small(), faults=Faults(mangle={"A-H1-0": ASSIGNMENT[how]})) as fake:
        missing = export(path, fake)
        assert (missing.quarantined, missing.total) == (1, 1)
        ((table, operation, subject, raw),) = rows(path, HELD)
        assert (table, operation, subject) == ("assignments", "ListAssignmentsForHIT", "H1")
        assert json.loads(raw) == ASSIGNMENT[how](fake.account.assignments["H1"][0])
        assert rows(path, "select count(*) from assignments") == [(4,)]
        fake.faults.mangle.clear()
        assert export(path, fake).total == 0
        resolved = rows(path, "select run_id, resolved_run_id from quarantine")
        assert resolved == [(1, 2)]
        assert rows(path, "select count(*) from assignments") == [(5,)]


OTHERS: list[tuple[Any, str, Any]] = [
    ("H1", "hits", changed(MaxAssignments="three")),
    ("H1", "hits", changed(Reward="much")),
    ("H1", "hits", changed(Reward="NaN")),
    ("H1", "hits", changed(QualificationRequirements="none")),
    ("H1", "hits", without("HITId")),
    ("W1", "worker_blocks", without("WorkerId")),
    (("A-H2-0", "1"), "bonus_payments", changed(BonusAmount=0.2)),
    (("A-H2-0", "1"), "bonus_payments", without("AssignmentId")),
]


@pytest.mark.parametrize(("key", "table", "mangle"), OTHERS, ids=map(str, range(len(OTHERS))))
def test_a_record_of_another_table_that_no_row_can_hold_goes_to_quarantine_alone(
    path: Path,
    key: Any,  # noqa: ANN401 - a record's key
    table: str,
    mangle: Any,  # noqa: ANN401 - a function
) -> None:
    with FakeMTurk(small(), faults=Faults(mangle={key: mangle})) as fake:
        missing = export(path, fake)
        assert missing.quarantined == 1
        assert [row[0] for row in rows(path, HELD)] == [table]
        fake.faults.mangle.clear()
        assert export(path, fake).total == 0
        _forget_resolved(path)
        assert_equal(path, fake)


def _forget_resolved(path: Path) -> None:
    assert rows(path, HELD) == []
    with sqlite3.connect(path) as connection:
        connection.execute("delete from quarantine")
    connection.close()


def test_a_quarantine_that_a_second_export_does_not_ask_about_stays_open(path: Path) -> None:
    def mangle(record: WireRecord) -> object:
        return record | {"Answer": 5}

    with FakeMTurk(small(), faults=Faults(mangle={"A-H1-0": mangle})) as fake:
        export(path, fake)
        missing = export(path, fake)
        assert missing.quarantined == 1
        assert len(rows(path, HELD)) == 1


@pytest.mark.parametrize("operation", ["ListAssignmentsForHIT", "ListBonusPayments"])
def test_a_hit_that_always_fails_is_listed_and_succeeds_in_the_next_run(
    path: Path, operation: str
) -> None:
    with FakeMTurk(small(), faults=Faults(poison={operation: {"H2"}})) as fake:
        missing = export(path, fake, sound=operation == "ListBonusPayments")
        assert (missing.failed, missing.total) == (1, 1)
        failed = rows(path, "select operation, subject, reason from work where state = 'failed'")
        assert [row[:2] for row in failed] == [(operation, "H2")]
        assert "ServiceFault" in failed[0][2]
        fake.faults.poison.clear()
        mark = len(fake.log)
        assert export(path, fake, late_bonuses=False).total == 0
        assert asked_since(fake, mark)[operation] >= {"H2"}
        assert_equal(path, fake)


def test_a_small_list_that_always_fails_does_not_stop_the_rest(path: Path) -> None:
    with FakeMTurk(small()) as fake:
        fake.account.qualification_types["QT1"] = {"QualificationTypeId": "QT1", "Name": "n"}
        fake.account.qualifications["QT1"] = []
        fake.faults.poison["ListWorkersWithQualificationType"] = {"QT1"}
        missing = export(path, fake)
        assert (missing.failed, missing.total) == (2, 2)
        assert ok_calls(fake)["ListAssignmentsForHIT"] == 2
        fake.faults.poison.clear()
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_the_reason_of_a_quarantine_names_no_worker(path: Path) -> None:
    worker = "A2WORKERID12345"
    account = small()
    account.worker_blocks[0]["WorkerId"] = worker
    with FakeMTurk(account, faults=Faults(mangle={worker: changed(Reason=[worker])})) as fake:
        export(path, fake)
        ((reason,),) = rows(path, "select reason from quarantine")
        assert worker not in reason
        assert "Reason" in reason
