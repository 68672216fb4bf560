"""Batch results out of an archive: what came from such files, and what did not."""

from __future__ import annotations

import json
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.batch_columns import MARKS
from mturk_exodus.questions.answering import answers
from mturk_exodus.requester_site import cells, columns, selections
from tests.mturk_exodus.requester_site.support import (
    DUMP,
    FIXED,
    HIT_ID,
    OTHER_WORK_ID,
    TOOLS,
    WORK_ID,
    file_of,
    hit,
    holding,
    ingest,
    put,
    row,
    rows_of,
    table,
    work,
    written,
)

MORE = ("Input.image", "Input.a", "Answer.age", "Answer.b|c")
APPROVED = "2017-10-29T00:00:00Z"


def test_a_download_comes_out_as_it_went_in(tmp_path: Path) -> None:
    content = file_of(
        [
            row(**{"Input.image": 'a "b"\r\nc', "Answer.age": " 41 ", "Answer.b|c": "x|y"}),
            row(work_id=OTHER_WORK_ID, **{"Input.image": 'a "b"\r\nc', "Answer.age": "ünü"}),
        ],
        MORE,
    )
    with holding(tmp_path, content) as archive:
        text, told = written(archive)
    assert text == content
    assert (told.rows, told.columns) == (2, len(FIXED) + len(MORE) + 2)


def test_a_row_with_a_mark_has_cells_for_both_marks(tmp_path: Path) -> None:
    content = file_of([row(Approve="x"), row(work_id=OTHER_WORK_ID)], MORE)
    with holding(tmp_path, content) as archive:
        assert written(archive)[0] == content


def test_an_edited_file_gets_the_sites_columns_in_the_sites_order(tmp_path: Path) -> None:
    content = (
        "answer.age;WorkerId;hit_id;INPUT.a;AssignmentId;Reward;APPROVE;mine\n"
        f"41;A1EXAMPLE;{HIT_ID};b;{WORK_ID};$0.05;x;y\n"
    )
    with holding(tmp_path, content) as archive:
        (selection,) = selections.everything(archive)
        header, (cells_,) = table(written(archive, selection)[0])
    assert header == [*FIXED, "Input.a", "Answer.age", "Approve", "Reject"]
    assert {name: cell for name, cell in cells_.items() if cell} == {
        "HITId": HIT_ID,
        "AssignmentId": WORK_ID,
        "WorkerId": "A1EXAMPLE",
        "Reward": "$0.05",
        "Input.a": "b",
        "Answer.age": "41",
        "Approve": "x",
    }
    assert selection.file_name == "unknown_results.csv"


def test_columns_that_differ_in_case_alone_stay_apart(tmp_path: Path) -> None:
    more = {"ANSWER.age": "43", "answer.age": "42", "Answer.age": "41"}
    content = file_of([row(**more)], list(more))
    with holding(tmp_path, content) as archive:
        (cells_,) = rows_of(archive)
    answered = {name: cell for name, cell in cells_.items() if name.startswith("Answer.")}
    assert answered == {"Answer.age (2)": "43", "Answer.age (3)": "42", "Answer.age": "41"}


def test_files_follow_each_other_with_all_their_columns(tmp_path: Path) -> None:
    first = file_of([row(**{"Answer.b": "1"})], ["Input.z", "Answer.b"])
    second = file_of(
        [row("3HIT0000000000000000000000000B", OTHER_WORK_ID, **{"Answer.a": "2"})],
        ["Input.a", "Answer.a"],
    )
    with holding(tmp_path, first, second) as archive:
        header, (one, other) = table(written(archive)[0])
    assert header[len(FIXED) : -2] == ["Input.z", "Input.a", "Answer.b", "Answer.a"]
    assert (one["AssignmentId"], one["Answer.a"], one["Answer.b"]) == (WORK_ID, "", "1")
    assert (other["AssignmentId"], other["Answer.a"]) == (OTHER_WORK_ID, "2")


