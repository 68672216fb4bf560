from __future__ import annotations

import csv
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TABLES, TEMPLATES
from mturk_exodus.questions.answering.answers import flat
from mturk_exodus.records import from_wire
from mturk_exodus.sources.command_line_tools import CommandLineTools
from mturk_exodus.sources.command_line_tools.columns import ANSWERS, OF_ASSIGNMENTS, OF_HITS
from mturk_exodus.sources.files import SourceFile, local_file
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Refused
from mturk_exodus.sources.templates import Templates
from tests.real.assembly import folder as public_folder

PUBLIC = public_folder()
here_only = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)

HIT = {
    "hitid": "3HIT",
    "hittypeid": "3TYPE",
    "title": "Find the main point",
    "description": "Two minutes",
    "keywords": "text, argument",
    "reward": "$0.17",
    "creationtime": "Fri Dec 23 15:25:19 CET 2016",
    "assignments": "3",
    "numavailable": "1",
    "numpending": "0",
    "numcomplete": "2",
    "hitstatus": "Assignable",
    "reviewstatus": "NotReviewed",
    "annotation": "page-00000.html",
    "assignmentduration": "600",
    "autoapprovaldelay": "604800",
    "hitlifetime": "Mon Dec 26 15:25:19 CET 2016",
    "viewhit": "https://requester.mturk.com/mturk/manageHIT?HITId=3HIT",
}
WORK = {
    "assignmentid": "3ASSIGNMENT",
    "workerid": "AWORKER",
    "assignmentstatus": "Approved",
    "autoapprovaltime": "Fri Dec 30 15:34:56 CET 2016",
    "assignmentaccepttime": "Fri Dec 23 15:34:22 CET 2016",
    "assignmentsubmittime": "Fri Dec 23 15:34:56 CET 2016",
    "assignmentapprovaltime": "Sat Dec 24 09:00:00 CET 2016",
    "Answer.stance": "for",
    "Answer.Submit HIT": "on",
}
COLUMNS = (*OF_HITS, *OF_ASSIGNMENTS, "Answer.stance", "Answer.Submit HIT")
PROPERTIES = """# Made for a test
title:Find the main point
description = Two minutes
keywords:text
reward:0.17
assignments:3
annotation:${urls}
assignmentduration:600
"""
QUESTION = (
    "<?xml version='1.0'?><ExternalQuestion><ExternalURL>https://example.org/"
    "${helper.urlencode($urls)}</ExternalURL></ExternalQuestion>"
)


def results(
    *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, delimiter: str = "\t"
) -> str:
    stream = StringIO()
    quoted: Literal[0, 1] = 1 if delimiter == "\t" else 0
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoted, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return stream.getvalue()


def kept(folder: Path, text: str, name: str = "task.results") -> SourceFile:
    path = folder / name
    path.write_bytes(text.encode())
    return local_file(path)


def read(folder: Path, text: str, name: str = "task.results") -> list[Entry | Refused]:
    file = kept(folder, text, name)
    assert CommandLineTools().claims(file)
    return _items(file)


def _items(file: SourceFile) -> list[Entry | Refused]:
    items = list(CommandLineTools().read(file))
    assert [isinstance(item, Columns) for item in items[1:]] == [False] * (len(items) - 1)
    return [item for item in items if not isinstance(item, Columns)]


def found(item: Entry | Refused) -> dict[str, dict[str, Any]]:
    assert isinstance(item, Entry), item
    return {one.table.name: dict(one.raw) for one in item.found}


def derived(table: str, raw: dict[str, Any]) -> Derived:
    means = CommandLineTools().derive(table, raw)
    if {"hits": "HITId", "assignments": "AssignmentId"}.get(table) in means.wire:
        from_wire({one.name: one for one in TABLES}[table].record, means.wire)
    return means


def test_a_row_is_a_hit_and_an_assignment(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, results(HIT | WORK))

    assert found(entry) == {"hits": HIT, "assignments": {"hitid": "3HIT"} | WORK}
    assert isinstance(entry, Entry)
    assert [one.table for one in entry.found] == [HITS, ASSIGNMENTS]
    assert entry.number == 1
    assert entry.doubts == ()


