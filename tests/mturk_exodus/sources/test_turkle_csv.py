"""Turkle's results. REAL has the rows of a file that Turkle 3.1.0 gave, its texts shortened."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import from_wire
from mturk_exodus.sources.cells import TOO_MANY
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Refused
from mturk_exodus.sources.turkle_csv import CUT_OFF, NO_BATCH, NO_IDS, WORK_TIME, TurkleCSV

FIXED = (
    "HITId",
    "HITTypeId",
    "Title",
    "CreationTime",
    "MaxAssignments",
    "AssignmentDurationInSeconds",
    "AssignmentId",
    "WorkerId",
    "AcceptTime",
    "SubmitTime",
    "WorkTimeInSeconds",
)
MTURK_HIT = "3XABCDEFGHIJKLMNOPQRSTUVWXYZ12"

REAL = (
    '"HITId","HITTypeId","Title","CreationTime","MaxAssignments","AssignmentDurationInSeconds",'
    '"AssignmentId","WorkerId","AcceptTime","SubmitTime","WorkTimeInSeconds",'
    '"Input.mturk_hit_id","Input.text","Answer.a.b","Answer.c","Answer.label","Answer.note",'
    '"Turkle.Username"\r\n'
    '"1","1","Sentiment, ""é""","Sun Nov 22 04:33:09 UTC 2026","2","7200","1","3",'
    '"Sun Nov 22 04:33:14 UTC 2026","Sun Nov 22 04:33:16 UTC 2026","1",'
    f'"{MTURK_HIT}","one é","true","[\'a\', \'b\\\'""\\n|x\']","neg",'
    '"line1\r\nline2\\ ""q"" 😀","A2EXAMPLEWORKER1"\r\n'
    '"1","1","Sentiment, ""é""","Sun Nov 22 04:33:09 UTC 2026","2","7200","3","4",'
    '"Sun Nov 22 04:33:17 UTC 2026","Sun Nov 22 04:33:19 UTC 2026","1",'
    f'"{MTURK_HIT}","one é","","b","","[\'a\', \'b\']","ann.lee"\r\n'
    '"2","1","Sentiment, ""é""","Sun Nov 22 04:33:09 UTC 2026","2","7200","2","3",'
    '"Sun Nov 22 04:33:16 UTC 2026","Sun Nov 22 04:33:17 UTC 2026","1",'
    '"plain","two","true","[\'a\', \'b\\\'""\\n|x\']","pos é","","A2EXAMPLEWORKER1"\r\n'
)
# printf '1\nSun Nov 22 04:33:09 UTC 2026' | sha256sum
BATCH = "12315312"


def row(**changed: str) -> dict[str, str]:
    cells = {
        "HITId": "5",
        "HITTypeId": "2",
        "Title": "Anon",
        "CreationTime": "Sun Nov 22 04:33:13 UTC 2026",
        "MaxAssignments": "1",
        "AssignmentDurationInSeconds": "7200",
        "AssignmentId": "7",
        "WorkerId": "",
        "AcceptTime": "Sun Nov 22 04:33:23 UTC 2026",
        "SubmitTime": "Sun Nov 22 04:33:25 UTC 2026",
        "WorkTimeInSeconds": "1",
        "Input.text": "one",
        "Answer.x": "hello",
        "Turkle.Username": "",
    }
    return cells | {name.replace("__", "."): text for name, text in changed.items()}


def table(*rows: dict[str, str]) -> str:
    stream = StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def kept(text: str | bytes) -> SourceFile:
    data = text if isinstance(text, bytes) else text.encode()
    return SourceFile("Project-1_Batch-1-b_results.csv", lambda: BytesIO(data))


def read(text: str | bytes) -> list[Columns | Entry | Refused]:
    return list(TurkleCSV().read(kept(text)))


def only_entry(text: str) -> Entry:
    _, entry = read(text)
    assert isinstance(entry, Entry)
    return entry


def meanings(entry: Entry) -> dict[str, Derived]:
    return {
        found.table.name: TurkleCSV().derive(found.table.name, found.raw) for found in entry.found
    }


