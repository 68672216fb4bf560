from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import HIT, Assignment, from_wire
from mturk_exodus.sources.batch_csv import BatchCSV, rows
from mturk_exodus.sources.delimited import opened
from mturk_exodus.sources.files import SourceFile, local_file
from mturk_exodus.sources.interface import Columns, Entry, FileRefused, Refused
from tests.real.assembly import folder

PUBLIC = folder() / "batch_csv"
needs_public = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)

SOURCE = BatchCSV()
HIT_CELLS = {
    "HITId": "3HIT00000000000000000000000001",
    "HITTypeId": "3TYPE0000000000000000000000001",
    "Title": "Label images",
    "Description": "Say what it shows",
    "Keywords": "image, label",
    "Reward": "$0.05",
    "CreationTime": "Sat Oct 28 04:17:01 PDT 2017",
    "MaxAssignments": "3",
    "RequesterAnnotation": "BatchId:2963456;OriginalHitTemplateId:;",
    "AssignmentDurationInSeconds": "3600",
    "AutoApprovalDelayInSeconds": "259200",
    "Expiration": "Sat Nov 04 04:17:01 PDT 2017",
    "NumberOfSimilarHITs": "",
    "LifetimeInSeconds": "",
}
WORK_CELLS = {
    "AssignmentId": "3WORK0000000000000000000000001",
    "WorkerId": "AWORKER0000001",
    "AssignmentStatus": "Rejected",
    "AcceptTime": "Sat Oct 28 05:00:00 PDT 2017",
    "SubmitTime": "Sat Oct 28 05:01:30 PDT 2017",
    "AutoApprovalTime": "Tue Oct 31 05:01:30 PDT 2017",
    "ApprovalTime": "",
    "RejectionTime": "Sun Nov 05 04:00:00 PST 2017",
    "RequesterFeedback": "no\r\nwork",
    "WorkTimeInSeconds": "90",
    "LifetimeApprovalRate": "100% (597/598)",
    "Last30DaysApprovalRate": "0% (0/0)",
    "Last7DaysApprovalRate": "0% (0/0)",
}
FIXED = {**HIT_CELLS, **WORK_CELLS}
FORM = {"Input.url": "https://example.org/1.jpg", "Answer.label": "cat", "Answer.sure": "yes"}
ROW = {**FIXED, **FORM}
MARKS = ("Approve", "Reject")


def table(*rows_: Sequence[str], end: str = "\r\n", **how: Any) -> str:  # noqa: ANN401 - csv's own
    text = io.StringIO()
    csv.writer(text, lineterminator=end, **how).writerows(rows_)
    return text.getvalue()


def raw_download(*cells: Mapping[str, str]) -> str:
    """What the requester site writes: all quoted, and no cells for the marks."""
    heading = [*cells[0], *MARKS]
    return table(heading, *(list(row.values()) for row in cells), quoting=csv.QUOTE_ALL)


def file(folder_: Path, text: str | bytes) -> SourceFile:
    path = folder_ / "Batch_2963456_batch_results.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return local_file(path)


def claim(folder_: Path, *columns: str) -> str | None:
    return SOURCE.claims(file(folder_, table(columns, ["x"] * len(columns))))


def read(folder_: Path, text: str | bytes) -> list[Entry | Refused]:
    source_file = file(folder_, text)
    assert SOURCE.claims(source_file)
    items = list(SOURCE.read(source_file))
    assert isinstance(items[0], Columns)
    return [item for item in items if not isinstance(item, Columns)]


def entry(folder_: Path, **cells: str) -> Entry:
    """The only row of a table that the cells make of a usual one."""
    (item,) = read(folder_, raw_download({**ROW, **cells}))
    assert isinstance(item, Entry)
    return item


def raws(item: Entry) -> dict[str, dict[str, Any]]:
    return {found.table.name: dict(found.raw) for found in item.found}


def wire(item: Entry, name: str = "assignments") -> dict[str, Any]:
    """What a record means: read again from JSON, and such that MTurk's model takes it."""
    raw = json.loads(json.dumps(raws(item)[name]))
    derived = SOURCE.derive(name, raw)
    assert derived.unreadable == ()
    from_wire(HIT if name == "hits" else Assignment, derived.wire)
    return dict(derived.wire)