def test_the_header_comes_first(tmp_path: Path) -> None:
    first = next(iter(CommandLineTools().read(kept(tmp_path, results(HIT)))))

    assert first == Columns(COLUMNS)


def test_a_hit_in_mturks_words() -> None:
    wire, unreadable = derived("hits", HIT)

    assert unreadable == ()
    assert wire == {
        "HITId": "3HIT",
        "HITTypeId": "3TYPE",
        "Title": "Find the main point",
        "Description": "Two minutes",
        "Keywords": "text, argument",
        "Reward": "0.17",
        "CreationTime": "2016-12-23T14:25:19.000Z",
        "MaxAssignments": 3,
        "NumberOfAssignmentsAvailable": 1,
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsCompleted": 2,
        "HITStatus": "Assignable",
        "HITReviewStatus": "NotReviewed",
        "RequesterAnnotation": "page-00000.html",
        "AssignmentDurationInSeconds": 600,
        "AutoApprovalDelayInSeconds": 604800,
        "Expiration": "2016-12-26T14:25:19.000Z",
    }


def test_an_assignment_in_mturks_words() -> None:
    rest = {
        "hitid": "3HIT",
        "assignmentrejecttime": "Sat Dec 24 10:00:00 PST 2016",
        "deadline": "Fri Dec 23 15:44:22 CET 2016",
        "feedback": "Thanks",
        "reject": "y",
    }
    wire, unreadable = derived("assignments", WORK | rest)

    assert unreadable == ()
    assert flat(wire["Answer"]) == {"stance": "for", "Submit HIT": "on"}
    assert {name: value for name, value in wire.items() if name != "Answer"} == {
        "AssignmentId": "3ASSIGNMENT",
        "HITId": "3HIT",
        "WorkerId": "AWORKER",
        "AssignmentStatus": "Approved",
        "AutoApprovalTime": "2016-12-30T14:34:56.000Z",
        "AcceptTime": "2016-12-23T14:34:22.000Z",
        "SubmitTime": "2016-12-23T14:34:56.000Z",
        "ApprovalTime": "2016-12-24T08:00:00.000Z",
        "RejectionTime": "2016-12-24T18:00:00.000Z",
        "Deadline": "2016-12-23T14:44:22.000Z",
        "RequesterFeedback": "Thanks",
        "AnswerDoubts": {},
    }


def test_a_hit_without_work_is_a_row_of_its_own(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, results(HIT))

    assert found(entry) == {"hits": HIT}


def test_a_hit_is_told_again_only_if_it_says_something_else(tmp_path: Path) -> None:
    other = HIT | {"hitid": "3OTHER"}
    rows = [HIT | WORK | {"assignmentid": f"3A{number}"} for number in range(5)]
    rows[1] |= other
    rows[3] |= {"hitstatus": "Reviewable"}

    entries = read(tmp_path, results(*rows))

    assert ["hits" in found(entry) for entry in entries] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (WORK, "hitid is empty"),
        (HIT | WORK | {"hitid": "  "}, "hitid is empty"),
        (HIT | WORK | {"assignmentid": ""}, "assignmentid is empty"),
        (HIT | {"Answer.stance": "for"}, "assignmentid is empty"),
        (HIT | {"workerid": "AWORKER"}, "assignmentid is empty"),
    ],
)
def test_rows_that_say_whose_they_are_not_are_refused(
    tmp_path: Path, row: dict[str, str], reason: str
) -> None:
    refused, kept_one = read(tmp_path, results(row, HIT))

    assert isinstance(refused, Refused)
    assert refused.number == 1
    assert refused.reason.startswith(reason)
    assert refused.raw == {name: cell for name, cell in row.items() if cell}
    assert found(kept_one) == {"hits": HIT}


def test_a_row_may_be_shorter_than_the_header_but_not_longer(tmp_path: Path) -> None:
    header, row = results(HIT | WORK).splitlines()
    shorter = row.removesuffix('\t"for"\t"on"')
    longer, padded = f'{row}\t"more"', f'{row}\t""'

    items = read(tmp_path, f"{header}\n{shorter}\n{longer}\n{padded}\n")

    assert "Answer.stance" not in found(items[0])["assignments"]
    assert isinstance(items[1], Refused)
    assert items[1].reason == "has more cells than the header"
    assert "Answer.stance" in found(items[2])["assignments"]