def assignment(cells: dict[str, str]) -> dict[str, object]:
    return dict(meanings(only_entry(table(cells)))["assignments"].wire)


def test_turkles_file_is_known_by_its_own_column() -> None:
    assert TurkleCSV().claims(kept(REAL)) == "has the column Turkle.Username"


def test_a_hit_that_came_from_mturk_and_its_worker_keep_mturks_ids() -> None:
    entry = read(REAL)[1]

    assert isinstance(entry, Entry)
    assert entry.doubts == ()
    assert [found.table for found in entry.found] == [ASSIGNMENTS]
    assert entry.found[0].raw["Input.text"] == "one é"
    wire = dict(meanings(entry)["assignments"].wire)
    given = answers.flat(str(wire.pop("Answer")))
    assert wire == {
        "AssignmentId": f"turkle-{BATCH}-1",
        "HITId": MTURK_HIT,
        "WorkerId": "A2EXAMPLEWORKER1",
        "AcceptTime": "2026-11-22T04:33:14.000Z",
        "SubmitTime": "2026-11-22T04:33:16.000Z",
        "AnswerDoubts": {"joined": ["c"], "dotted": ["a.b"]},
    }
    assert given == {
        "a.b": "true",
        "c": "a|b'\"\n|x",
        "label": "neg",
        "note": 'line1\r\nline2\\ "q" 😀',
    }


def test_a_hit_and_a_worker_of_the_servers_own_have_ids_of_ours() -> None:
    _, _, second, third = read(REAL)

    assert isinstance(second, Entry)
    assert isinstance(third, Entry)
    assert meanings(second)["assignments"].wire["WorkerId"] == "turkle-ann.lee"
    assert meanings(third)["hits"] == (
        {
            "HITId": f"turkle-{BATCH}-2",
            "HITTypeId": f"turkle-{BATCH}-1",
            "Title": 'Sentiment, "é"',
            "CreationTime": "2026-11-22T04:33:09.000Z",
            "MaxAssignments": 2,
            "AssignmentDurationInSeconds": 7200,
            "TemplateVariables": {"mturk_hit_id": "plain", "text": "two"},
        },
        (),
    )
    assert meanings(third)["assignments"].wire["HITId"] == f"turkle-{BATCH}-2"


def test_every_cell_is_in_the_hit_or_in_the_assignment() -> None:
    cells = row(odd="x", WorkerId="3", Turkle__Username="ann")

    hit, work = only_entry(table(cells)).found

    assert {**hit.raw, **work.raw} == cells
    assert sorted(set(hit.raw) & set(work.raw)) == ["CreationTime", "HITId", "HITTypeId", "Title"]


def test_a_batch_that_is_downloaded_again_has_the_same_ids() -> None:
    later = row(Title="Renamed", AssignmentDurationInSeconds="18000")

    ids = [
        {name: wire[name] for name in ("HITId", "AssignmentId")}
        for wire in (assignment(row()), assignment(later))
    ]

    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    "other", [{"HITTypeId": "3"}, {"CreationTime": "Sun Nov 22 04:33:14 UTC 2026"}]
)
def test_the_same_numbers_of_another_batch_are_other_ids(other: dict[str, str]) -> None:
    ours, theirs = assignment(row()), assignment(row(**other))

    assert ours["AssignmentId"] != theirs["AssignmentId"]
    assert ours["HITId"] != theirs["HITId"]


def test_who_did_not_log_in_is_unknown() -> None:
    assert "WorkerId" not in assignment(row())


def test_a_worker_without_a_name_is_known_within_the_batch() -> None:
    wire = assignment(row(WorkerId="3"))

    assert str(wire["WorkerId"]).startswith("turkle-")
    assert str(wire["WorkerId"]).endswith("-3")
    assert wire["WorkerId"] != "turkle-3"


@pytest.mark.parametrize("name", ["a2examplework1", "A2", "A2EXAMPLE-WORKER", "B2EXAMPLEWORKER1"])
def test_a_name_that_is_no_mturk_workers_id_is_turkles(name: str) -> None:
    assert assignment(row(Turkle__Username=name))["WorkerId"] == f"turkle-{name}"


