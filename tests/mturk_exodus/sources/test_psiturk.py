"""psiTurk's databases, made with the columns that psiTurk 2.3.12 and 3.3.1 make them with."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, NOTIFICATION_EVENTS
from mturk_exodus.records import from_wire
from mturk_exodus.sources.files import SourceFile, local_file
from mturk_exodus.sources.interface import Columns, Entry, FileRefused, Refused
from mturk_exodus.sources.psiturk import PsiTurk

COLUMNS = (
    "uniqueid VARCHAR(128) NOT NULL",
    "assignmentid VARCHAR(128) NOT NULL",
    "workerid VARCHAR(128) NOT NULL",
    "hitid VARCHAR(128) NOT NULL",
    "ipaddress VARCHAR(128)",
    "browser VARCHAR(128)",
    "platform VARCHAR(128)",
    "language VARCHAR(128)",
    "cond INTEGER",
    "counterbalance INTEGER",
    "codeversion VARCHAR(128)",
    "beginhit DATETIME",
    "beginexp DATETIME",
    "endhit DATETIME",
    "bonus FLOAT",
    "status INTEGER",
    "mode VARCHAR(128)",
    "datastring TEXT(4294967295)",
)
NAMES = tuple(column.split()[0] for column in COLUMNS)
PERSON: dict[str, Any] = {
    "uniqueid": "A1WORKER:3ASSIGNMENT",
    "assignmentid": "3ASSIGNMENT",
    "workerid": "A1WORKER",
    "hitid": "3HIT",
    "ipaddress": "192.0.2.7",
    "browser": "chrome",
    "cond": 0,
    "beginhit": "2016-03-04 10:11:12.131415",
    "endhit": "2016-03-04 10:31:12.131415",
    "bonus": 0.5,
    "status": 5,
    "mode": "live",
    "datastring": '{"data": [{"rt": 512}]}',
}


def database(folder: Path, *people: dict[str, Any], table: str = "assignments") -> Path:
    path = folder / "participants.db"
    quoted = '"' + table.replace('"', '""') + '"'
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {quoted} ({', '.join(COLUMNS)}, PRIMARY KEY (uniqueid))")
        connection.execute(
            "CREATE TABLE amt_hit (hitid VARCHAR(128) NOT NULL, PRIMARY KEY (hitid))"
        )
        for person in people:
            names, marks = ", ".join(person), ", ".join("?" * len(person))
            values = tuple(person.values())
            insert = f"INSERT INTO {quoted} ({names}) VALUES ({marks})"  # noqa: S608 - the test's own
            connection.execute(insert, values)
        connection.commit()
    return path


def read(path: Path) -> list[Columns | Entry | Refused]:
    return list(PsiTurk().read(local_file(path)))


def only_entry(path: Path) -> Entry:
    _, entry = read(path)
    assert isinstance(entry, Entry)
    return entry


def test_a_database_is_claimed_by_the_columns_of_its_schema(tmp_path: Path) -> None:
    assert PsiTurk().claims(local_file(database(tmp_path))) == "a database with psiTurk's columns"


def test_another_database_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE assignments (assignment_id, worker_id, hit_id)")
    assert PsiTurk().claims(local_file(path)) is None


def test_an_archive_of_ours_is_not_claimed_even_if_it_has_such_columns(tmp_path: Path) -> None:
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma application_id = {int.from_bytes(b'MTXO', 'big')}")
    assert PsiTurk().claims(local_file(path)) is None


def test_a_person_whose_work_is_approved_is_an_assignment(tmp_path: Path) -> None:
    (found,) = only_entry(database(tmp_path, PERSON)).found
    assert found.table is ASSIGNMENTS
    assert found.raw == PERSON  # nothing is lost, and cells that are empty are left out
    derived = PsiTurk().derive("assignments", found.raw)
    assert derived.wire == {
        "AssignmentId": "3ASSIGNMENT",
        "HITId": "3HIT",
        "WorkerId": "A1WORKER",
        "AssignmentStatus": "Approved",
    }


def test_times_without_a_zone_are_not_taken_for_times(tmp_path: Path) -> None:
    (found,) = only_entry(database(tmp_path, PERSON)).found
    assert PsiTurk().derive("assignments", found.raw).unreadable == ("beginhit", "endhit")


@pytest.mark.parametrize(
    ("status", "said"),
    [(3, None), (4, "Submitted"), (5, "Approved"), (7, "Approved")],
)
def test_completed_work_has_the_status_that_psiturk_knows(
    tmp_path: Path, status: int, said: str | None
) -> None:
    (found,) = only_entry(database(tmp_path, {**PERSON, "status": status})).found
    assert found.table is ASSIGNMENTS
    assert PsiTurk().derive("assignments", found.raw).wire.get("AssignmentStatus") == said


@pytest.mark.parametrize("status", [1, 2, 6, 8, 100, None])
def test_of_who_came_and_did_not_finish_it_is_known_that_they_accepted(
    tmp_path: Path, status: int | None
) -> None:
    (found,) = only_entry(database(tmp_path, {**PERSON, "status": status})).found
    assert found.table is NOTIFICATION_EVENTS
    assert PsiTurk().derive("notification_events", found.raw).wire == {
        "EventType": "AssignmentAccepted",
        "AssignmentId": "3ASSIGNMENT",
        "HITId": "3HIT",
        "WorkerId": "A1WORKER",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hitid": "debugX1"}, "a debug session, not a worker's"),
        ({"workerid": "debugX2"}, "a debug session, not a worker's"),
        ({"assignmentid": "debugX3"}, "a debug session, not a worker's"),
        ({"hitid": ""}, "no hitid"),
        ({"assignmentid": " "}, "no assignmentid"),
        ({"assignmentid": "ASSIGNMENT_ID_NOT_AVAILABLE"}, "a preview: the work was not accepted"),
        ({"status": 0}, "a preview: the work was not accepted"),
    ],
)
def test_a_row_that_is_no_workers_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    _, item = read(database(tmp_path, {**PERSON, **changes}))
    assert item == Refused(1, reason, {k: v for k, v in {**PERSON, **changes}.items() if v != ""})


def test_work_in_the_sandbox_is_kept_and_doubted(tmp_path: Path) -> None:
    sandbox = database(tmp_path, {**PERSON, "mode": "sandbox"})
    assert only_entry(sandbox).doubts == ("mode is not sandbox",)


def test_work_in_production_is_not_doubted(tmp_path: Path) -> None:
    assert only_entry(database(tmp_path, PERSON)).doubts == ()


@pytest.mark.parametrize("table", ["turkdemo", 'my "study"; drop table amt_hit', "données"])
def test_the_table_may_have_any_name(tmp_path: Path, table: str) -> None:
    columns, entry = read(database(tmp_path, PERSON, table=table))
    assert columns == Columns(NAMES)
    assert isinstance(entry, Entry)


def test_rows_come_in_their_order_and_are_counted_from_one(tmp_path: Path) -> None:
    people = [{**PERSON, "uniqueid": name} for name in ("c", "a", "b")]
    _, *entries = read(database(tmp_path, *people))
    assert [
        (entry.number, entry.found[0].raw["uniqueid"])
        for entry in entries
        if isinstance(entry, Entry)
    ] == [(1, "c"), (2, "a"), (3, "b")]


def test_cells_that_json_cannot_hold_are_kept_as_text(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update assignments set bonus = 9e999, datastring = x'7bff7d'")
        connection.execute("update assignments set browser = cast(x'63e96c' as text)")
        connection.commit()
    raw = only_entry(path).found[0].raw
    assert (raw["bonus"], raw["datastring"], raw["browser"]) == ("inf", "{\\xff}", "c\\xe9l")


def test_a_row_that_is_too_large_is_refused_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mturk_exodus.sources.psiturk._LARGEST_ROW", 1_000)
    large = {**PERSON, "uniqueid": "large", "datastring": "x" * 1_001}
    _, entry, refused = read(database(tmp_path, large, PERSON))
    assert isinstance(entry, Entry)
    assert isinstance(refused, Refused)
    assert (refused.number, refused.raw) == (2, {"uniqueid": "large"})


def test_views_and_triggers_are_never_run(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "create view trap as select *, abs(-9223372036854775808) from assignments"
        )
        connection.commit()
    assert len(read(path)) == 2


def test_a_column_that_is_computed_is_never_computed(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("alter table assignments add trap as (abs(-9223372036854775808))")
        connection.commit()
    columns, _ = read(path)
    assert columns == Columns(NAMES)


def test_a_virtual_table_is_never_asked(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute(
                "create virtual table other using fts5(uniqueid, assignmentid, workerid, hitid)"
            )
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no virtual table to test with")
        connection.execute("insert into other values ('u', 'a', 'w', 'h')")
        connection.commit()
    assert len(read(path)) == 2


def test_nothing_is_written_beside_the_database(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
    before = path.read_bytes()
    read(path)
    assert [file.name for file in tmp_path.iterdir()] == ["participants.db"]
    assert path.read_bytes() == before


def test_a_database_that_is_still_open_is_refused(tmp_path: Path) -> None:
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("insert into amt_hit values ('3HIT')")
        connection.commit()
        with pytest.raises(FileRefused, match="was not closed"):
            read(path)


def test_a_journal_that_was_left_hot_refuses_the_database_and_an_empty_one_does_not(
    tmp_path: Path,
) -> None:
    path = database(tmp_path, PERSON)
    journal = tmp_path / "participants.db-journal"
    journal.write_bytes(bytes(512))
    assert len(read(path)) == 2
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    with pytest.raises(FileRefused, match="was not closed"):
        read(path)


def test_a_database_in_a_zip_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = database(tmp_path, PERSON)
    inside = SourceFile("kept.zip/participants.db", lambda: path.open("rb"))
    with pytest.raises(FileRefused, match="unpack it first"):
        list(PsiTurk().read(inside))


def test_a_database_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    people = ({**PERSON, "uniqueid": str(n), "datastring": "x" * 900} for n in range(100))
    path = database(tmp_path, *people)
    path.write_bytes(path.read_bytes()[:-20_000])
    with pytest.raises(FileRefused, match="damaged"):
        read(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 12_287), st.integers(0, 255)), min_size=1, max_size=20))
def test_damage_anywhere_is_refused_or_changes_what_is_said(
    tmp_path: Path, damage: list[tuple[int, int]]
) -> None:
    path = tmp_path / "participants.db"
    path.unlink(missing_ok=True)
    content = bytearray(database(tmp_path, PERSON, {**PERSON, "uniqueid": "b"}).read_bytes())
    for position, value in damage:
        content[position % len(content)] = value
    path.write_bytes(content)
    PsiTurk().claims(local_file(path))
    try:
        items = read(path)
    except FileRefused:
        return
    for item in items:
        if isinstance(item, Entry):
            for found in item.found:
                wire = PsiTurk().derive(found.table.name, found.raw).wire
                from_wire(found.table.record, wire)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["assignments", "notification_events", "hits", "none of ours"]),
    st.dictionaries(st.sampled_from(NAMES) | st.text(), anything),
)
def test_derive_never_raises_and_the_archive_takes_what_it_gives(
    table: str, raw: dict[str, Any]
) -> None:
    wire = PsiTurk().derive(table, raw).wire
    if table == "assignments":
        from_wire(ASSIGNMENTS.record, {"AssignmentId": "a", "HITId": "h", **wire})


@given(st.binary(max_size=300))
def test_no_bytes_make_claims_raise(content: bytes) -> None:
    header = b"SQLite format 3\x00" + struct.pack(">H", 4096)
    for head in (content, header + content):
        PsiTurk().claims(SourceFile("x.db", partial(BytesIO, head)))