def test_a_row_in_which_the_file_ends_is_refused(tmp_path: Path) -> None:
    text = results(HIT | WORK, HIT | WORK | {"assignmentid": "3CUT", "Answer.Submit HIT": "off"})

    items = read(tmp_path, text.removesuffix('off"\n'))

    assert isinstance(items[0], Entry)
    assert [type(item) for item in items[1:]] == [Refused]


def test_headers_in_the_middle_are_not_rows(tmp_path: Path) -> None:
    other_columns = (*OF_HITS, *OF_ASSIGNMENTS, "Answer.Submit HIT", "Answer.other")
    second = HIT | WORK | {"assignmentid": "3SECOND", "Answer.other": "new"}
    text = (
        results(HIT | WORK)
        + results(HIT | WORK | {"assignmentid": "3MORE"})
        + results(second, columns=other_columns)
    )

    items = read(tmp_path, text)

    assert [found(item)["assignments"]["assignmentid"] for item in items] == [
        *("3ASSIGNMENT", "3MORE", "3SECOND"),
    ]
    assert found(items[2])["assignments"]["Answer.other"] == "new"
    assert "Answer.stance" not in found(items[2])["assignments"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_submiterators_columns_are_kept(tmp_path: Path, delimiter: str) -> None:
    columns = ("workerid", "comments", "", *COLUMNS)
    row = HIT | WORK | {"comments": "fun, really; yes", "": "17"}

    (entry,) = read(tmp_path, results(row, columns=columns, delimiter=delimiter), "table.csv")

    raw = found(entry)["assignments"]
    assert found(entry)["hits"] == HIT
    assert raw["comments"] == "fun, really; yes"
    assert raw["(column 3)"] == "17"
    assert raw["workerid (2)"] == "AWORKER"
    assert derived("assignments", raw).wire["WorkerId"] == "AWORKER"


@pytest.mark.parametrize(
    ("cells", "unreadable"),
    [
        ({"workerid": "0"}, ("workerid",)),
        ({"workerid": "12.0", "workerid (2)": "12.0"}, ("workerid", "workerid (2)")),
        ({"workerid": "AONE", "workerid (2)": "ATWO"}, ("workerid", "workerid (2)")),
        ({"workerid": ["AONE"]}, ("workerid",)),
    ],
)
def test_a_number_in_place_of_a_worker_names_nobody(
    cells: dict[str, Any], unreadable: tuple[str, ...]
) -> None:
    means = derived("assignments", WORK | {"hitid": "3HIT"} | cells)

    assert ("WorkerId" in means.wire, means.unreadable) == (False, unreadable)


def test_what_cells_do_not_tell_of_answers_is_said() -> None:
    cells = {
        "Answer.several": "a|b",
        "Answer.box.left": "1",
        "Answer.nothing": "emptyanswer",
        "Answer.blank": " ",
    }
    wire, _ = derived("assignments", {"hitid": "3HIT", "assignmentid": "3A"} | cells)

    assert flat(wire["Answer"]) == {"several": "a|b", "box.left": "1", "nothing": "", "blank": " "}
    assert wire["AnswerDoubts"] == {
        "joined": ["several"],
        "dotted": ["box.left"],
        "empty": ["nothing"],
    }


def test_no_answer_is_not_an_empty_one() -> None:
    wire, unreadable = derived("assignments", {"hitid": "3HIT", "assignmentid": "3A"})

    assert (wire, unreadable) == ({"HITId": "3HIT", "AssignmentId": "3A"}, ())


def test_older_tools_put_all_answers_in_one_column(tmp_path: Path) -> None:
    columns = (*OF_HITS, *OF_ASSIGNMENTS[:-1], ANSWERS, "reject")
    work = {name: cell for name, cell in WORK.items() if not name.startswith("Answer.")}
    in_one_cell = HIT | work | {ANSWERS: "stance\tfor\tSubmit HIT\ton\t"}
    header, *quoted = results(in_one_cell, HIT | {ANSWERS: "none"}, columns=columns).splitlines()
    over_many_cells = quoted[0].replace('"', "")

    one, without_work, many = read(tmp_path, "\n".join([header, *quoted, over_many_cells, ""]))

    for item in (one, many):
        wire, unreadable = derived("assignments", found(item)["assignments"])
        assert flat(wire["Answer"]) == {"stance": "for", "Submit HIT": "on"}
        assert unreadable == ()
    assert found(without_work)["hits"]["hitid"] == "3HIT"


@pytest.mark.parametrize("cell", ["a", "a\tb\tc", "a=1\tb=2", "a\t1\ta\t2", "\t1", ""])
def test_a_column_of_answers_that_is_not_names_and_values_is_not_guessed_at(cell: str) -> None:
    wire, unreadable = derived("assignments", {"hitid": "H", "assignmentid": "A", ANSWERS: cell})

    assert "Answer" not in wire
    assert unreadable == (ANSWERS,)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("reward", "17 cents"),
        ("reward", "$0,17"),
        ("reward", "1e5"),
        ("creationtime", "2016-12-23 15:25"),
        ("creationtime", "Fri Dec 23 15:25:19 IST 2016"),
        ("hitlifetime", "259200"),
        ("assignments", "three"),
        ("numpending", "-1"),
        ("autoapprovaldelay", "9" * 19),
        ("assignmentduration", "٣"),
        ("hitstatus", " "),
    ],
)
def test_cells_that_mean_nothing_are_named_and_left_out(column: str, cell: str) -> None:
    means = derived("hits", HIT | {column: cell})

    assert means.unreadable == (column,)
    assert len(means.wire) == len(derived("hits", HIT).wire) - 1