def given_answers(item: Entry) -> dict[str, str | None]:
    document = answers.read(wire(item)["Answer"])
    return {answer.question_identifier: answer.free_text for answer in document}


# Whose file it is


def test_a_raw_download_is_claimed(tmp_path: Path) -> None:
    assert (
        SOURCE.claims(file(tmp_path, raw_download(ROW)))
        == "has HITId, AssignmentId and 25 more columns of batch results"
    )


@pytest.mark.parametrize(
    "columns",
    [
        ["HITId", "AssignmentId", "WorkerId"],
        ["HITId", "AssignmentId", "Input.x"],
        ["HITId", "AssignmentId", "Answer.x"],
        ["HITId", "Title", "Reward", "SubmitTime", "AssignmentStatus"],
        ["AssignmentId", "WorkerId", "Reward", "SubmitTime", "AssignmentStatus"],
        ["", "hit_id", "HIT Type Id", "assignmentid", "Worker ID"],
        ["'HITId'", "'AssignmentId'", "'Reward'"],
    ],
)
def test_reduced_and_renamed_columns_are_claimed(tmp_path: Path, columns: list[str]) -> None:
    assert claim(tmp_path, *columns)


@pytest.mark.parametrize(
    "columns",
    [
        ["HITId", "AssignmentId"],
        ["HITId", "AssignmentId", "something"],
        ["hitid", "hittypeid"],
        ["Title", "Description", "Keywords", "text"],
        ["Answer.x", "text"],
        ["Worker ID", "Number of HITs approved - Lifetime", "CURRENT BlockStatus"],
        ["WorkerId", "BonusAmount", "AssignmentId", "Reason", "SubmitTime"],
        ["HITId", "HITTypeId", "AssignmentId", "WorkerId", "Answer.x", "Turkle.Username"],
        ["hitid", "assignmentid", "workerid", "hitstatus", "Answer.x"],
        ["hitid", "assignmentid", "workerid", "viewhit", "Answer.x"],
        ["workerid", "hitid", "assignmentid", "assignmentsubmittime", "workerid"],
        ["image_url", "text"],
    ],
)
def test_other_columns_are_not_claimed(tmp_path: Path, columns: list[str]) -> None:
    assert claim(tmp_path, *columns) is None


def test_a_turkle_file_of_before_its_own_column_is_not_claimed(tmp_path: Path) -> None:
    columns = ["HITId", "HITTypeId", "Title", "CreationTime", "AssignmentId", "Answer.x"]
    turkle = table(columns, ["1", "2", "Title", "Sat Oct 28 04:17:01 UTC 2017", "3", "x"])
    mturk = turkle.replace("\r\n1,", f"\r\n{HIT_CELLS['HITId']},")
    assert SOURCE.claims(file(tmp_path, turkle)) is None
    assert SOURCE.claims(file(tmp_path, mturk))


@pytest.mark.parametrize("text", ["", "{}", '[{"HITId": "x"}]', "<html>HITId,AssignmentId"])
def test_what_is_no_table_is_not_claimed(tmp_path: Path, text: str) -> None:
    assert SOURCE.claims(file(tmp_path, text)) is None


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (
            ["HITId", "AssignmentId"],
            "has no HITId and no AssignmentId column: its rows cannot be told apart from each"
            " other; keep the file",
        ),
        (
            ["AssignmentId"],
            "has no AssignmentId column: its rows cannot be told apart from each other;"
            " keep the file",
        ),
        (
            ["HITId"],
            "has no HITId column: nothing says which HIT a row belongs to; keep the file",
        ),
    ],
)
def test_a_file_without_ids_is_claimed_and_refused(
    tmp_path: Path, left_out: list[str], reason: str
) -> None:
    columns = [name for name in ROW if name not in left_out]
    kept = file(tmp_path, table(columns, [ROW[name] for name in columns]))
    claimed = SOURCE.claims(kept)
    assert claimed is not None
    assert claimed.endswith(f"but no {' and no '.join(left_out)}")
    with pytest.raises(FileRefused) as refused:
        list(SOURCE.read(kept))
    assert str(refused.value) == reason


