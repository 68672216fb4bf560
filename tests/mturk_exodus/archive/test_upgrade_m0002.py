"""Archives of 0.1, written as that program wrote them, brought to today's format."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from mturk_exodus.archive import Archive, gaps, uploads
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import (
    ACCOUNT_BALANCES,
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_REQUESTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    REVIEW_REPORTS,
    WORKER_BLOCKS,
    Raw,
    Table,
)
from mturk_exodus.archive.verify import verify
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.errors import ArchiveDamaged
from mturk_exodus_schema import m0001_records
from tests.fakes.mturk import FakeMTurk
from tests.mturk_exodus.archive.files_support import (
    Kept,
    Said,
    assert_arrived,
    dump,
    findings,
    ingest,
    values,
)
from tests.mturk_exodus.sources.requester_api.accounts import random_account
from tests.mturk_exodus.sources.requester_api.support import export

OF_FILES = {"template_variables", "answer_doubts"}
RUN = Run(1, 1)
Wire = Mapping[str, Any]


class Old:
    """An archive as 0.1 made it: its own schema, and rows put in as that program did."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("pragma foreign_keys = on")
        self.connection.execute("pragma journal_mode = wal")
        step = Migrations("mturk_exodus")
        step(name="m0001_records")(m0001_records.upgrade)
        step.apply(Database(self.connection))
        self.connection.execute("insert into archive_info values ('archive_id', 'old')")
        self.connection.execute(
            "insert into runs (pass_id, source, arguments, program_version, account, endpoint,"
            " started_at, ended_at, outcome) values (1, 'requester_api', '{}', '0.1.0', ?, ?,"
            " '2026-01-01', '2026-01-01', 'complete')",
            ["key:0", "http://x"],
        )

    def close(self) -> None:
        """The file is all that is left."""
        self.connection.close()

    def put(self, table: Table, texts: Iterable[str], **context: Any) -> None:  # noqa: ANN401 - columns
        """Records as they came. Of bonuses, those that are spelled alike are copies."""
        copies: Counter[str] = Counter()
        for text in texts:
            wire = json.loads(text)
            row = table.row(Raw(text, wire), context)
            row = {name: value for name, value in row.items() if name not in OF_FILES}
            if table is BONUS_PAYMENTS:
                row["alike"] = old_alike(wire)
                row["copy"] = copies[old_alike(wire)]
                copies[old_alike(wire)] += 1
            digest = hashlib.sha256(text.encode()).hexdigest()
            row |= {"raw": text, "raw_sha256": digest, "first_run_id": 1, "last_run_id": 1}
            self.connection.execute(
                f"insert into {table.name} ({', '.join(row)})"  # noqa: S608 - our own names
                f" values ({', '.join('?' * len(row))})",
                list(row.values()),
            )


def old_alike(wire: Wire) -> str:
    """What 0.1 told payments apart by."""
    return hashlib.sha256(json.dumps(wire, sort_keys=True).encode()).hexdigest()[:16]


def text_of(wire: Wire) -> str:
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":"))


def old_archive(path: Path, account: Account) -> None:
    """The account in an archive of 0.1, and notes on work that is done and left."""
    old = Old(path)
    types = {hit["HITTypeId"]: "" for hit in account.hits.values()}
    old.connection.execute("begin")
    for type_id in types:
        _old_hit_type(old, account, type_id)
    for table, records in (
        (HITS, account.hits.values()),
        (ASSIGNMENTS, _flat(account.assignments)),
        (QUALIFICATION_TYPES, account.qualification_types.values()),
        (QUALIFICATIONS, _flat(account.qualifications)),
        (QUALIFICATION_REQUESTS, account.qualification_requests),
        (WORKER_BLOCKS, account.worker_blocks),
    ):
        old.put(table, map(text_of, records))
    old.put(ACCOUNT_BALANCES, [text_of({"AvailableBalance": account.available_balance})], run_id=1)
    for hit_id, payments in account.bonus_payments.items():
        old.put(BONUS_PAYMENTS, map(text_of, payments), hit_id=hit_id, copy=0)
    for hit_id, reply in account.review_policy_results.items():
        old.put(REVIEW_REPORTS, [text_of({"HITId": hit_id, **reply})], hit_id=hit_id, page=0)
    old.connection.execute(
        "insert into work (operation, subject, state, phase, rank, run_id, finished_at)"
        " values ('ListHITs', '', 'done', 0, 0, 1, '2026-01-01T00:00:00.000Z')"
    )
    old.connection.execute("insert into archive_info values ('listed.ListWorkerBlocks', '1')")
    old.connection.execute("commit")
    old.close()


def _old_hit_type(old: Old, account: Account, type_id: str) -> None:
    hit_id = min(key for key, hit in account.hits.items() if hit["HITTypeId"] == type_id)
    wire = account.hits[hit_id]
    row = HITS.row(Raw(text_of(wire), wire), {})
    names = (
        *("hit_type_id", "title", "description", "keywords", "reward"),
        *("auto_approval_delay_in_seconds", "assignment_duration_in_seconds"),
        "qualification_requirements",
    )
    old.connection.execute(
        "insert into hit_types values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*(row[name] for name in names), hit_id],
    )