@pytest.mark.parametrize(
    ("cell", "reward"), [("0.10", "0.10"), ("$1,234.50", "1234.50"), (" $2 ", "2")]
)
def test_rewards_are_read_as_they_are_written(cell: str, reward: str) -> None:
    assert derived("hits", HIT | {"reward": cell}).wire["Reward"] == reward


@pytest.mark.parametrize(
    ("cells", "doubts"),
    [
        ({"autoapprovaltime": "Fri Dec 30 15:34:57 CET 2016"}, ["AutoApprovalTime is SubmitTime"]),
        ({"autoapprovaltime": "Fri Dec 30 06:34:56 PST 2016"}, []),
        ({"autoapprovaltime": "someday"}, []),
        ({"numavailable": "3", "numpending": "1"}, ["MaxAssignments is at least"]),
        ({"numavailable": "2", "numpending": "1"}, []),
        ({"numavailable": "many"}, []),
    ],
)
def test_rows_are_checked(tmp_path: Path, cells: dict[str, str], doubts: list[str]) -> None:
    (entry,) = read(tmp_path, results(HIT | WORK | cells))

    assert isinstance(entry, Entry)
    assert len(entry.doubts) == len(doubts)
    assert all(map(str.startswith, entry.doubts, doubts))


@pytest.mark.parametrize(
    "text",
    [
        "HITId,HITTypeId,AssignmentId\nH,T,A\n",
        "hitid,workerid,assignmentid\nH,W,A\n",
        "hitid,hittypeid,score\nH,T,1\n",
        "the hitid, the hittypeid and the assignmentid\n",
        "",
    ],
)
def test_other_tables_are_left_to_others(tmp_path: Path, text: str) -> None:
    assert CommandLineTools().claims(kept(tmp_path, text, "table.csv")) is None


def test_a_file_of_others_is_refused_if_it_is_insisted_on(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="none of the command line tools"):
        _items(kept(tmp_path, "a,b\n1,2\n", "table.csv"))


def test_a_list_of_hits_is_joined_with_its_input(tmp_path: Path) -> None:
    kept(tmp_path, "urls\tlabel\none.html\tcat, dog\ntwo.html\t\n", "task.input")
    entries = read(tmp_path, "hitid\thittypeid\nH1\tT\nH2\tT\n", "task.input.success")

    assert [found(entry)["hits"] for entry in entries] == [
        {"hitid": "H1", "hittypeid": "T", "input": {"urls": "one.html", "label": "cat, dog"}},
        {"hitid": "H2", "hittypeid": "T", "input": {"urls": "two.html"}},
    ]
    assert derived("hits", found(entries[1])["hits"]) == Derived(
        {"HITId": "H2", "HITTypeId": "T", "TemplateVariables": {"urls": "two.html"}}
    )
    assert [entry.doubts for entry in entries if isinstance(entry, Entry)] == [(), ()]