# What a row holds


def test_a_row_gives_its_hit_and_its_assignment(tmp_path: Path) -> None:
    item = entry(tmp_path)
    assert item.number == 1
    assert item.doubts == ()
    assert [found.table for found in item.found] == [HITS, ASSIGNMENTS]
    assert raws(item) == {
        "hits": {name: cell for name, cell in HIT_CELLS.items() if cell}
        | {"Input.url": FORM["Input.url"]},
        "assignments": {"HITId": HIT_CELLS["HITId"]}
        | {name: cell for name, cell in WORK_CELLS.items() if cell}
        | {"Answer.label": "cat", "Answer.sure": "yes"},
    }


def test_a_hit_in_mturks_words(tmp_path: Path) -> None:
    assert wire(entry(tmp_path), "hits") == {
        "HITId": HIT_CELLS["HITId"],
        "HITTypeId": HIT_CELLS["HITTypeId"],
        "Title": "Label images",
        "Description": "Say what it shows",
        "Keywords": "image, label",
        "Reward": "0.05",
        "CreationTime": "2017-10-28T11:17:01.000Z",
        "Expiration": "2017-11-04T11:17:01.000Z",
        "MaxAssignments": 3,
        "RequesterAnnotation": "BatchId:2963456;OriginalHitTemplateId:;",
        "AssignmentDurationInSeconds": 3600,
        "AutoApprovalDelayInSeconds": 259200,
        "TemplateVariables": {"url": "https://example.org/1.jpg"},
    }


def test_an_assignment_in_mturks_words(tmp_path: Path) -> None:
    assert wire(entry(tmp_path)) == {
        "HITId": HIT_CELLS["HITId"],
        "AssignmentId": WORK_CELLS["AssignmentId"],
        "WorkerId": WORK_CELLS["WorkerId"],
        "AssignmentStatus": "Rejected",
        "AcceptTime": "2017-10-28T12:00:00.000Z",
        "SubmitTime": "2017-10-28T12:01:30.000Z",
        "AutoApprovalTime": "2017-10-31T12:01:30.000Z",
        "RejectionTime": "2017-11-05T12:00:00.000Z",
        "RequesterFeedback": "no\r\nwork",
        "Answer": answers.build([("label", "cat"), ("sure", "yes")]),
        "AnswerDoubts": {},
    }


def test_what_a_file_does_not_say_is_left_out(tmp_path: Path) -> None:
    columns = ["HITId", "AssignmentId", "Input.url", "Answer.label"]
    (item,) = read(tmp_path, table(columns, [ROW[name] for name in columns]))
    assert isinstance(item, Entry)
    assert wire(item, "hits").keys() == {"HITId", "TemplateVariables"}
    assert wire(item).keys() == {"HITId", "AssignmentId", "Answer", "AnswerDoubts"}


def test_a_file_that_says_nothing_of_hits_gives_assignments_alone(tmp_path: Path) -> None:
    columns = ["HITId", "AssignmentId", "WorkerId"]
    (item,) = read(tmp_path, table(columns, [ROW[name] for name in columns]))
    assert isinstance(item, Entry)
    assert [found.table for found in item.found] == [ASSIGNMENTS]


def test_template_variables_keep_the_order_of_the_columns(tmp_path: Path) -> None:
    item = entry(tmp_path, **{"Input.b": "1", "Input.a": "2", "Input.c": ""})
    assert list(wire(item, "hits")["TemplateVariables"]) == ["url", "b", "a"]


def test_a_hit_is_told_once_unless_a_row_says_something_else_of_it(tmp_path: Path) -> None:
    other = {**ROW, "HITId": "3HIT00000000000000000000000002"}
    late = {**ROW, "Expiration": "Sun Nov 05 04:17:01 PST 2017"}
    items = read(tmp_path, raw_download(ROW, ROW, other, ROW, other, late, late))
    tables = [[found.table.name for found in item.found] for item in items if type(item) is Entry]
    both, alone = ["hits", "assignments"], ["assignments"]
    assert tables == [both, alone, both, alone, alone, both, alone]


