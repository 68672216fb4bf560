from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.archive.answer_table import Made, check, question_of, rebuild, update
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.questions.answering.answers import build
from mturk_exodus_schema import m0001_records, m0002_files
from tests.mturk_exodus.archive.files_support import Kept, Said, ingest, tell, values

PAGE = "<form>{}</form>"
BOXES = PAGE.format(
    "".join(f'<input type="checkbox" name="q" value="{value}">' for value in ("a", "b"))
)
TEXT = PAGE.format('<input type="text" name="q">')
ALL = "select * from answers order by assignment_id, field, position"


def hit(hit_id: str, question: str | None = None) -> Said:
    wire = {"HITId": hit_id, "HITTypeId": "T1"}
    return Said(HITS, wire if question is None else {**wire, "Question": question})


def assignment(key: str, hit_id: str, answer: str | None, **more: Any) -> Said:  # noqa: ANN401 - members
    wire = {"AssignmentId": key, "HITId": hit_id, "WorkerId": "W1", **more}
    return Said(ASSIGNMENTS, wire if answer is None else {**wire, "Answer": answer})


def html(page: str) -> str:
    return f"<HTMLQuestion><HTMLContent><![CDATA[{page}]]></HTMLContent></HTMLQuestion>"


JOINED = build([("q", "a|b")])


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    """Four assignments; one of a HIT that was asked for its choices, one that cannot be read."""
    with Archive.create(path) as made:
        records = [
            hit("H1", html(BOXES)),
            hit("H2", "no question"),
            assignment("A1", "H1", JOINED),
            assignment("A2", "H2", JOINED),
            assignment("A3", "H2", "<broken"),
            assignment("A4", "H2", None),
        ]
        tell(made, records)
        yield made


SPLIT = [("A1", "q", 0, "a", "text", "form"), ("A1", "q", 1, "b", "text", "form")]
UNSPLIT = [("A2", "q", 0, "a|b", "text", "unsplit")]


def test_the_rows_are_what_the_answers_say(archive: Archive) -> None:
    seen: list[Made] = []
    assert rebuild(archive, seen.append) == Made(assignments=4, rows=3, unreadable=1)
    assert seen == [Made(4, 3, 1)]
    assert values(archive, ALL) == SPLIT + UNSPLIT
    assert values(archive, "select * from unreadable_answers") == [
        ("A3", "is not XML that can be read (ParseError)")
    ]
    assert list(check(archive)) == []


def test_what_is_there_is_not_made_again(archive: Archive) -> None:
    assert update(archive).assignments == 4
    assert update(archive) == Made()
    tell(archive, [assignment("A5", "H1", build([("q", "x")]))])
    assert update(archive) == Made(assignments=1, rows=1)
    assert list(check(archive)) == []


def test_rows_of_a_document_that_changed_are_made_again(archive: Archive) -> None:
    update(archive)
    tell(archive, [assignment("A2", "H2", build([("q", "x")]))])
    assert values(archive, ALL) == SPLIT
    assert update(archive) == Made(assignments=1, rows=1)
    assert values(archive, ALL) == [*SPLIT, ("A2", "q", 0, "x", "text", "exact")]


def test_rows_of_a_hit_that_another_question_is_known_of_are_made_again(archive: Archive) -> None:
    update(archive)
    tell(archive, [hit("H2", html(TEXT))])
    assert values(archive, ALL) == SPLIT
    assert update(archive) == Made(assignments=3, rows=1, unreadable=1)
    assert values(archive, ALL) == [*SPLIT, ("A2", "q", 0, "a|b", "text", "form")]


def test_a_change_of_something_else_is_none(archive: Archive) -> None:
    update(archive)
    tell(archive, [assignment("A1", "H1", JOINED, AssignmentStatus="Approved")])
    assert values(archive, "select assignment_status from assignments limit 1") == [("Approved",)]
    assert update(archive) == Made()


