"""What a second reader of the ingest found, each as a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import installed

FIXED = "HITId,HITTypeId,Title,AssignmentId,WorkerId,AssignmentStatus,AcceptTime,SubmitTime"
TIMES = "Mon Nov 26 15:00:00 PST 2018,Mon Nov 26 16:00:00 PST 2018"


def row(number: int, *cells: str) -> str:
    ids = f"3HIT{number:026},3TYPE{0:025},Label,3ASSIGNMENT{number:019},A1,Submitted,{TIMES}"
    return ",".join((ids, *cells))


def table(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "mturk.db")


def take(archive: Archive, *files: Path) -> Report:
    report = Ingest(archive, installed()).run([str(file) for file in files])
    assert list(verify(archive, installed().meanings())) == []
    return report


def write(path: Path, content: bytes | object) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def values(archive: Archive, query: str) -> list[tuple[object, ...]]:
    return archive.connection.execute(query).fetchall()


@pytest.mark.parametrize("order", [1, -1])
def test_a_copy_without_some_columns_takes_nothing_away(
    order: int, archive: Archive, tmp_path: Path
) -> None:
    header = f"{FIXED},Input.a,Input.b,Answer.p,Answer.q"
    whole = table(header, *(row(number, "1", "2", "yes", "no") for number in range(20)))
    less = table(f"{FIXED},Input.b,Answer.q", *(row(number, "2", "no") for number in range(20)))
    files = [write(tmp_path / "whole.csv", whole), write(tmp_path / "less.csv", less)]
    take(archive, *files[::order])
    said = values(archive, "select distinct template_variables from hits")
    assert said == [('{"a":"1","b":"2"}',)]
    query = "select count(*) from assignments where answer like '%>p<%' and answer like '%>q<%'"
    assert values(archive, query) == [(20,)]
    assert values(archive, "select * from disagreements") == []


def test_a_damaged_byte_costs_its_row_and_no_other_letter(archive: Archive, tmp_path: Path) -> None:
    lines = [row(number, "caf\u00e9 \U0001f600") for number in range(9)]
    good = table(f"{FIXED},Answer.q", *lines)
    bad = good.replace("\U0001f600\n".encode(), b"\xff\n", 1)
    report = take(archive, write(tmp_path / "a.csv", bad))
    assert (report.entries_kept, report.entries_refused) == (8, 1)
    assert values(
        archive, "select count(*) from assignments where answer like '%caf\u00e9 \U0001f600%'"
    ) == [(8,)]


PAYMENT = {
    "WorkerId": "A1",
    "BonusAmount": "0.50",
    "AssignmentId": "3ASSIGNMENT1",
    "Reason": "thanks",
    "GrantTime": "2020-01-02T03:04:05.918000+00:00",
}


@pytest.mark.parametrize(
    "other",
    [
        {"GrantTime": "2020-01-02T03:04:05+00:00"},
        {"GrantTime": 1577934245},
        {"BonusAmount": "0.5"},
        {"Reason": "thanks\r\n"},
    ],
)
def test_a_payment_in_another_spelling_is_the_same_money(
    other: dict[str, object], archive: Archive, tmp_path: Path
) -> None:
    reply = {"NumResults": 1, "BonusPayments": [PAYMENT]}
    spelled = {"NumResults": 1, "BonusPayments": [{**PAYMENT, **other}]}
    take(archive, write(tmp_path / "a.json", reply), write(tmp_path / "b.json", spelled))
    assert values(archive, "select count(*) from bonus_payments") == [(1,)]


@pytest.mark.parametrize("shape", [[PAYMENT, PAYMENT], {"a": PAYMENT, "b": PAYMENT}])
def test_a_list_that_somebody_put_together_pays_nobody_twice(
    shape: object, archive: Archive, tmp_path: Path
) -> None:
    take(archive, write(tmp_path / "a.json", shape))
    assert values(archive, "select count(*) from bonus_payments") == [(1,)]


def test_a_reply_that_lists_a_payment_twice_means_two(archive: Archive, tmp_path: Path) -> None:
    reply = {"NumResults": 2, "BonusPayments": [PAYMENT, PAYMENT]}
    take(archive, write(tmp_path / "a.json", reply))
    assert values(archive, "select count(*) from bonus_payments") == [(2,)]


def test_files_one_after_the_other_have_each_its_own_header(
    archive: Archive, tmp_path: Path
) -> None:
    two = table(f"{FIXED},Answer.p", row(1, "one"), f"{FIXED},Answer.q", row(2, "two"))
    report = take(archive, write(tmp_path / "a.csv", two))
    assert (report.entries_kept, report.entries_refused) == (2, 0)
    (answer,) = values(archive, "select answer from assignments where answer like '%two%'")
    assert ">q<" in str(answer[0])
    assert ">p<" not in str(answer[0])


def test_a_row_that_is_too_short_is_kept_and_doubtful(archive: Archive, tmp_path: Path) -> None:
    header = f"{FIXED},Answer.p,Answer.q,Answer.r,Approve,Reject"
    short = table(header, row(1, "1", "2", "3"), row(2, "1"), row(3, "1", "2", "3"))
    take(archive, write(tmp_path / "a.csv", short))
    failed = values(archive, "select check_name, entries, first_numbers from check_failures")
    assert failed == [("a row has as many cells as the header", 1, "[2]")]


def test_characters_that_xml_cannot_hold_are_a_doubt(archive: Archive, tmp_path: Path) -> None:
    odd = table(f"{FIXED},Answer.p,Answer.q", row(1, "a\x01b", "fine"))
    take(archive, write(tmp_path / "a.csv", odd))
    assert values(archive, "select answer_doubts from assignments") == [('{"replaced":["p"]}',)]


def test_what_was_refused_once_is_told_again(archive: Archive, tmp_path: Path) -> None:
    cut = table(f"{FIXED},Answer.p", row(1, "one"), row(2, '"two'))
    file = write(tmp_path / "a.csv", cut)
    assert take(archive, file).entries_refused == 1
    again = take(archive, file)
    assert (again.copies, again.entries_refused, again.refused_before) == (1, 0, 1)


def test_a_hit_that_was_polled_often_is_stored_in_reasonable_time(
    archive: Archive, tmp_path: Path
) -> None:
    polled = [
        {"HIT": {"HITId": "3HIT00000000000000000000000000", "NumberOfAssignmentsCompleted": done}}
        for done in range(300)
    ]
    file = write(tmp_path / "a.jsonl", b"\n".join(json.dumps(one).encode() for one in polled))
    take(archive, file)
    query = "select number_of_assignments_completed from hits"
    assert values(archive, query) == [(299,)]
    assert values(archive, "select count(*) from source_records") == [(299,)]


def test_a_refused_row_takes_no_more_room_than_it_is_worth(
    archive: Archive, tmp_path: Path
) -> None:
    huge = table(f"{FIXED},Answer.p", row(1, "one"), f"no id,{'x' * 1_000_000}")
    take(archive, write(tmp_path / "a.csv", huge))
    (size,) = values(archive, "select length(raw) from refused_entries")
    assert size[0] < 200_000  # type: ignore[operator] # a length is a number