def test_what_is_remembered_of_hits_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_HITS_REMEMBERED", 2)
    hits = [{**ROW, "HITId": f"3HIT0000000000000000000000000{n}"} for n in (1, 2, 3, 1)]
    items = read(tmp_path, raw_download(*hits))
    assert [len(item.found) for item in items if type(item) is Entry] == [2, 2, 2, 2]


def test_marks_and_unknown_columns_stay_with_the_assignment(tmp_path: Path) -> None:
    cells = {"": "0", **ROW, "Approve": "x", "my code": "7", " ": "8"}
    (item,) = read(tmp_path, table(list(cells), list(cells.values())))
    assert isinstance(item, Entry)
    work = raws(item)["assignments"]
    place = len(cells)
    assert {name: work[name] for name in ("", "Approve", "my code", f" ({place})")} == {
        "": "0",
        "Approve": "x",
        "my code": "7",
        f" ({place})": "8",
    }


# What people and programs make of the file


@pytest.mark.parametrize(
    "text",
    [
        table([*ROW, *MARKS], [*ROW.values(), "", ""]),
        table([*ROW, *MARKS], [*ROW.values(), "", ""], end="\n"),
        table([*ROW], [*ROW.values()], delimiter=";"),
        table([*ROW], [*ROW.values()], delimiter="\t", quoting=csv.QUOTE_ALL),
        table([*ROW, "", ""], [*ROW.values(), "", "", ""]),
        table([*ROW, *MARKS], [*ROW.values(), "", "", "", " "]),
        "\ufeff" + raw_download(ROW),
        raw_download(ROW).encode("utf-16"),
        table([f" {name} " for name in ROW], [*ROW.values()]),
        table([name.lower() for name in FIXED] + [*FORM], [*ROW.values()]),
        table([name.upper() for name in FIXED] + [*FORM], [*ROW.values()]),
    ],
)
def test_the_same_row_saved_by_other_programs_is_the_same(tmp_path: Path, text: str) -> None:
    (item,) = read(tmp_path, text)
    assert item == entry(tmp_path)


def test_a_row_without_its_last_cells_lacks_only_those(tmp_path: Path) -> None:
    short = dict(list(ROW.items())[:-2])
    (item, _) = read(
        tmp_path, table([*ROW, *MARKS], [*short.values()], [*ROW.values()], quoting=csv.QUOTE_ALL)
    )
    assert isinstance(item, Entry)
    assert raws(item)["hits"]["Input.url"] == ROW["Input.url"]
    assert "Answer" not in wire(item)
    assert wire(item)["SubmitTime"] == "2017-10-28T12:01:30.000Z"


def test_padded_ids_are_the_ids(tmp_path: Path) -> None:
    ids = ("HITId", "AssignmentId", "WorkerId", "HITTypeId")
    padded = {name: f" {ROW[name]}\t" if name in ids else ROW[name] for name in ROW}
    (item,) = read(tmp_path, raw_download(padded))
    assert item == entry(tmp_path)


def test_a_blank_cell_is_kept_and_says_nothing(tmp_path: Path) -> None:
    names = ("HITTypeId", "Title", "Reward", "CreationTime", "MaxAssignments")
    worked = ("WorkerId", "AssignmentStatus", "ApprovalTime", "RequesterFeedback")
    item = entry(tmp_path, **dict.fromkeys((*names, *worked), " \t"))
    for kind, blank in (("hits", names), ("assignments", worked)):
        assert {raws(item)[kind][name] for name in blank} == {" \t"}
        assert wire(item, kind).keys().isdisjoint(blank)


def test_padded_values_are_read_and_kept_as_they_are(tmp_path: Path) -> None:
    item = entry(tmp_path, Reward=" $0.05 ", SubmitTime=f" {ROW['SubmitTime']} ", Title=" T ")
    assert raws(item)["hits"]["Reward"] == " $0.05 "
    assert wire(item, "hits")["Reward"] == "0.05"
    assert wire(item, "hits")["Title"] == " T "
    assert wire(item)["SubmitTime"] == "2017-10-28T12:01:30.000Z"
    assert item.doubts == ()


