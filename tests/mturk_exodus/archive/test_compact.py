"""`compact`: what is stored once comes out as it was, whoever reads it, whatever happens next."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive import Archive, answer_table, whole
from mturk_exodus.archive.compact import Compaction, expand
from mturk_exodus.archive.compare import differences
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, Raw
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import Interrupted
from mturk_exodus.questions.answering import answers
from tests.mturk_exodus.archive.support import ORIGIN, hit, put, writing

FORM = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html><html><body><form>'
    + "<p>Read with care, then say what the picture shows.</p>"
    * 20
    + '<img src="%s"><p>%s</p><input name="answer" required></form></body></html>]]>'
    "</HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
COUNT = 30


def question(number: int) -> str:
    return FORM % (f"https://example.org/{number * 7919 % 1000}.jpg", f"Näme {number} <b>&amp;</b>")


def fill(path: Path, **members: object) -> None:
    with writing(path) as writer:
        hits = [
            hit(f"3H{number:02}", Question=question(number), **members) for number in range(COUNT)
        ]
        put(writer, HITS, *hits)


def rows(path: Path) -> list[Any]:
    """Every HIT as every reader of ours sees it."""
    names = (*HITS.columns, "raw", "raw_sha256", "source", "first_run_id", "last_run_id")
    with Archive.open(path, read_only=True) as archive:
        query = f"select {HITS.selected(names)} from hits order by hit_id"  # noqa: S608 - columns
        return archive.connection.execute(query).fetchall()


def compact(path: Path) -> Compaction:
    with Archive.open(path) as archive, archive.writing():
        compaction = Compaction(archive)
        compaction.run()
        assert list(verify(archive)) == []
    return compaction


@pytest.fixture
def path(tmp_path: Path) -> Path:
    fill(tmp_path / "mturk.db")
    return tmp_path / "mturk.db"


def test_every_hit_comes_out_as_it_was(path: Path, tmp_path: Path) -> None:
    before, copy = rows(path), Path(shutil.copy(path, tmp_path / "copy.db"))
    report = compact(path).report
    assert (report.compacted, sum(report.whole.values()), report.templates) == (COUNT, 0, 1)
    assert report.bytes_after < report.bytes_before
    assert rows(path) == before
    with Archive.open(path) as one, Archive.open(copy) as other:
        assert list(differences(one, other)) == []


def test_the_bytes_are_gone_from_the_file(path: Path) -> None:
    compact(path)
    assert path.read_bytes().count(b"Read with care") < 2 * 20 * 2


def test_any_other_program_reads_the_view(path: Path) -> None:
    compact(path)
    with closing(sqlite3.connect(path)) as connection:
        held = dict(connection.execute("select hit_id, question from questions"))
        columns = connection.execute("select count(question) from hits").fetchone()
    assert held == {f"3H{number:02}": question(number) for number in range(COUNT)}
    assert columns == (0,)


def test_a_second_time_there_is_nothing_to_do(path: Path) -> None:
    compact(path)
    before = rows(path)
    assert compact(path).report.compacted == 0
    assert rows(path) == before


def test_undone_it_is_as_before(path: Path) -> None:
    with Archive.open(path) as archive:
        stored = archive.connection.execute("select * from hits").fetchall()
    compact(path)
    with Archive.open(path) as archive, archive.writing():
        assert expand(archive) == COUNT
        assert archive.connection.execute("select * from hits").fetchall() == stored
        assert archive.connection.execute("select * from question_templates").fetchall() == []


def test_a_hit_that_comes_again_unchanged_stays_compacted(path: Path) -> None:
    compact(path)
    fill(path)
    with Archive.open(path) as archive:
        (left,) = archive.connection.execute("select count(question) from hits").fetchone()
        (revised,) = archive.connection.execute("select count(*) from revisions").fetchone()
        assert list(verify(archive)) == []
    assert (left, revised) == (0, 0)


def test_a_hit_that_comes_again_changed_is_whole_again(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(path, tmp_path / "copy.db"))
    compact(path)
    for one in (path, copy):
        fill(one, HITStatus="Disposed")
    assert rows(path) == rows(copy)
    with Archive.open(path) as archive:
        assert archive.connection.execute("select count(question) from hits").fetchone() == (COUNT,)
        revised = archive.connection.execute("select distinct member from revisions").fetchall()
        assert list(verify(archive)) == []
    assert revised == [("HITStatus",)]
    assert compact(path).report.compacted == COUNT


@pytest.mark.parametrize("spelling", whole.SPELLINGS)
def test_the_record_keeps_its_spelling(tmp_path: Path, spelling: str) -> None:
    path = tmp_path / "mturk.db"
    with writing(path) as writer, writer.archive.transaction():
        for number in range(COUNT):
            record = json.dumps(hit(f"3H{number:02}", Question="QUESTION"))
            text = record.replace('"QUESTION"', whole.spelled(question(number), spelling))
            writer.put(HITS, [Raw(text, json.loads(text))], ORIGIN, {}, None)
    before = rows(path)
    assert compact(path).report.compacted == COUNT
    assert rows(path) == before
    with Archive.open(path) as archive:
        kept = archive.connection.execute("select distinct length(raw) < 1000 from hits").fetchall()
    assert kept == [(1,)]


def test_a_spelling_that_nobody_knows_stays_in_the_record(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    with writing(path) as writer, writer.archive.transaction():
        for number in range(COUNT):
            record = json.dumps(hit(f"3H{number:02}", Question=question(number)))
            text = record.replace("Read", "\\u0052ead")
            writer.put(HITS, [Raw(text, json.loads(text))], ORIGIN, {}, None)
    before = rows(path)
    compact(path)
    assert rows(path) == before


def test_hits_that_differ_everywhere_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    with writing(path) as writer:
        put(writer, HITS, *(hit(f"3H{n}", Question=chr(65 + n) * 300) for n in range(5)))
    before = rows(path)
    report = compact(path).report
    assert (report.compacted, sum(report.whole.values())) == (0, 5)
    assert rows(path) == before


def test_it_can_be_stopped(path: Path) -> None:
    before = rows(path)
    with Archive.open(path) as archive, archive.writing(), pytest.raises(Interrupted):
        Compaction(archive, stopped=lambda: True).run()
    assert rows(path) == before


@given(text=st.text(), before=st.text(), after=st.text(), ascii_only=st.booleans())
def test_what_is_cut_out_is_put_back(text: str, before: str, after: str, ascii_only: bool) -> None:
    record = {"a": before, "Question": text, "b": after}
    raw = json.dumps(record, ensure_ascii=ascii_only)
    found = whole.cut_out(raw, 7, text)
    if found is None:
        assert raw.count(json.dumps(text, ensure_ascii=ascii_only)) > 1
    else:
        cut, spelling = found
        assert whole.put_back(cut, 7, text, spelling) == raw


def test_a_reader_that_stays_never_sees_another_template(path: Path) -> None:
    compact(path)
    query = f"select hit_id, {HITS.selected(['question'])} from hits"  # noqa: S608 - columns
    with Archive.open(path, read_only=True) as reader:
        before = dict(reader.connection.execute(query))
        with Archive.open(path) as archive, archive.writing():
            expand(archive)
        with writing(path) as writer:
            other = [
                hit(f"3A{n}", HITTypeId="A", Question=f"<p>{'x' * 500}{n}</p>") for n in range(9)
            ]
            put(writer, HITS, *other)
        compact(path)
        after = dict(reader.connection.execute(query))
    assert {hit_id: after[hit_id] for hit_id in before} == before
    assert after["3A7"] == f"<p>{'x' * 500}7</p>"


def test_a_template_that_is_there_is_used_again(path: Path) -> None:
    compact(path)
    with writing(path) as writer:
        put(writer, HITS, hit("3H03", Question=question(3), HITStatus="Disposed"))
        put(writer, HITS, hit("3HNEW", Question=question(77)))
    report = compact(path).report
    assert (report.compacted, report.whole, report.templates) == (2, {}, 1)
    with Archive.open(path) as archive:
        count = archive.connection.execute("select count(*) from question_templates").fetchone()
    assert count == (1,)


@pytest.mark.parametrize(
    "damage",
    [
        "update hits set question_values = '[\"x\"]' where hit_id = '3H03'",
        "update hits set question_values = '{}' where hit_id = '3H03'",
        "delete from question_parts where position = 1",
        "update question_templates set names = '[]'",
    ],
)
def test_verify_lists_what_cannot_be_put_together(path: Path, damage: str) -> None:
    compact(path)
    with Archive.open(path) as archive:
        archive.connection.execute(damage)
        found = [finding.where for finding in verify(archive)]
    assert "hits 3H03" in found


def test_a_damaged_record_is_left_as_it_is_and_the_others_are_compacted(path: Path) -> None:
    with Archive.open(path) as archive:
        archive.connection.execute("update hits set raw_sha256 = 'x' where hit_id = '3H29'")
    with Archive.open(path) as archive, archive.writing():
        report = Compaction(archive).run()
    assert report.compacted == COUNT - 1
    assert report.whole == {"its record is damaged, as `exodus verify` says": 1}


@pytest.mark.parametrize("variables", [{"idx": 1}, {"idx": None}, {"idx": ["a"]}, {"idx": "1"}])
def test_variables_that_are_no_texts_do_no_harm(path: Path, variables: dict[str, object]) -> None:
    with Archive.open(path) as archive:
        archive.connection.execute(
            "update hits set template_variables = ?", [json.dumps(variables)]
        )
        assert Compaction(archive).run().compacted == COUNT


def test_the_rows_of_answers_stay_unless_the_question_changes(path: Path) -> None:
    document = answers.build([("answer", "a")])
    with writing(path) as writer:
        work = [
            {"AssignmentId": f"3A{n}", "HITId": f"3H{n:02}", "Answer": document} for n in range(9)
        ]
        put(writer, ASSIGNMENTS, *work)

    def made() -> int:
        with Archive.open(path) as archive:
            (count,) = archive.connection.execute("select count(*) from answers").fetchone()
        return int(count)

    with Archive.open(path) as archive:
        answer_table.update(archive)
    assert made() == 9
    with Archive.open(path) as archive:
        Compaction(archive).run()
    assert made() == 9
    with writing(path) as writer:
        put(writer, HITS, hit("3H01", Question=question(1), HITStatus="Disposed"))
    assert made() == 9
    with writing(path) as writer:
        put(writer, HITS, hit("3H01", Question=question(2), HITStatus="Disposed"))
    assert made() == 8
    with Archive.open(path) as archive:
        expand(archive)
    assert made() == 8
