"""The requester site's list of workers; no such file is public, so all of these are made up."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import WORKER_BLOCKS, WORKER_DETAILS
from mturk_exodus.records import from_wire
from mturk_exodus.sources.cells import TOO_MANY
from mturk_exodus.sources.delimited import CUT_OFF
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Entry, Refused
from mturk_exodus.sources.worker_csv import MORE_APPROVED, WorkerCSV

SUBMITTED = "Number of HITs approved or rejected - Lifetime"
APPROVED = "Number of HITs approved - Lifetime"
COLUMNS = (
    "Worker ID",
    SUBMITTED,
    APPROVED,
    'CURRENT-Knows "é", and more',
    'UPDATE-Knows "é", and more',
    "CURRENT BlockStatus",
    "UPDATE-BlockStatus",
)


def table(*rows: tuple[str, ...], columns: tuple[str, ...] = COLUMNS) -> str:
    stream = StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([columns, *rows])
    return stream.getvalue()


def kept(text: str) -> SourceFile:
    return SourceFile("User_1_workers.csv", lambda: BytesIO(text.encode()))


def read(text: str) -> list[Columns | Entry | Refused]:
    return list(WorkerCSV().read(kept(text)))


def derived(raw: dict[str, str]) -> dict[str, object]:
    return dict(WorkerCSV().derive("worker_details", raw).wire)


def test_a_row_says_what_the_requester_site_knows_of_a_worker() -> None:
    row = ("AAAA", "1,234", "1200", "100", "Revoke", "Unblocked", "Block")

    columns, entry = read(table(row))

    assert columns == Columns(COLUMNS)
    assert isinstance(entry, Entry)
    (found,) = entry.found
    assert (entry.number, entry.doubts, found.table) == (1, (), WORKER_DETAILS)
    assert found.raw == dict(zip(COLUMNS, row, strict=True))
    assert WorkerCSV().derive("worker_details", found.raw) == (
        {
            "WorkerId": "AAAA",
            "LifetimeSubmitted": 1234,
            "LifetimeApproved": 1200,
            "BlockStatus": "Unblocked",
            "QualificationScores": {'Knows "é", and more': 100},
        },
        (),
    )


def test_who_is_blocked_has_a_block_as_well() -> None:
    row = ("AAAA", "1", "0", "", "", "blocked", "Unblock")

    _, entry = read(table(row))

    assert isinstance(entry, Entry)
    details, block = entry.found
    assert (details.table, block.table) == (WORKER_DETAILS, WORKER_BLOCKS)
    assert block.raw == {"Worker ID": "AAAA", "CURRENT BlockStatus": "blocked"}
    assert WorkerCSV().derive("worker_blocks", block.raw) == ({"WorkerId": "AAAA"}, ())


@pytest.mark.parametrize("status", ["", "Never Blocked", "Unblocked", "Block", "not Blocked"])
def test_who_is_not_blocked_has_no_block(status: str) -> None:
    _, entry = read(table(("AAAA", "1", "0", "", "", status, "Block")))

    assert isinstance(entry, Entry)
    assert [found.table for found in entry.found] == [WORKER_DETAILS]


def test_what_the_requester_was_about_to_change_is_kept_and_means_nothing() -> None:
    _, entry = read(table(("AAAA", "", "", "", "55", "", "Block")))

    assert isinstance(entry, Entry)
    assert entry.found[0].raw == {
        "Worker ID": "AAAA",
        'UPDATE-Knows "é", and more': "55",
        "UPDATE-BlockStatus": "Block",
    }
    assert derived(dict(entry.found[0].raw)) == {"WorkerId": "AAAA"}


@pytest.mark.parametrize("column", ["Worker ID", "WorkerId", "Worker Id", "worker_id"])
def test_the_worker_is_known_by_any_spelling(column: str) -> None:
    text = table(("AAAA", "7"), columns=(column, SUBMITTED))

    assert WorkerCSV().claims(kept(text)) is not None
    _, entry = read(text)

    assert isinstance(entry, Entry)
    assert derived(dict(entry.found[0].raw)) == {"WorkerId": "AAAA", "LifetimeSubmitted": 7}


@pytest.mark.parametrize(
    "column",
    ["CURRENT BlockStatus", "CURRENT-BlockStatus", "current blockstatus", "CURRENT-Block Status"],
)
@pytest.mark.parametrize(
    ("spelled", "status"),
    [
        ("Never Blocked", "Never Blocked"),
        ("NEVER BLOCKED", "Never Blocked"),
        ("NeverBlocked", "Never Blocked"),
        (" blocked ", "Blocked"),
        ("UnBlocked", "Unblocked"),
    ],
)
def test_a_block_status_is_spelled_as_mturk_does(column: str, spelled: str, status: str) -> None:
    assert derived({"Worker ID": "AAAA", column: spelled}) == {
        "WorkerId": "AAAA",
        "BlockStatus": status,
    }


def test_a_qualification_may_be_called_as_the_block_status_is() -> None:
    raw = {"Worker ID": "A", "CURRENT BlockStatus": "Blocked", "CURRENT-BlockStatus": "40"}

    assert derived(raw) == {
        "WorkerId": "A",
        "BlockStatus": "Blocked",
        "QualificationScores": {"BlockStatus": 40},
    }


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("0", 0),
        ("12", 12),
        ("12.0", 12),
        ("1,234", 1234),
        ("1\u202f234\u202f567", 1234567),
        ("1'234", 1234),
        (" 7 ", 7),
    ],
)
def test_totals_are_read_however_they_are_spelled(text: str, total: int) -> None:
    assert derived({"Worker ID": "A", APPROVED: text})["LifetimeApproved"] == total


@pytest.mark.parametrize(
    "text",
    ["many", "-1", "1.5", "1.234", "12,34", "1,234'567", "9" * 19, "\u00b2", "\u0661", "99%"],
)
def test_a_total_that_is_none_is_unreadable(text: str) -> None:
    meaning = WorkerCSV().derive("worker_details", {"Worker ID": "A", SUBMITTED: text})

    assert meaning == ({"WorkerId": "A"}, (SUBMITTED,))


def test_a_block_status_that_is_none_is_unreadable() -> None:
    meaning = WorkerCSV().derive(
        "worker_details", {"Worker ID": "A", "CURRENT BlockStatus": "perhaps"}
    )

    assert meaning == ({"WorkerId": "A"}, ("CURRENT BlockStatus",))


@pytest.mark.parametrize(
    ("text", "score"), [("100", 100), ("0", 0), ("88.0", 88), ("US-CA", "US-CA"), ("-5", "-5")]
)
def test_a_score_is_a_number_where_it_is_one(text: str, score: int | str) -> None:
    raw = {"Worker ID": "A", "CURRENT-Good Tagger": text}

    assert derived(raw)["QualificationScores"] == {"Good Tagger": score}


def test_counts_of_the_last_days_are_not_those_of_a_lifetime() -> None:
    raw = {
        "Worker ID": "A",
        "Number of HITs approved or rejected - Last 30 Days": "3",
        "Number of HITs approved - Last 7 Days": "2",
    }

    assert WorkerCSV().derive("worker_details", raw) == ({"WorkerId": "A"}, ())


def test_a_row_without_a_worker_is_refused_and_the_others_are_kept() -> None:
    text = table(("", "1", "1", "", "", "", ""), ("A", "1", "1", "", "", "", ""))

    _, refused, entry = read(text)

    assert isinstance(refused, Refused)
    assert (refused.number, refused.reason) == (1, "has no worker id")
    assert refused.raw == {SUBMITTED: "1", APPROVED: "1"}
    assert isinstance(entry, Entry)
    assert entry.number == 2


def test_a_worker_who_is_listed_twice_is_two_entries() -> None:
    row = ("A", "1", "1", "", "", "", "")

    entries = read(table(row, row))[1:]

    assert [item.number for item in entries if isinstance(item, Entry)] == [1, 2]


def test_more_approved_than_decided_is_doubtful() -> None:
    _, entry = read(table(("A", "1", "2", "", "", "", "")))

    assert isinstance(entry, Entry)
    assert entry.doubts == (MORE_APPROVED,)


def test_a_row_that_the_file_ends_in_is_refused() -> None:
    _, refused = read(table(("A", "1", "2", "", "", "", ""))[:-20])

    assert isinstance(refused, Refused)
    assert refused.reason == CUT_OFF


def test_a_column_without_a_name_is_kept_by_its_place() -> None:
    text = table(("A", "1", "2"), columns=("Worker ID", SUBMITTED, ""))

    _, entry = read(text)

    assert isinstance(entry, Entry)
    assert entry.found[0].raw == {"Worker ID": "A", SUBMITTED: "1", "(column 3)": "2"}


def test_a_row_with_more_cells_than_columns_is_refused() -> None:
    _, refused = read(table(("A", "1", "2", "odd"), columns=("Worker ID", SUBMITTED, "x")))

    assert refused == Refused(1, TOO_MANY, ["A", "1", "2", "odd"])


@pytest.mark.parametrize(
    "columns",
    [
        ("Worker ID", "CURRENT-x"),
        ("Worker ID", "CURRENT BlockStatus"),
        ("WorkerId", APPROVED),
        ("Worker ID", "Number of HITs approved - Last 7 Days"),
    ],
)
def test_a_list_of_workers_is_known_by_its_columns(columns: tuple[str, ...]) -> None:
    assert WorkerCSV().claims(kept(table(columns=columns))) is not None


@pytest.mark.parametrize(
    "columns",
    [
        ("Worker ID", "Score"),
        ("WorkerId", "UPDATE-x"),
        ("HITId", "AssignmentId", "WorkerId", "CURRENT-x"),
        ("hitid", "workerid", "CURRENT-x"),
        ("Requester", "CURRENT-x", APPROVED),
    ],
)
def test_other_tables_are_not_claimed(columns: tuple[str, ...]) -> None:
    assert WorkerCSV().claims(kept(table(columns=columns))) is None


@pytest.mark.parametrize("text", ["", "Worker ID", '{"Worker ID": 1}', "\x00\x01"])
def test_what_is_no_table_is_not_claimed(text: str) -> None:
    assert WorkerCSV().claims(kept(text)) is None


CELLS = st.one_of(st.text(), st.integers().map(str), st.none(), st.integers(), st.lists(st.text()))


@given(
    st.dictionaries(st.one_of(st.sampled_from([*COLUMNS, "CURRENT-BlockStatus"]), st.text()), CELLS)
)
def test_whatever_is_kept_means_something_that_the_archive_can_hold(raw: dict[str, object]) -> None:
    for table_ in (WORKER_DETAILS, WORKER_BLOCKS):
        wire = WorkerCSV().derive(table_.name, {**raw, "Worker ID": "A"}).wire
        from_wire(table_.record, wire)