def test_of_two_columns_for_one_member_mturks_own_spelling_counts(tmp_path: Path) -> None:
    cells = {"hit_id": "mine", **ROW, "worker id": "other"}
    (item,) = read(tmp_path, table(list(cells), list(cells.values())))
    assert isinstance(item, Entry)
    work = raws(item)["assignments"]
    assert (work["HITId"], work["hit_id"]) == (ROW["HITId"], "mine")
    assert (work["WorkerId"], work["worker id"]) == (ROW["WorkerId"], "other")


def test_prefixes_in_small_letters_are_prefixes(tmp_path: Path) -> None:
    cells = {**FIXED, "input.url": "u", "answer.label": "cat"}
    (item,) = read(tmp_path, table(list(cells), list(cells.values())))
    assert isinstance(item, Entry)
    assert wire(item, "hits")["TemplateVariables"] == {"url": "u"}
    assert given_answers(item) == {"label": "cat"}


@pytest.mark.parametrize(
    "spelled",
    [
        "2017-10-28 05:01:30-07:00",
        "2017-10-28T12:01:30Z",
        "2017-10-28T12:01:30.000000Z",
        "2017-10-28 12:01:30 UTC",
        "2017-10-28 05:01:30.000-0700",
        "Sat Oct 28 12:01:30 GMT 2017",
        "Sat Oct 28 04:01:30 PST 2017",
    ],
)
def test_a_time_in_another_spelling_is_the_same_time(tmp_path: Path, spelled: str) -> None:
    item = entry(tmp_path, SubmitTime=spelled)
    assert wire(item)["SubmitTime"] == "2017-10-28T12:01:30.000Z"
    assert item.doubts == ()


@pytest.mark.parametrize(
    ("reward", "amount"),
    [
        ("$0.05", "0.05"),
        ("0.05", "0.05"),
        ("$1,234.50", "1234.50"),
        (" $ 0.10 ", "0.10"),
        ("USD 2", "2"),
    ],
)
def test_money_is_read(tmp_path: Path, reward: str, amount: str) -> None:
    assert wire(entry(tmp_path, Reward=reward), "hits")["Reward"] == amount


def test_numbers_that_a_table_program_made_decimal_are_read(tmp_path: Path) -> None:
    item = entry(tmp_path, MaxAssignments="3.0", WorkTimeInSeconds="90.0")
    assert wire(item, "hits")["MaxAssignments"] == 3
    assert item.doubts == ()


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Reward", "0,05"),
        ("Reward", "1,234"),
        ("Reward", "free"),
        ("MaxAssignments", "2.59E+05"),
        ("MaxAssignments", "-1"),
        ("MaxAssignments", "9" * 19),
        ("CreationTime", "2017-10-28 05:01:30"),
        ("Expiration", "10/28/17 5:01"),
        ("SubmitTime", "Sat Oct 28 05:01:30 IST 2017"),
        ("AcceptTime", "2017-13-28T12:01:30Z"),
        ("ApprovalTime", "9999-12-31T23:59:59-23:00"),
        ("RejectionTime", "Mon Jan 01 00:00:00 NZDT 0001"),
    ],
)
def test_what_means_nothing_is_unreadable_and_is_kept(tmp_path: Path, name: str, cell: str) -> None:
    item = entry(tmp_path, **{name: cell})
    kind = "hits" if name in HIT_CELLS else "assignments"
    derived = SOURCE.derive(kind, raws(item)[kind])
    assert derived.unreadable == (name,)
    assert name not in derived.wire
    assert raws(item)[kind][name] == cell


# Answers


def test_answers_to_the_letter(tmp_path: Path) -> None:
    text = ' R&D <b>\r\nline two "quoted" \u2014 \U0001f600 '
    item = entry(tmp_path, **{"Answer.label": text})
    assert given_answers(item) == {"label": text, "sure": "yes"}


def test_a_row_of_empty_answers_says_that_nothing_was_answered(tmp_path: Path) -> None:
    item = entry(tmp_path, **{"Answer.label": "", "Answer.sure": ""})
    assert answers.read(wire(item)["Answer"]) == []
    assert wire(item)["AnswerDoubts"] == {}