def test_rows_stand_as_in_their_file_whatever_their_ids(tmp_path: Path) -> None:
    ids = [f"3WORK00000000000000000000{number:05}" for number in (7, 3, 9, 1, 5)]
    content = file_of(
        [row(f"3HIT{number % 2:026}", id_) for number, id_ in enumerate(ids)], ["Answer.a"]
    )
    with holding(tmp_path, content) as archive:
        assert [cells_["AssignmentId"] for cells_ in rows_of(archive)] == ids


def test_rows_stand_as_in_the_file_that_they_are_of_now(tmp_path: Path) -> None:
    """A later download of the same rows, from the last to the first."""
    ids = [f"3WORK{number:025}" for number in range(5)]
    early = file_of([row(work_id=id_) for id_ in ids])
    reviewed = {"AssignmentStatus": "Approved", "ApprovalTime": "Sun Oct 29 04:17:01 PDT 2017"}
    later = file_of([row(work_id=id_, **reviewed) for id_ in reversed(ids)])
    with holding(tmp_path, early, later) as archive:
        assert written(archive)[0] == later


def test_more_rows_than_are_read_together_keep_their_order(tmp_path: Path) -> None:
    content = file_of(
        [row(f"3HIT{number // 2:026}", f"3WORK{9999 - number:025}") for number in range(1001)]
    )
    with holding(tmp_path, content) as archive:
        text, told = written(archive)
    assert text == content
    assert told.rows == 1001


