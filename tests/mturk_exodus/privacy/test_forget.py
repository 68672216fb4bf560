"""One person is gone from the bytes, and does not come back; everybody else is there as before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive, answer_table, gaps, ledger, runs, tables
from mturk_exodus.archive.payments import Line, Payment, Payments
from mturk_exodus.archive.writer import Writer
from mturk_exodus.errors import ArchiveBusy, NoSuchRecord, OutcomeUnknown
from mturk_exodus.privacy.forget import Account, Forgetting
from mturk_exodus.privacy.mentions import word_for
from mturk_exodus.replay.due import due
from tests.mturk_exodus.archive.files_support import MEANINGS, Kept, Said, ingest
from tests.mturk_exodus.archive.support import ORIGIN, hit, put, raw, writing
from tests.mturk_exodus.privacy import people
from tests.mturk_exodus.privacy.people import ANN, BEN, EVE, SHORT, TOM, findings, named_in

EVERYONE = (ANN, BEN, EVE, TOM, SHORT)


@pytest.fixture(scope="module")
def _original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return people.make(tmp_path_factory.mktemp("people") / "mturk.db")


@pytest.fixture
def path(_original: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "mturk.db"
    copy.write_bytes(_original.read_bytes())
    return copy


def forget(path: Path, worker_id: str) -> Account:
    with Archive.open(path) as archive, archive.writing():
        return Forgetting(archive, worker_id, MEANINGS).run()


def rows(path: Path, query: str, *given: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, given).fetchall()


@pytest.mark.parametrize("worker_id", [ANN, BEN, EVE, TOM])
def test_no_trace_is_in_the_bytes(path: Path, worker_id: str) -> None:
    assert worker_id in {one for one, _ in named_in(path, worker_id)}
    forget(path, worker_id)
    assert named_in(path, worker_id) == []


@pytest.mark.parametrize("worker_id", EVERYONE)
def test_the_archive_agrees_with_itself(path: Path, worker_id: str) -> None:
    forget(path, worker_id)
    with Archive.open(path) as archive:
        assert findings(archive) == []
        assert gaps.count(archive).disagreeing == 0
        for table in tables.TABLES:
            if "worker_id" in table.columns:
                held = f"select count(*) from {table.name} where worker_id = ?"  # noqa: S608 - a name
                assert archive.connection.execute(held, [worker_id]).fetchone() == (0,)


def test_what_belonged_to_the_person_is_gone_with_them(path: Path) -> None:
    account = forget(path, ANN)
    assert rows(path, "select count(*) from uploads") == [(2,)]
    for table in ("ledger", "qualification_requests"):
        assert rows(path, f"select count(*) from {table}") == [(0,)], table  # noqa: S608 - a name
    assert account.removed["assignments"] == 1
    assert account.removed["bonus_payments"] == 2
    assert account.removed["quarantine"] == 1
    assert account.removed["source_records"] == 2
    assert [one.made_id for one in account.elsewhere] == ["7", "7"]
    ((trigger,),) = rows(
        path, "select count(*) from sqlite_master where name = 'ledger_is_not_forgotten'"
    )
    assert trigger == 1


def test_others_stay_as_they_were(path: Path) -> None:
    query = "select * from assignments where worker_id = ? order by rowid"
    before = rows(path, query, EVE)
    forget(path, ANN)
    assert rows(path, query, EVE) == before


def test_where_others_name_the_person_a_word_stands(path: Path) -> None:
    forget(path, ANN)
    ((reason,),) = rows(path, "select reason from worker_blocks")
    assert reason == f"shares a computer with {word_for(ANN)}"


def test_the_account_does_not_say_who_it_was(path: Path) -> None:
    forget(path, ANN)
    ((digest, removed, run),) = rows(
        path,
        "select digest, json_extract(removed, '$.assignments'),"
        " (select message from runs where source = 'forget') from forgotten_workers",
    )
    assert (len(digest), removed) == (64, 1)
    assert run.startswith("one worker forgotten")


def test_a_rehearsal_changes_nothing_and_tells_the_same(path: Path) -> None:
    with Archive.open(path) as archive, archive.writing():
        before = list(archive.connection.iterdump())
        rehearsed = Forgetting(archive, ANN, MEANINGS).rehearse()
        assert list(archive.connection.iterdump()) == before
    assert forget(path, ANN) == rehearsed


def test_answers_are_made_again(path: Path) -> None:
    forget(path, BEN)
    with Archive.open(path) as archive:
        assert answer_table.is_made(archive)
        (count,) = archive.connection.execute("select count(*) from answers_made").fetchone()
    assert count == 5


def test_files_do_not_bring_the_person_back(path: Path) -> None:
    forget(path, ANN)
    again = tuple(said for said in people.FILES[0].records)
    later = Said(tables.ASSIGNMENTS, {**again[0].wire, "AssignmentId": "3NEW", "HITId": "3HIT1"})
    with Archive.open(path) as archive:
        gathered = ingest(archive, Kept("again.json", "site", (*again, later)))
        assert gathered.kept_out == {"assignments": 2, "bonus_payments": 1}
        assert findings(archive) == []
    assert rows(path, "select count(*) from assignments where worker_id = ?", ANN) == [(0,)]
    assert rows(path, "select kept_out from forgotten_workers") == [(3,)]


def test_an_export_does_not_bring_the_person_back(path: Path) -> None:
    forget(path, ANN)
    with Archive.open(path) as archive:
        with archive.transaction():
            run = runs.begin(archive, "requester_api", {}, pass_id=None)
            records = [
                raw({"AssignmentId": "3ASSIGNMENT0000000000000000001", "WorkerId": ANN}),
                raw({"AssignmentId": 8, "WorkerId": ANN}),
            ]
            stored = Writer(archive, run).put(
                tables.ASSIGNMENTS, records, ORIGIN, {"hit_id": "3HIT1"}
            )
        assert (stored.rows, stored.refused) == ([], 2)
        assert findings(archive) == []
    assert named_in(path, ANN) == []


def test_counters_promise_less_by_what_was_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    counters = {"MaxAssignments": 2, "NumberOfAssignmentsAvailable": 0}
    work = [
        {"AssignmentId": f"3A{n}", "WorkerId": who, "HITId": "3H", "AssignmentStatus": status}
        for n, (who, status) in enumerate(((ANN, "Approved"), (BEN, "Submitted")))
    ]
    with writing(path) as writer:
        put(writer, tables.HITS, hit("3H", **counters, NumberOfAssignmentsCompleted=1))
        put(writer, tables.ASSIGNMENTS, *work)
        assert findings(writer.archive) == []
    forget(path, ANN)
    counts = "select assignments_expected, assignments_held, reviewed_expected from hit_counts"
    assert rows(path, counts) == [(1, 1, 0)]
    with writing(path) as writer:
        # MTurk goes on telling of both; what was reviewed meanwhile counts as reviewed.
        put(writer, tables.HITS, hit("3H", **counters, NumberOfAssignmentsCompleted=2))
        reviewed = {**work[1], "AssignmentStatus": "Approved"}
        put(writer, tables.ASSIGNMENTS, work[0], reviewed)
        assert findings(writer.archive) == []
        assert gaps.count(writer.archive).total == 0


def test_review_results_about_the_persons_work_are_cut_out(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    found = [{"SubjectId": f"3A{n}", "SubjectType": "Assignment", "Key": "k"} for n in range(2)]
    report = {"HITId": "3H", "HITReviewReport": {"ReviewResults": found, "ReviewActions": []}}
    with writing(path) as writer:
        put(writer, tables.HITS, hit("3H", MaxAssignments=2, NumberOfAssignmentsAvailable=0))
        for n, who in enumerate((ANN, BEN)):
            one = {"AssignmentId": f"3A{n}", "WorkerId": who, "HITId": "3H"}
            put(writer, tables.ASSIGNMENTS, one)
        put(writer, tables.REVIEW_REPORTS, report, hit_id="3H", page=0)
    forget(path, ANN)
    assert rows(path, "select subject_id from review_results") == [("3A1",)]
    with writing(path) as writer:
        put(writer, tables.REVIEW_REPORTS, report, hit_id="3H", page=0)
        assert findings(writer.archive) == []
    assert rows(path, "select subject_id from review_results") == [("3A1",)]
    assert rows(path, "select count(*) from revisions") == [(0,)]


def paying(path: Path, *outcomes: str) -> list[Line]:
    """An archive in which Ann and Ben were paid at a target; the lines that were."""
    with writing(path) as writer:
        put(writer, tables.HITS, hit("3H", MaxAssignments=2, NumberOfAssignmentsAvailable=0))
        for n, who in enumerate((ANN, BEN)):
            one = {"AssignmentId": f"3A{n}", "WorkerId": who, "HITId": "3H"}
            put(writer, tables.ASSIGNMENTS, one)
    half = Decimal("0.50")
    lines = [
        Line("visit-of-ann", half, "well done", "3A0"),
        Line("visit-of-ann", half, "and once more"),
        Line("visit-of-ben", half, f"for work with {ANN}", "3A1"),
        Line("visit-of-ben", half, "well done"),
    ]
    with Archive.open(path) as archive:
        replay = ledger.begin(archive, "prolific", "account", "bonus", {})
        for outcome in outcomes:
            book = Payments(archive, replay)
            sums = (Decimal(2), Decimal(1), Decimal(0), Decimal(3))
            before = {"visit-of-ann": (half,)}
            number = book.intend(Payment("study", outcome, "GBP", *sums, lines, before))
            if outcome != "unknown":
                book.settle(number, outcome, f"{ANN} has it")
        ledger.end(archive, replay, "complete", "")
    return lines


def test_what_was_paid_stays_and_not_to_whom(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    lines = paying(path, "paid")
    assert forget(path, ANN).rewritten["payment_lines"] == 3
    assert named_in(path, ANN) == []
    assert b"visit-of-ann" not in path.read_bytes()
    kept = "select amount, recipient_id, assignment_id, reason from payment_lines order by 2, line"
    *digests, bens, also_bens = rows(path, kept)
    assert [(one[0], one[1][:10], one[2], one[3][:10]) for one in digests] == [
        ("0.50", "forgotten:", None, "forgotten:")
    ] * 2
    assert (bens[:3], bens[3][:10]) == (("0.50", "visit-of-ben", "3A1"), "forgotten:")
    assert also_bens == ("0.50", "visit-of-ben", None, "well done")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        rows(path, "update payment_lines set amount = '9'")
    with Archive.open(path) as archive:
        book = Payments(archive, ledger.begin(archive, "prolific", "account", "bonus", {}))
        again = due(lines, book.paid("study", lines), {"visit-of-ann": (Decimal("0.50"),) * 2})
        assert (again.lines, again.paid_before) == ([], 4)
        named = [line._replace(assignment_id=None) for line in lines]
        again = due(named, book.paid("study", named), {"visit-of-ann": (Decimal("0.50"),) * 2})
        assert (again.lines, again.paid_before) == ([], 4)
        assert {line.amount for _, line in book.paid("study")} == {Decimal("0.50")}
        assert findings(archive) == []


def test_nobody_is_forgotten_while_a_payment_to_them_is_not_cleared_up(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    paying(path, "paid", "unknown")
    with pytest.raises(OutcomeUnknown, match="payment 2"):
        forget(path, ANN)
    assert rows(path, "select count(*) from assignments where worker_id = ?", ANN) == [(1,)]
    assert rows(path, "select count(*) from forgotten_workers") == [(0,)]


def test_what_a_target_said_of_others_does_not_name_the_person(path: Path) -> None:
    with Archive.open(path) as archive:
        replay = ledger.begin(archive, "shelf", "https://example.org", "import", {})
        told = ledger.Ledger(archive, replay)
        told.intend([ledger.Intention("user:ben", "user", "0" * 64, "0" * 64, ())])
        told.settle([ledger.Result("user:ben", "failed", reason=f"is {ANN}'s already")])
        ledger.end(archive, replay, "complete", "")
    assert forget(path, ANN).rewritten["ledger"] == 1
    assert named_in(path, ANN) == []
    assert rows(path, "select reason from ledger where event = 'failed'") == [
        (f"is {word_for(ANN)}'s already",)
    ]


def test_who_was_never_there_is_not_forgotten(path: Path) -> None:
    with pytest.raises(NoSuchRecord):
        forget(path, "A9NOBODY0000000")
    assert rows(path, "select count(*) from forgotten_workers") == [(0,)]


def test_forgetting_twice_cleans_twice(path: Path) -> None:
    forget(path, ANN)
    again = forget(path, ANN)
    assert again.kept_out_already
    assert not again.removed
    assert rows(path, "select count(*) from forgotten_workers") == [(1,)]


def test_a_reader_that_keeps_old_pages_is_told_of(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from assignments").fetchone()
        with pytest.raises(ArchiveBusy, match="run the same command again"):
            forget(path, ANN)
        reader.execute("rollback")
    forget(path, ANN)
    assert named_in(path, ANN) == []