def test_a_file_without_answer_columns_says_nothing_of_answers(tmp_path: Path) -> None:
    (item,) = read(tmp_path, raw_download({**FIXED, "Input.url": "x"}))
    assert isinstance(item, Entry)
    assert "Answer" not in wire(item)
    assert "AnswerDoubts" not in wire(item)


def test_a_bar_may_join_values_or_have_been_typed(tmp_path: Path) -> None:
    item = entry(tmp_path, **{"Answer.label": "per:origin|per:place", "Answer.z": "ed | 1"})
    assert given_answers(item)["label"] == "per:origin|per:place"
    assert wire(item)["AnswerDoubts"] == {"joined": ["label", "z"]}


def test_a_bar_in_a_fields_name_is_no_doubt(tmp_path: Path) -> None:
    assert wire(entry(tmp_path, **{"Answer.a|b": "x"}))["AnswerDoubts"] == {}


def test_a_crowd_form_that_was_taken_apart_is_marked(tmp_path: Path) -> None:
    boxes = '[{"label":"a|b","left":1}]'
    crowd = {"Answer.age.on": "true", "Answer.age.off": "", "Answer.box.boxes": boxes}
    item = entry(tmp_path, **crowd)
    assert wire(item)["AnswerDoubts"] == {
        "joined": ["box.boxes"],
        "dotted": ["age.on", "box.boxes"],
    }
    assert answers.flat(wire(item)["Answer"])["box.boxes"] == boxes


def test_a_crowd_form_in_one_column_stays_one_field(tmp_path: Path) -> None:
    given_by_worker = '[{"age":{"on":true}}]'
    item = entry(tmp_path, **{"Answer.taskAnswers": given_by_worker})
    assert given_answers(item)["taskAnswers"] == given_by_worker
    assert wire(item)["AnswerDoubts"] == {"dotted": ["taskAnswers"]}
    assert answers.flat(wire(item)["Answer"])["age.on"] == "true"


def test_the_apis_own_document_in_a_column_is_the_answer(tmp_path: Path) -> None:
    document = answers.build([("label", "cat")])
    cells = {**FIXED, "Answer": document}
    (item,) = read(tmp_path, table(list(cells), list(cells.values())))
    assert isinstance(item, Entry)
    assert wire(item)["Answer"] == document
    assert "AnswerDoubts" not in wire(item)
    broken = SOURCE.derive("assignments", {**raws(item)["assignments"], "Answer": "<x"})
    assert broken.unreadable == ("Answer",)
    assert "Answer" not in broken.wire
    assert SOURCE.derive("assignments", {"HITId": ROW["HITId"], "Answer": " "}).unreadable == ()


# Doubts and refusals


@pytest.mark.parametrize(
    ("name", "cell", "doubt"),
    [
        ("WorkTimeInSeconds", "91", "WorkTimeInSeconds is SubmitTime - AcceptTime"),
        ("AcceptTime", "Sat Oct 28 05:00:01 PDT 2017", rows.WORK_TIME),
        ("AcceptTime", "Sat Oct 28 05:00:00 PST 2017", rows.WORK_TIME),
        (
            "AutoApprovalDelayInSeconds",
            "3600",
            "AutoApprovalTime is SubmitTime + AutoApprovalDelayInSeconds",
        ),
        ("AutoApprovalTime", "2017-10-31T12:01:31Z", rows.AUTO_APPROVAL),
        ("AssignmentStatus", "Done", "a status that MTurk does not have"),
    ],
)
def test_a_check_that_fails_is_a_doubt(tmp_path: Path, name: str, cell: str, doubt: str) -> None:
    assert entry(tmp_path, **{name: cell}).doubts == (doubt,)


@pytest.mark.parametrize(
    "name", ["WorkTimeInSeconds", "AcceptTime", "AutoApprovalTime", "AutoApprovalDelayInSeconds"]
)
@pytest.mark.parametrize("cell", ["", "?"])
def test_what_is_unknown_is_not_checked(tmp_path: Path, name: str, cell: str) -> None:
    assert entry(tmp_path, **{name: cell}).doubts == ()