def _flat(lists: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [record for records in lists.values() for record in records]


@pytest.fixture
def account() -> Account:
    """One of everything, and payments that are alike in every member."""
    found = synthesize(2005, hits=60)
    found.review_policy_results = dict(list(found.review_policy_results.items())[:5])
    paid = next(hit_id for hit_id, payments in found.bonus_payments.items() if payments)
    found.bonus_payments[paid] += [dict(found.bonus_payments[paid][0]) for _ in range(3)]
    found.uploads.clear()
    return found


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_an_upgraded_archive_is_what_today_s_program_makes_of_the_same_account(
    path: Path, account: Account
) -> None:
    old_archive(path, account)
    with Archive.create(path.with_name("new.db")) as new:
        fill(new, account)
        wanted = dump(new)
    assert Archive.upgrade(path) is not None
    with Archive.open(path) as archive:
        assert findings(archive) == []
        found = dump(archive)
        for table in found.keys() - {"review_reports", "uploads", "upload_parts"}:
            assert found[table] == wanted[table], table
        assert len(found["bonus_payments"]) == len(_flat(account.bonus_payments))
        assert len(found["review_reports"]) == len(account.review_policy_results)
        assert {row[0] for row in values(archive, "select distinct source from hits")} == {
            "requester_api"
        }


def test_nothing_that_stood_in_a_table_before_is_lost(path: Path, account: Account) -> None:
    old_archive(path, account)
    tables = [name for (name,) in rows(path, "select name from sqlite_master where type = 'table'")]
    columns = {
        table: [name for (name,) in rows(path, f"select name from pragma_table_info('{table}')")]  # noqa: S608 - our own names
        for table in tables
    }
    columns["bonus_payments"].remove("alike")
    del columns["_sqlite_migrations"]
    queries = {
        table: f"select rowid, {', '.join(names)} from {table} order by rowid"  # noqa: S608 - our own names
        for table, names in columns.items()
    }
    before = {table: rows(path, query) for table, query in queries.items()}
    Archive.upgrade(path)
    for table, query in queries.items():
        after = [
            row for row in rows(path, query) if not {"pseudonym_key", "forgetting_key"} & set(row)
        ]
        assert after == before[table], table
    assert rows(path, "select name from _sqlite_migrations") == [
        ("m0001_records",),
        ("m0002_files",),
        ("m0003_questions",),
        ("m0004_compaction",),
        ("m0005_replays",),
        ("m0006_forgotten",),
        ("m0007_payments",),
    ]


def test_every_view_works_on_an_upgraded_archive(path: Path, account: Account) -> None:
    old_archive(path, account)
    before = {
        view: rows(path, f"select * from {view}")  # noqa: S608 - our own names
        for (view,) in rows(path, "select name from sqlite_master where type = 'view'")
    }
    Archive.upgrade(path)
    for view, held in before.items():
        assert rows(path, f"select * from {view}") == held, view  # noqa: S608 - our own names
    assert rows(path, "select batch_id, hits from batches order by 1") == rows(
        path,
        "select substr(requester_annotation, 9, 7), count(*) from hits"
        " where requester_annotation like 'BatchId:%' group by 1 order by 1",
    )
    assert rows(path, "select * from template_variables") == []
    assert rows(path, "select * from batch_templates") == []
    assert {"batches", "gaps", "hit_counts", "current_worker_blocks"} <= {
        view for (view,) in rows(path, "select name from sqlite_master where type = 'view'")
    }


@pytest.mark.parametrize("seed", range(3))
def test_an_export_after_the_upgrade_doubles_and_changes_nothing(path: Path, seed: int) -> None:
    account = random_account(seed)
    account.qualification_types.clear()
    account.qualifications.clear()
    for payments in account.bonus_payments.values():
        payments += [dict(payment) for payment in payments[:2]]
    with FakeMTurk(account) as fake:
        texts = fake.raw_records()
        old = Old(path)
        old.connection.execute("begin")
        for hit in account.hits.values():
            if not rows_of(old, "select 1 from hit_types where hit_type_id = ?", hit["HITTypeId"]):
                _old_hit_type(old, account, hit["HITTypeId"])
        for table in (HITS, ASSIGNMENTS, WORKER_BLOCKS):
            old.put(table, texts[table.name].values())
        for hit_id, payments in texts["bonus_payments"].items():
            old.put(BONUS_PAYMENTS, payments, hit_id=hit_id, copy=0)
        old.connection.execute("commit")
        old.close()
        Archive.upgrade(path)
        assert export(path, fake, same_account=True) == gaps.Gaps(0, 0, 0, 0, 0)
        assert_arrived(path, fake)
        assert rows(path, "select count(*) from revisions") == [(0,)]
        assert rows(path, "select distinct first_run_id from bonus_payments") in ([], [(1,)])


def rows_of(old: Old, query: str, *given: object) -> list[tuple[Any, ...]]:
    return old.connection.execute(query, given).fetchall()


HIT = '{"HITId":"H1","HITTypeId":"T1"}'
WORK = '{"AssignmentId":"A1","HITId":"H1","WorkerId":"W1"}'
PAID = {
    "WorkerId": "W1",
    "BonusAmount": "0.50",
    "AssignmentId": "A1",
    "Reason": "Dankeschön ☃",
    "GrantTime": 1_500_000_000.25,
}


def small(path: Path, *payments: str) -> None:
    """An archive of 0.1 with one assignment and these payments, each as a list of its own."""
    old = Old(path)
    old.connection.execute("insert into hit_types (hit_type_id, as_of_hit_id) values ('T1', 'H1')")
    old.put(HITS, [HIT])
    old.put(ASSIGNMENTS, [WORK])
    for payment in payments:
        old.put(BONUS_PAYMENTS, [payment], hit_id="H1", copy=0)
    old.close()


@pytest.mark.parametrize(
    "paid",
    [
        PAID,
        PAID | {"Reason": None},
        {name: value for name, value in PAID.items() if name not in ("Reason", "WorkerId")},
        {"AssignmentId": "A1"},
        PAID | {"BonusAmount": "1E+1"},
        PAID | {"BonusAmount": "0"},
        PAID | {"BonusAmount": "-0.0"},
        PAID | {"BonusAmount": "100"},
        PAID | {"Reason": '\\ " \x7f \u2028 \U0001f600'},
    ],
)
def test_a_payment_is_told_from_others_as_today_s_writer_does(path: Path, paid: Wire) -> None:
    text = text_of(paid)
    small(path, text)
    Archive.upgrade(path)
    now = BONUS_PAYMENTS.row(Raw(text, json.loads(text)), {"hit_id": "H1", "copy": 0})
    with Archive.open(path) as archive:
        assert values(archive, "select alike, copy from bonus_payments") == [(now["alike"], 0)]
        assert list(verify(archive)) == []


SPELLINGS = {
    "money": (PAID, PAID | {"BonusAmount": "0.5"}),
    "time": (PAID | {"GrantTime": 1_500_000_000}, PAID | {"GrantTime": 1_500_000_000.0}),
    "a member that is null": (
        {**PAID, "Reason": None},
        {k: v for k, v in PAID.items() if k != "Reason"},
    ),
    "a member that has no column": (PAID, PAID | {"Currency": "USD"}),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_payments_that_were_told_apart_by_their_spelling_are_both_kept(
    path: Path, what: str
) -> None:
    small(path, *map(text_of, SPELLINGS[what]))
    Archive.upgrade(path)
    with Archive.open(path) as archive:
        assert values(archive, "select copy from bonus_payments order by copy") == [(0,), (1,)]
        assert list(verify(archive)) == []


def test_an_upgrade_that_cannot_be_done_leaves_the_archive_as_it_was(path: Path) -> None:
    small(path, text_of(PAID))
    connection = sqlite3.connect(path)
    connection.execute("update bonus_payments set bonus_amount = 'much'")
    connection.commit()
    before = list(connection.iterdump())
    connection.close()
    with pytest.raises(ArchiveDamaged, match="user-defined function"):
        Archive.upgrade(path)
    connection = sqlite3.connect(path)
    assert list(connection.iterdump()) == before
    connection.close()


def test_what_a_payment_said_before_it_was_withdrawn_is_found_by_its_key(path: Path) -> None:
    small(path, text_of(PAID))
    old_key = json.dumps(["H1", old_alike(PAID), 0])
    connection = sqlite3.connect(path)
    connection.execute(
        "insert into revisions (record_table, record_key, member, earlier, seen_run_id,"
        " replaced_run_id) values ('bonus_payments', ?, 'Reason', '\"before\"', 1, 1)",
        [old_key],
    )
    connection.commit()
    connection.close()
    Archive.upgrade(path)
    with Archive.open(path) as archive:
        ((alike, copy),) = values(archive, "select alike, copy from bonus_payments")
        assert values(archive, "select record_key, earlier from revisions") == [
            (json.dumps([alike, copy]), '"before"')
        ]


def test_a_file_s_bonus_meets_the_upgraded_one(path: Path) -> None:
    small(path, text_of(PAID))
    Archive.upgrade(path)
    with Archive.open(path) as archive:
        told = Said(BONUS_PAYMENTS, PAID | {"BonusAmount": "0.5"})
        gathered = ingest(archive, Kept("bonuses", "tool", (told,)))
        assert gathered.merged == {"bonus_payments": 1}
        assert values(archive, "select source, hit_id from bonus_payments") == [
            ("requester_api", "H1")
        ]
        assert findings(archive) == []


def test_uploads_and_bonuses_can_be_written_after_the_upgrade(path: Path) -> None:
    small(path, text_of(PAID))
    Archive.upgrade(path)
    with Archive.open(path) as archive, archive.transaction():
        uploads.store(archive, RUN, "A1", "photo", io.BytesIO(b"x"))
    with Archive.open(path) as archive:
        assert b"".join(uploads.parts(archive, "A1", "photo")) == b"x"