def test_doubts_of_a_table_count(archive: Archive) -> None:
    said = assignment("B1", "H9", build([("e.on", "true")]), AnswerDoubts={"dotted": ["e.on"]})
    ingest(archive, Kept("file", "site", (said,)))
    update(archive)
    assert values(archive, ALL)[-1] == ("B1", "e.on", 0, "true", "boolean", "flattened")


def test_an_interrupted_rebuild_goes_on(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild(archive)
    whole = values(archive, ALL)
    monkeypatch.setattr(answer_table, "_AT_ONCE", 1)

    def stop(made: Made) -> None:
        if made.assignments == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(archive, stop)
    assert 0 < len(values(archive, ALL)) < 4
    assert list(check(archive)) == []
    assert update(archive).assignments == 2
    assert values(archive, ALL) == whole


def test_other_rules_make_all_rows_anew(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    update(archive)
    with archive.transaction():
        archive.connection.execute("update answers set value = 'old'")
    assert update(archive) == Made()
    monkeypatch.setattr(answer_table, "RULES", "later")
    assert list(check(archive)) == []
    assert update(archive).assignments == 4
    assert values(archive, ALL) == SPLIT + UNSPLIT


@pytest.mark.parametrize(
    "damage",
    [
        "update answers set value = 'c' where position = 1",
        "update answers set certainty = 'exact' where position = 1",
        "delete from answers where position = 1",
        "insert into answers values ('A1', 'q', 2, 'c', 'text', 'form')",
        "delete from answers_made where assignment_id = 'A1'",
        "update answers_made set unreadable = 'x' where assignment_id = 'A1'",
    ],
)
def test_rows_that_do_not_follow_are_found(archive: Archive, damage: str) -> None:
    update(archive)
    with archive.transaction():
        archive.connection.execute(damage)
    assert list(check(archive)) == ["A1: its rows are not what its answer says"]


def test_a_question_is_read_from_one_place(archive: Archive) -> None:
    assert question_of(archive, "H1") == html(BOXES)
    assert question_of(archive, "H9") is None


def test_the_forms_that_are_kept_are_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_table, "_MOST_FORMS", 2)
    with Archive.create(path) as archive:
        pages = [html(f"{BOXES}<p>{number % 4}</p>") for number in range(9)]
        tell(archive, [hit(f"H{number}", page) for number, page in enumerate(pages)])
        tell(archive, [assignment(f"A{number}", f"H{number}", JOINED) for number in range(9)])
        assert update(archive) == Made(assignments=9, rows=18)
        assert {row[5] for row in values(archive, ALL)} == {"form"}


def test_the_invented_account_is_understood(path: Path) -> None:
    with Archive.create(path) as archive:
        fill(archive, synthesize(7, hits=60))
        made = update(archive)
        assert made.unreadable == 0
        assert made.rows > made.assignments > 60
        assert list(check(archive)) == []
        first = values(archive, ALL)
        assert rebuild(archive) == made
        assert values(archive, ALL) == first
        kinds = {row[4] for row in first}
        assert {"text", "box", "text_span", "segmentation", "file", "selection"} <= kinds


def test_an_archive_of_the_format_before_gets_the_table(path: Path) -> None:
    with Archive.create(path.with_name("new.db")) as new:
        fill(new, synthesize(3, hits=12))
        update(new)
        wanted = values(new, ALL)
    before = Database(path)
    old = Migrations("mturk_exodus")
    old(name="m0001_records")(m0001_records.upgrade)
    old(name="m0002_files")(m0002_files.upgrade)
    old.apply(before)
    before.conn.execute("attach ? as new", [str(path.with_name("new.db"))])
    for table in ("runs", "hit_types", "hits", "assignments"):
        info = before.conn.execute(f"select name from pragma_table_info('{table}')")  # noqa: S608 - our own names
        names = ", ".join(name for (name,) in info)
        before.conn.execute(f"insert into {table} ({names}) select {names} from new.{table}")  # noqa: S608 - our own names
    before.conn.commit()
    before.close()
    assert Archive.upgrade(path) is not None
    with Archive.open(path) as archive:
        assert values(archive, ALL) == []
        update(archive)
        assert values(archive, ALL) == wanted