@pytest.mark.parametrize("name", ["task.success", "task.input.success"])
def test_an_input_of_one_column_is_joined(tmp_path: Path, name: str) -> None:
    kept(tmp_path, "text\nyes, indeed; no\nno, never\n", "task.input")

    entries = read(tmp_path, '"hitid"\t"hittypeid"\n"H1"\t"T"\n"H2"\t"T"\n', name)

    assert [found(entry)["hits"]["input"] for entry in entries] == [
        {"text": "yes, indeed; no"},
        {"text": "no, never"},
    ]


@pytest.mark.parametrize(
    ("name", "text", "doubt"),
    [
        ("task.input", "urls\none.html\n", "as many rows"),
        ("task.input", "urls\none.html\ntwo.html\nthree.html\n", "as many rows"),
        ("task.input.failure", "urls\nfour.html\n", "no .failure"),
    ],
)
def test_an_input_is_not_joined_if_rows_and_hits_may_not_belong_together(
    tmp_path: Path, name: str, text: str, doubt: str
) -> None:
    kept(tmp_path, "urls\none.html\ntwo.html\n", "task.input")
    kept(tmp_path, text, name)
    entries = read(tmp_path, "hitid\thittypeid\nH1\tT\nH2\tT\n", "task.input.success")

    assert ["input" in found(entry)["hits"] for entry in entries] == [False, False]
    doubts = [entry.doubts for entry in entries if isinstance(entry, Entry)]
    assert [len(one) for one in doubts] == [1, 0]
    assert doubt in doubts[0][0]


def test_a_list_of_hits_without_its_input_says_no_more_than_it_knows(tmp_path: Path) -> None:
    (entry,) = read(tmp_path, "hitid\thittypeid\nH1\t\n", "task.success")

    assert entry == Entry(1, entry.found) if isinstance(entry, Entry) else False
    assert found(entry) == {"hits": {"hitid": "H1"}}


@pytest.mark.parametrize("row", ["\tT", " \tT", "H1\tT\tmore"])
def test_rows_of_a_list_that_are_not_hits_are_refused(tmp_path: Path, row: str) -> None:
    items = read(tmp_path, f"hitid\thittypeid\n{row}\nH2\tT\n", "task.success")

    assert [type(item) for item in items] == [Refused, Entry]


@pytest.mark.parametrize(
    ("name", "text", "kind", "variables"),
    [
        ("task.input", 'urls\t"the label"\na\tb\n', "clt input", ["urls", "the label"]),
        ("task.properties", PROPERTIES, "clt properties", ["urls"]),
        ("task.question", QUESTION, "clt question", ["urls"]),
        ("task.question.xml", QUESTION, "clt question", ["urls"]),
        ("task.question", "#set($a = 1)\n<QuestionForm>$a ${b}", "clt question", ["a", "b"]),
        ("test.properties", "name=a\ndescription=b\nautogranted=true\n", "clt properties", None),
    ],
)
def test_what_hits_were_made_from_is_kept_to_the_letter(
    tmp_path: Path, name: str, text: str, kind: str, variables: list[str] | None
) -> None:
    kept(tmp_path, "hitid\thittypeid\nH1\tT\n", "task.success")
    (entry,) = read(tmp_path, text, name)

    raw = found(entry)["templates"]
    assert raw == {"Name": name, "Kind": kind, "Content": text}
    assert from_wire(TEMPLATES.record, derived("templates", raw).wire).variables == (
        None if variables is None else json.dumps(variables, separators=(",", ":"))
    )
    assert Templates().claims(local_file(tmp_path / name)) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log4j.properties", "log4j.rootLogger=INFO\ntitle=a\nreward=b\n"),
        ("app.properties", "name=a\ndescription=b\n"),
        ("run.input", "*HEADING\n1 2 3\n"),
        ("run.input", "2.5\t3.5\n1\t2\n"),
        ("run.input", "alone"),
        ("run.input", "a\0b\nc\n"),
        ("why.question", "Why?"),
        ("task.settings", PROPERTIES),
    ],
)
def test_files_that_are_named_alike_are_left_to_others(
    tmp_path: Path, name: str, text: str
) -> None:
    assert CommandLineTools().claims(kept(tmp_path, text, name)) is None