@pytest.mark.parametrize(
    ("name", "worker_id"), [("A2EXAMPLEWORKER1", "A2EXAMPLEWORKER1"), ("gmzq2k3xpseudonym", None)]
)
def test_finished_work_that_came_from_mturk_keeps_its_id(name: str, worker_id: str | None) -> None:
    """And says nothing of its worker where only a pseudonym stands for one."""
    cells = row(Input__mturk_hit_id=MTURK_HIT, Turkle__Username=name)
    cells["Answer.mturk_assignment_id"] = "3ASSIGNMENTOFMTURKXXXXXXXXXXX"

    wire = assignment(cells)

    assert wire["AssignmentId"] == "3ASSIGNMENTOFMTURKXXXXXXXXXXX"
    assert wire.get("WorkerId") == worker_id
    assert "mturk_assignment_id" not in str(wire["Answer"])


def test_what_came_from_another_turkle_keeps_the_ids_that_it_was_given() -> None:
    """Carried on from server to server it is in the archive once."""
    cells = row(Input__mturk_hit_id="turkle-12315312-5", Turkle__Username="a")
    cells["Answer.mturk_assignment_id"] = "turkle-12315312-7"

    wire = assignment(cells)

    assert (wire["HITId"], wire["AssignmentId"]) == ("turkle-12315312-5", "turkle-12315312-7")


def test_a_time_that_nobody_knew_is_not_told_of_finished_work() -> None:
    cells = row(AcceptTime="Thu Jan 01 00:00:00 UTC 1970")
    assert assignment(cells)["AcceptTime"] == "1970-01-01T00:00:00.000Z"

    wire = assignment({**cells, "Answer.mturk_assignment_id": "3ASSIGNMENTOFMTURKXXXXXXXXXXX"})

    assert "AcceptTime" not in wire
    assert "SubmitTime" in wire


@pytest.mark.parametrize("told", ["plain", "3xabcdefghijklmnopqrstuvwxyz12", "123", "A" * 65])
def test_what_is_no_hit_id_of_mturks_is_a_variable_like_others(told: str) -> None:
    entry = only_entry(table(row(Input__mturk_hit_id=told)))

    assert meanings(entry)["hits"].wire["TemplateVariables"] == {
        "text": "one",
        "mturk_hit_id": told,
    }


@pytest.mark.parametrize(
    ("seconds", "doubts"),
    [("2", ()), ("1", ()), ("0", (WORK_TIME,)), ("3", (WORK_TIME,)), ("", ()), ("x", ())],
)
def test_the_time_worked_is_right_to_a_second(seconds: str, doubts: tuple[str, ...]) -> None:
    assert only_entry(table(row(WorkTimeInSeconds=seconds))).doubts == doubts


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("['a', 'b']", "a|b"),
        ("""["it's", 'a\\\\b\\n']""", "it's|a\\b\n"),
        (r"['\x85\u2028\U0001f9ff', '']", "\x85\u2028\U0001f9ff|"),
        ("['a', 'b', 'é, ']", "a|b|é, "),
        ("['a']", "['a']"),
        ("[]", "[]"),
        ("['a', 1]", "['a', 1]"),
        ("['a', 'b'] ", "['a', 'b'] "),
        ("['a', 'b' + 'c']", "['a', 'b' + 'c']"),
        (r"['\q', '\N{DIGIT ONE}']", r"['\q', '\N{DIGIT ONE}']"),
        ('["a","b"]', '["a","b"]'),
        ("x|y", "x|y"),
    ],
)
def test_a_field_that_was_sent_several_times_is_joined(cell: str, said: str) -> None:
    wire = assignment(row(Answer__x=cell))

    assert answers.flat(str(wire["Answer"])) == {"x": said}
    assert wire["AnswerDoubts"] == ({"joined": ["x"]} if "|" in said else {})


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_every_list_of_texts_is_read_as_python_spells_it(values: list[str]) -> None:
    raw = {**row(), "Answer.x": str(values)}

    wire = TurkleCSV().derive("assignments", raw).wire

    assert wire["Answer"] == answers.build([("x", "|".join(values))])