def test_records_of_another_program_are_put_into_the_sites_words(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db") as archive:
        put(
            archive,
            DUMP,
            hit(
                HITTypeId="3TYPE",
                Reward="0.5",
                CreationTime="2017-10-27T11:17:01.250Z",
                MaxAssignments=3,
                TemplateVariables={"z": "1", "a": 'say "2"'},
            ),
            work(
                WorkerId="A1EXAMPLE",
                AssignmentStatus="Approved",
                AcceptTime="2017-10-28T11:17:01.900Z",
                SubmitTime="2017-10-28T11:18:01.100Z",
                ApprovalTime="2017-11-28T11:18:01Z",
                Answer=answers.build([(name, name * 2) for name in "hgfedcba"]),
            ),
        )
        header, (cells_,) = table(written(archive)[0])
    assert header[: len(FIXED) + 2] == [*FIXED, "Input.z", "Input.a"]
    assert header[len(FIXED) + 2 :] == [*(f"Answer.{name}" for name in "abcdefgh"), *MARKS]
    assert {name: cell for name, cell in cells_.items() if cell} == {
        "HITId": HIT_ID,
        "HITTypeId": "3TYPE",
        "Reward": "$0.50",
        "CreationTime": "Fri Oct 27 04:17:01 PDT 2017",
        "MaxAssignments": "3",
        "RequesterAnnotation": "BatchId:3000001;OriginalHitTemplateId:928390909;",
        "AssignmentId": WORK_ID,
        "WorkerId": "A1EXAMPLE",
        "AssignmentStatus": "Approved",
        "AcceptTime": "Sat Oct 28 04:17:01 PDT 2017",
        "SubmitTime": "Sat Oct 28 04:18:01 PDT 2017",
        "ApprovalTime": "Tue Nov 28 03:18:01 PST 2017",
        "WorkTimeInSeconds": "60",
        "Input.z": "1",
        "Input.a": 'say "2"',
        **{f"Answer.{name}": name * 2 for name in "abcdefgh"},
    }


def test_an_answer_that_cannot_be_read_stands_whole_in_a_column_of_its_own(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db") as archive:
        put(archive, DUMP, hit(), work(Answer="<oops"), work(OTHER_WORK_ID))
        text, told = written(archive)
    _, (one, other) = table(text)
    assert (one[cells.UNREADABLE], other[cells.UNREADABLE], told.unreadable) == ("<oops", "", 1)


def test_a_review_that_another_program_saw_later_is_written(tmp_path: Path) -> None:
    content = file_of([row(**{"Answer.age": "41"})], ["Answer.age"])
    with holding(tmp_path, content) as archive:
        put(archive, TOOLS, work(AssignmentStatus="Approved", ApprovalTime=APPROVED))
        (cells_,) = rows_of(archive)
    changed = {"AssignmentStatus": "Approved", "ApprovalTime": "Sat Oct 28 17:00:00 PDT 2017"}
    assert {name: cells_[name] for name in (*FIXED, "Answer.age")} == {
        **dict.fromkeys(FIXED, ""),
        **row(**{"Answer.age": "41"}),
        **changed,
    }


def test_times_and_answers_that_only_another_program_has_are_written(tmp_path: Path) -> None:
    content = file_of([row(SubmitTime="", WorkTimeInSeconds="", RequesterAnnotation="")])
    with holding(tmp_path, content) as archive:
        document = answers.build([("b", "1")])
        put(
            archive,
            TOOLS,
            hit(TemplateVariables={"v": "w"}),
            work(SubmitTime="2017-10-28T11:19:01Z", Answer=document),
        )
        header, (cells_,) = table(written(archive)[0])
    assert header[len(FIXED) :] == ["Input.v", "Answer.b", "Approve", "Reject"]
    assert (cells_["Input.v"], cells_["Answer.b"]) == ("w", "1")
    assert cells_["SubmitTime"] == "Sat Oct 28 04:19:01 PDT 2017"
    assert cells_["WorkTimeInSeconds"] == "120"
    assert cells_["RequesterAnnotation"] == hit()[1]["RequesterAnnotation"]


def test_variables_that_are_empty_in_the_file_come_from_another_program(tmp_path: Path) -> None:
    with holding(tmp_path, file_of([row()], ["Input.v"])) as archive:
        put(archive, TOOLS, hit(TemplateVariables={"v": "w", "x": "y"}), work())
        (cells_,) = rows_of(archive)
    assert (cells_["Input.v"], cells_["Input.x"]) == ("w", "y")


def test_an_answer_that_is_not_the_files_own_takes_the_place_of_its_cells() -> None:
    file = columns.FileColumns(["Answer.a", "Answer.b"])
    raw = json.dumps({"WorkerId": "A1EXAMPLE", "Answer.a": "1"})
    document = answers.build([("b", "2")])
    merged = {
        "source": "batch_csv",
        "raw": raw,
        "own_values": '{"answer":null}',
        "answer": document,
    }
    said = cells.of_assignment(merged, file, lambda _: {})
    assert said == {"WorkerId": "A1EXAMPLE", "Answer.b": "2"}


def test_rates_and_marks_that_batch_results_alone_have_are_written(tmp_path: Path) -> None:
    content = file_of(
        [row(Approve="x", **{"Input.v": "w", "Answer.b": "1"})], ["Input.v", "Answer.b"]
    )
    with holding(tmp_path, content) as archive:
        put(archive, DUMP, hit(), work(WorkerId="A1EXAMPLE", Answer=answers.build([("b", "1")])))
        (cells_,) = rows_of(archive)
    assert cells_["LifetimeApprovalRate"] == "100% (597/598)"
    assert (cells_["Approve"], cells_["Input.v"], cells_["Answer.b"]) == ("x", "w", "1")


def test_a_table_with_the_apis_document_is_taken_apart(tmp_path: Path) -> None:
    document = answers.build([("b", "1")])
    content = file_of([row(Answer=document)], ["Answer"])
    with holding(tmp_path, content) as archive:
        header, (cells_,) = table(written(archive)[0])
    assert header[len(FIXED) :] == ["Answer.b", "Approve", "Reject"]
    assert cells_["Answer.b"] == "1"


def test_cells_are_exact_unless_they_are_for_a_spreadsheet(tmp_path: Path) -> None:
    more = {"Input.f": "=1+1", "Answer.a": "-5", "Answer.b": "@x", "Answer.c": "\tx"}
    content = file_of([row(**more)], list(more))
    with holding(tmp_path, content) as archive:
        text, told = written(archive)
        guarded, told_guarded = written(archive, for_spreadsheets=True)
    assert text == content
    (cells_,) = table(guarded)[1]
    assert [cells_[name] for name in more] == ["'=1+1", "-5", "'@x", "'\tx"]
    assert told.formulas == told_guarded.formulas == 3


def test_hits_are_in_their_batch_or_else_with_their_type(tmp_path: Path) -> None:
    ids = [f"3HIT{number:026}" for number in range(5)]
    said: list[dict[str, object]] = [
        {"HITTypeId": "3T"},
        {"HITTypeId": "3T", "RequesterAnnotation": "my own"},
        {"RequesterAnnotation": None},
        {"RequesterAnnotation": "BatchId:20;"},
        {"HITTypeId": "3T", "RequesterAnnotation": "BatchId:3;"},
    ]
    with Archive.create(tmp_path / "mturk.db") as archive:
        for hit_id, more in zip(ids, said, strict=True):
            of_hit = work(hit_id.replace("HIT", "WORK"), HITId=hit_id)
            put(archive, DUMP, hit(**{"HITId": hit_id, **more}), of_hit)
        put(archive, DUMP, hit(HITId="3IDLE", RequesterAnnotation="BatchId:4;"))
        found = {
            one.file_name: [cells_["HITId"] for cells_ in table(written(archive, one)[0])[1]]
            for one in selections.everything(archive)
        }
        of_type = table(written(archive, selections.of_hit_type("3T"))[0])[1]
        assert selections.idle_hits(archive) == 1
        assert selections.idle_hits(archive, selections.of_batch("4")) == 1
        assert selections.idle_hits(archive, selections.of_batch("3")) == 0
    assert found == {
        "Batch_3_batch_results.csv": [ids[4]],
        "Batch_20_batch_results.csv": [ids[3]],
        "Batch_3000001_batch_results.csv": [ids[0]],
        "HITType_3T_results.csv": [ids[1]],
        "unknown_results.csv": [ids[2]],
    }
    assert next(iter(found)) == "Batch_3_batch_results.csv"
    assert [cells_["HITId"] for cells_ in of_type] == [ids[0], ids[1], ids[4]]


def test_the_name_of_a_file_leads_to_no_folder_and_is_one_batchs_own() -> None:
    odd = [selections.of_batch(found).file_name for found in ("1/../x", "1_.._x", "1-..-x")]
    assert len(set(odd)) == 3
    assert not {"/", "."} & set("".join(name.removesuffix(".csv") for name in odd))


def test_taking_a_file_in_again_changes_nothing(tmp_path: Path) -> None:
    content = file_of([row(**{"Answer.age": "41"})], ["Answer.age"])
    with holding(tmp_path, content) as archive:
        copy = tmp_path / "copy.csv"
        copy.write_bytes(content.encode())
        assert ingest(archive, copy).copies == 1
        assert written(archive)[0] == content


def test_a_later_download_of_a_batch_is_what_comes_out(tmp_path: Path) -> None:
    early = file_of([row(**{"Answer.age": "41"})], ["Answer.age"])
    later = file_of(
        [
            row(
                AssignmentStatus="Approved",
                ApprovalTime="Sun Oct 29 04:17:01 PDT 2017",
                LifetimeApprovalRate="100% (1/1)",
                **{"Answer.age": "41"},
            )
        ],
        ["Answer.age"],
    )
    for number, contents in enumerate(([early, later], [later, early])):
        folder = tmp_path / str(number)
        folder.mkdir()
        with holding(folder, *contents) as archive:
            assert written(archive)[0] == later


def test_no_word_of_the_archive_is_changed(tmp_path: Path) -> None:
    with holding(tmp_path, file_of([row()])) as archive:
        before = json.dumps(list(archive.connection.iterdump()))
        written(archive)
        assert json.dumps(list(archive.connection.iterdump())) == before
        assert not archive.connection.in_transaction