def test_an_input_beside_its_hits_is_known_by_them(tmp_path: Path) -> None:
    file = kept(tmp_path, "Where is it?\tWhat is it?\na\tb\n", "task.input")
    assert CommandLineTools().claims(file) is None

    kept(tmp_path, "hitid\thittypeid\nH\tT\n", "task.input.success")
    assert CommandLineTools().claims(local_file(file.local_path or tmp_path)) is not None


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(st.characters(exclude_categories=()))
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)
ANY_CELL = st.one_of(
    ANYTHING, st.from_regex(r"\$?[0-9]{1,20}(\.[0-9]{1,9})?"), st.sampled_from([*HIT.values()])
)


@given(
    st.dictionaries(st.sampled_from([*COLUMNS, "workerid (2)", ANSWERS, "input"]), ANY_CELL),
    st.sampled_from(["hits", "assignments", "templates", "worker_blocks"]),
)
def test_deriving_never_fails_and_fits_the_archive(raw: dict[str, Any], table: str) -> None:
    wire, unreadable = CommandLineTools().derive(table, raw)

    assert set(unreadable) <= set(raw)
    needed = {"hits": {"HITId"}, "assignments": {"HITId", "AssignmentId"}}.get(table, {"never"})
    if needed <= set(wire):
        from_wire({one.name: one for one in TABLES}[table].record, wire)


@here_only
def test_each_row_of_the_public_results_is_kept() -> None:
    paths = [*(PUBLIC / "clt_results").iterdir(), *(PUBLIC / "batch_csv").glob("*__overinf*.csv")]
    counted: Counter[str] = Counter()
    for path in paths:
        assert CommandLineTools().claims(local_file(path)), path.name
        for item in _items(local_file(path)):
            counted.update(_counted(item))
    assert len(paths) == 23
    assert counted == Counter(entries=2844, hits=392, assignments=2842, not_workers=111)


def _counted(item: Entry | Refused) -> Counter[str]:
    assert isinstance(item, Entry)
    assert item.doubts == ()
    counted = Counter(["entries"])
    for table, raw in found(item).items():
        wire, unreadable = derived(table, raw)
        counted.update([table, *(["not_workers"] if unreadable else [])])
        assert set(unreadable) <= {"workerid", "workerid (2)"}
        cells = {name for name in raw if name.startswith("Answer.")}
        assert len(flat(wire["Answer"]) if cells else {}) == len(cells)
    return counted


@here_only
def test_the_public_list_of_hits_is_joined_as_the_annotations_say() -> None:
    task = "UKPLab__argument-reasoning-comprehension-task__21-pilot-stance-task"
    listed = _items(local_file(PUBLIC / "questions" / f"{task}.input.success"))
    done = _items(local_file(PUBLIC / "clt_results" / f"{task}.output.csv"))
    hits = [one["hits"] for one in map(found, done) if "hits" in one]

    joined = {one["hits"]["hitid"]: one["hits"]["input"]["urls"] for one in map(found, listed)}
    assert len(joined) == 20
    assert joined == {hit["hitid"]: hit["annotation"] for hit in hits}


@here_only
def test_each_public_question_is_of_exactly_one_source() -> None:
    kinds: Counter[str] = Counter()
    for path in sorted((PUBLIC / "questions").iterdir()):
        file = local_file(path)
        takers = [one for one in (CommandLineTools(), Templates()) if one.claims(file)]
        assert len(takers) == 1, path.name
        if not path.name.endswith(".success"):
            items = [item for item in takers[0].read(file) if isinstance(item, Entry)]
            kinds[found(items[0])["templates"]["Kind"]] += 1
    assert kinds == {
        "clt input": 1,
        "clt properties": 1,
        "clt question": 21,
        "AnswerKey": 6,
        "ExternalQuestion": 6,
        "HTMLQuestion": 4,
        "QuestionForm": 6,
    }