def test_an_unreadable_time_or_number_is_named_and_left_out() -> None:
    cells = row(CreationTime="yesterday", MaxAssignments="many", SubmitTime="2026-11-22 04:33")

    by_table = meanings(only_entry(table(cells)))

    assert by_table["hits"].unreadable == ("CreationTime", "MaxAssignments")
    assert by_table["assignments"].unreadable == ("SubmitTime",)
    assert {"CreationTime", "MaxAssignments"}.isdisjoint(by_table["hits"].wire)
    assert "SubmitTime" not in by_table["assignments"].wire


def test_who_answered_nothing_gave_an_empty_answer() -> None:
    wire = assignment(row(Answer__x=""))

    assert wire["Answer"] == answers.build([])
    assert wire["AnswerDoubts"] == {}


def test_a_file_without_answers_says_nothing_of_them() -> None:
    cells = row()
    del cells["Answer.x"]

    assert {"Answer", "AnswerDoubts"}.isdisjoint(assignment(cells))


@pytest.mark.parametrize("cell", ["", " "])
@pytest.mark.parametrize("column", ["HITId", "AssignmentId"])
def test_a_row_without_ids_is_refused(column: str, cell: str) -> None:
    _, refused = read(table(row(**{column: cell})))

    assert isinstance(refused, Refused)
    assert refused.reason == NO_IDS


def test_a_row_that_may_be_any_servers_is_refused() -> None:
    _, refused = read(table(row(Title="", CreationTime="")))

    assert isinstance(refused, Refused)
    assert refused.reason == NO_BATCH


def test_a_row_with_more_cells_than_columns_is_refused() -> None:
    _, refused = read(table(row()).rstrip() + ',"odd"\r\n')

    assert isinstance(refused, Refused)
    assert refused.reason == TOO_MANY


@pytest.mark.parametrize("lost", [3, 10, 40, 200])
def test_a_row_that_the_api_cut_off_is_refused(lost: int) -> None:
    *kept_rows, refused = read(REAL.encode()[:-lost])

    assert [type(item) for item in kept_rows] == [Columns, Entry, Entry]
    assert isinstance(refused, Refused)
    assert (refused.number, refused.reason) == (3, CUT_OFF)


def test_an_older_turkles_file_is_known_by_its_numbers() -> None:
    cells = row()
    del cells["Turkle.Username"]

    assert TurkleCSV().claims(kept(table(cells))) is not None


@pytest.mark.parametrize(
    "cells",
    [
        {"HITId": MTURK_HIT, "AssignmentId": "7"},
        {"HITId": "5", "AssignmentId": "7", "AssignmentStatus": "Approved"},
        {"HITId": "5", "AssignmentId": "7", "Reward": "$0.10"},
        {"HITId": "5", "WorkerId": "7"},
        {"Turkle.Username": "ann"},
        {"HITId": "5", "AssignmentId": "7"},
    ],
)
def test_other_tables_are_not_claimed(cells: dict[str, str]) -> None:
    assert TurkleCSV().claims(kept(table(cells))) is None


@pytest.mark.parametrize("text", ["", "HITId", '{"HITId": 1}', '"HITId","AssignmentId"\r\n'])
def test_what_is_no_table_of_rows_is_not_claimed(text: str) -> None:
    assert TurkleCSV().claims(kept(text)) is None


CELLS = st.one_of(st.text(), st.integers().map(str), st.none(), st.integers(), st.lists(st.text()))


@given(
    st.dictionaries(
        st.one_of(st.sampled_from([*FIXED, "Turkle.Username", "Input.x", "Answer.x"]), st.text()),
        CELLS,
    )
)
def test_whatever_is_kept_means_something_that_the_archive_can_hold(raw: dict[str, object]) -> None:
    for table_ in (HITS, ASSIGNMENTS):
        wire = TurkleCSV().derive(table_.name, {**row(), **raw}).wire
        if {"HITId", "AssignmentId"} & wire.keys() == {
            name for name in ("HITId", "AssignmentId") if name == "HITId" or table_ is ASSIGNMENTS
        }:
            from_wire(table_.record, wire)