@pytest.mark.parametrize("status", ["Submitted", "Approved", "Rejected", " Approved ", ""])
def test_mturks_statuses_are_no_doubt(tmp_path: Path, status: str) -> None:
    item = entry(tmp_path, AssignmentStatus=status)
    assert item.doubts == ()
    assert wire(item).get("AssignmentStatus", "") == status.strip()


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("HITId", "", "has no HITId"),
        ("AssignmentId", "  ", "has no AssignmentId"),
        ("HITId", "1", "its HITId is not one"),
        ("HITId", "3.1E+29", "its HITId is not one"),
        ("AssignmentId", "Approved", "its AssignmentId is not one"),
        ("AssignmentId", "3work0000000000000000000000001", "its AssignmentId is not one"),
        ("AssignmentId", "3" * 65, "its AssignmentId is not one"),
    ],
)
def test_a_row_without_its_ids_is_refused(
    tmp_path: Path, name: str, cell: str, reason: str
) -> None:
    good, bad = ROW, {**ROW, name: cell}
    first, second, third = read(tmp_path, raw_download(good, bad, good))
    assert (type(first), type(third)) == (Entry, Entry)
    assert second == Refused(2, reason, list(bad.values()))


def test_a_row_with_more_cells_than_columns_is_refused(tmp_path: Path) -> None:
    cells = [*ROW.values(), "", "", "more"]
    good = [*ROW.values()]
    refused, _ = read(tmp_path, table([*ROW, *MARKS], cells, good))
    assert refused == Refused(1, "has more cells than the header", cells)


def test_a_row_in_which_the_file_ends_is_refused(tmp_path: Path) -> None:
    text = raw_download(ROW, ROW)
    _, refused = read(tmp_path, text[: -len('"yes"\r\n') - 1])
    assert isinstance(refused, Refused)
    assert (refused.number, refused.reason) == (2, "the file ends inside this row")


def test_every_row_of_a_file_is_kept_or_refused(tmp_path: Path) -> None:
    lines = [ROW, {**ROW, "HITId": ""}, {**ROW, "AssignmentStatus": "?"}, ROW]
    items = read(tmp_path, raw_download(*lines))
    assert [item.number for item in items] == [1, 2, 3, 4]


# Whatever a record says


CELLS = st.text() | st.sampled_from([*ROW.values(), "$1e5", "9" * 30, "0001-01-01T00:00:00+23:00"])
NAMES = st.sampled_from([*ROW, "Answer", "Answer.taskAnswers", "Input.b", "input.b"]) | st.text()
ANYTHING = CELLS | st.none() | st.integers() | st.lists(st.integers()) | st.floats()


@given(st.dictionaries(NAMES, CELLS), st.sampled_from(["hits", "assignments", "others"]))
def test_mturks_model_takes_whatever_is_derived(raw: dict[str, str], name: str) -> None:
    derived = SOURCE.derive(name, raw)
    ids = {"HITId": "3", "AssignmentId": "3"}
    from_wire(HIT if name == "hits" else Assignment, {**ids, **derived.wire})
    assert set(derived.unreadable) <= raw.keys()


@given(st.dictionaries(NAMES, ANYTHING), st.sampled_from(["hits", "assignments"]))
def test_deriving_never_raises(raw: dict[str, Any], name: str) -> None:
    derived = SOURCE.derive(name, raw)
    ids = {"HITId": "3", "AssignmentId": "3"}
    from_wire(HIT if name == "hits" else Assignment, {**ids, **derived.wire})


@pytest.mark.parametrize("name", ["hits", "assignments"])
def test_a_value_that_no_row_gives_is_unreadable(name: str) -> None:
    odd = {"HITId": 3, "Input.x": 1, "Answer.x": [], "SubmitTime": None, "Title": {}}
    derived = SOURCE.derive(name, {**odd, "Input.y": "1", "AssignmentId": "3ABC"})
    assert set(derived.unreadable) == odd.keys()
    assert derived.wire == (
        {"AssignmentId": "3ABC"} | ({"TemplateVariables": {"y": "1"}} if name == "hits" else {})
    )


def test_empty_variables_are_none() -> None:
    assert SOURCE.derive("hits", {"HITId": "3ABC", "Input.x": ""}).wire == {"HITId": "3ABC"}


# The public files


RAW_DOWNLOADS = (
    "facebookresearch__craftassist__Batch_3449808_batch_results.csv",
    "facebookresearch__craftassist__mturk_free_generations_02_14.head200.results.csv",
    "facebookresearch__craftassist__testresults.csv",
)


def public(pattern: str) -> list[Path]:
    return sorted(PUBLIC.glob(pattern))


@needs_public
def test_every_public_file_is_one_of_those_that_are_tested_here() -> None:
    tested = [PUBLIC / name for name in RAW_DOWNLOADS]
    for pattern in ("turking-bench__*", "CrowdTruth__*", "thegricean__*"):
        tested += public(pattern)
    assert sorted(tested) == public("*")


@needs_public
@pytest.mark.parametrize("name", RAW_DOWNLOADS)
def test_a_public_raw_download_is_kept_to_the_last_cell(name: str) -> None:
    path = PUBLIC / name
    source_file = local_file(path)
    assert SOURCE.claims(source_file)
    _, *items = SOURCE.read(source_file)
    with path.open(newline="", encoding="utf-8") as text:
        heading, *lines = csv.reader(text)
    hits: dict[str, Mapping[str, Any]] = {}
    assert len(items) == len(lines)
    for item, cells in zip(items, lines, strict=True):
        assert isinstance(item, Entry)
        assert item.doubts == ()
        hits |= {found.raw["HITId"]: found.raw for found in item.found if found.table is HITS}
        work = item.found[-1].raw
        said = {**hits[work["HITId"]], **work}
        # A raw download's rows are shorter than its heading.
        named = dict(zip(heading, cells, strict=False))
        assert {n: c for n, c in said.items() if c} == {n: c for n, c in named.items() if c}
        assert all(SOURCE.derive(f.table.name, f.raw).unreadable == () for f in item.found)
        given_by_worker = {n[7:]: c for n, c in named.items() if n.startswith("Answer.") and c}
        assert answers.flat(wire(item)["Answer"]) == given_by_worker


@needs_public
@pytest.mark.parametrize("path", public("turking-bench__*"), ids=lambda path: path.name)
def test_a_public_file_without_ids_is_refused_for_that(path: Path) -> None:
    source_file = local_file(path)
    assert SOURCE.claims(source_file)
    with pytest.raises(FileRefused, match=r"^has no HITId and no AssignmentId column: its rows"):
        list(SOURCE.read(source_file))


@needs_public
@pytest.mark.parametrize("path", public("CrowdTruth__*"), ids=lambda path: path.name)
def test_a_public_file_whose_hits_were_numbered_anew_is_refused_row_by_row(path: Path) -> None:
    """HIT 1 of one such file is not HIT 1 of the next."""
    source_file = local_file(path)
    assert SOURCE.claims(source_file)
    _, *items = SOURCE.read(source_file)
    with opened(source_file) as sheet:
        cells = [line.cells for line in sheet.lines()]
    assert items == [Refused(n, "its HITId is not one", row) for n, row in enumerate(cells, 1)]


@needs_public
@pytest.mark.parametrize("path", public("CrowdTruth__*"), ids=lambda path: path.name)
def test_a_public_file_of_seven_columns_is_kept_once_its_hits_have_ids(
    path: Path, tmp_path: Path
) -> None:
    with path.open(newline="") as text:
        heading, *lines = csv.reader(text)
    lines = [[f"3HIT{hit_id:0>26}", *rest] for hit_id, *rest in lines]
    items = read(tmp_path, table(heading, *lines))
    assert len(items) == len(lines)
    for item, cells in zip(items, lines, strict=True):
        assert isinstance(item, Entry)
        said = wire(item)
        assert {"AcceptTime", "SubmitTime", "WorkerId"} <= said.keys()
        assert answers.flat(said["Answer"]) == ({"output": cells[-1]} if cells[-1] else {})


@needs_public
@pytest.mark.parametrize("path", public("thegricean__*"), ids=lambda path: path.name)
def test_a_public_file_of_the_command_line_tools_is_not_claimed(path: Path) -> None:
    assert SOURCE.claims(local_file(path)) is None
