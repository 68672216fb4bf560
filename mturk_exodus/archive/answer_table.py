"""The table `answers`, which follows from the assignments' documents and what their HITs asked.

It can be emptied at any time and comes out the same. The archive itself takes away the rows of an
assignment whose document or question changes (triggers of step m0003), so what is to be made is
what `answers_made` lacks.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import HITS
from mturk_exodus.questions import question
from mturk_exodus.questions.answering.answer_rows import AnswerRow, rows_with
from mturk_exodus.questions.answering.answers import UnreadableAnswer
from mturk_exodus.questions.form import Form, UnreadableQuestion

RULES = "2"
"""Which rules the rows are made by. Whoever changes what comes out of a document raises it."""

_RULES_OF_THE_TABLE = "answers.rules"
_AT_ONCE = 5_000
_MOST_FORMS = 256


@dataclass(frozen=True)
class Made:
    """How much has been made.

    Attributes:
        assignments: that were looked at.
        rows: values in them.
        unreadable: assignments whose answer cannot be read.
    """

    assignments: int = 0
    rows: int = 0
    unreadable: int = 0


Progress = Callable[[Made], None]


class _Assignment(NamedTuple):
    rowid: int
    assignment_id: str
    hit_id: str
    answer: str | None
    answer_doubts: str | None


_COLUMNS = "assignments.rowid, assignment_id, hit_id, answer, answer_doubts"
_TO_MAKE = f"""
    select {_COLUMNS} from assignments where rowid > ? and not exists (select 1 from answers_made
        where answers_made.assignment_id = assignments.assignment_id)
    order by rowid limit ?
"""
_HELD = "select field, position, value, value_type, certainty from answers where assignment_id = ?"


def question_of(archive: Archive, hit_id: str) -> str | None:
    """What a HIT asks, whole, wherever the archive keeps it; None if it is not known."""
    row = archive.connection.execute(
        f"select {HITS.selected(['question'])} from hits where hit_id = ?", [hit_id]
    ).fetchone()
    return None if row is None else row[0]


class _Forms:
    """What HITs ask. The last ones are kept: assignments of a HIT stand together."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._by_digest: OrderedDict[bytes, Form | None] = OrderedDict()
        self._last: tuple[str, Form | None] | None = None

    def of(self, hit_id: str) -> Form | None:
        """The form of a HIT; None if it is not known, or cannot be read."""
        if self._last is None or self._last[0] != hit_id:
            self._last = (hit_id, self._form(question_of(self._archive, hit_id)))
        return self._last[1]

    def _form(self, text: str | None) -> Form | None:
        if text is None:
            return None
        digest = sha256(text.encode()).digest()
        if digest in self._by_digest:
            self._by_digest.move_to_end(digest)
            return self._by_digest[digest]
        self._by_digest[digest] = form = _read(text)
        if len(self._by_digest) > _MOST_FORMS:
            self._by_digest.popitem(last=False)
        return form


def _read(text: str) -> Form | None:
    try:
        return question.read(text)
    except UnreadableQuestion:
        return None


def is_made(archive: Archive) -> bool:
    """Whether there are rows, made by the rules that hold."""
    made = archive.connection.execute("select exists (select 1 from answers_made)").fetchone()
    return archive.info(_RULES_OF_THE_TABLE) == RULES and bool(made[0])


def rebuild(archive: Archive, progress: Progress = lambda _: None) -> Made:
    """Make all rows anew. What is interrupted goes on with `update`."""
    with archive.transaction():
        archive.connection.execute("delete from answers")
        archive.connection.execute("delete from answers_made")
        archive.set_info(_RULES_OF_THE_TABLE, RULES)
    return update(archive, progress)


def update(archive: Archive, progress: Progress = lambda _: None) -> Made:
    """Make the rows that are not there; all of them, if other rules made those that are."""
    if archive.info(_RULES_OF_THE_TABLE) != RULES:
        return rebuild(archive, progress)
    forms, made, last = _Forms(archive), Made(), -1
    while batch := _to_make(archive, last):
        with archive.transaction():
            made = _make(archive, forms, batch, made)
        last = batch[-1].rowid
        progress(made)
    return made


def _to_make(archive: Archive, last: int) -> list[_Assignment]:
    found = archive.connection.execute(_TO_MAKE, [last, _AT_ONCE])
    return [_Assignment(*row) for row in found]


def _make(archive: Archive, forms: _Forms, batch: list[_Assignment], made: Made) -> Made:
    values: list[tuple[str, str, int, str | None, str, str]] = []
    outcomes: list[tuple[str, str | None]] = []
    for assignment in batch:
        rows, reason = _derived(forms, assignment)
        key = assignment.assignment_id
        outcomes.append((key, reason))
        values += [
            (key, row.field, row.position, row.value, row.value_type, row.certainty) for row in rows
        ]
    # In the table's own order: it is far larger than what SQLite keeps in memory.
    archive.connection.executemany("insert into answers values (?, ?, ?, ?, ?, ?)", sorted(values))
    archive.connection.executemany("insert into answers_made values (?, ?)", sorted(outcomes))
    return Made(
        made.assignments + len(batch),
        made.rows + len(values),
        made.unreadable + sum(reason is not None for _, reason in outcomes),
    )


def _derived(forms: _Forms, assignment: _Assignment) -> tuple[list[AnswerRow], str | None]:
    """The rows of an assignment, or why there are none."""
    if assignment.answer is None:
        return [], None
    doubts = None if assignment.answer_doubts is None else json.loads(assignment.answer_doubts)
    try:
        return rows_with(assignment.answer, lambda: forms.of(assignment.hit_id), doubts), None
    except UnreadableAnswer as error:
        return [], str(error)


def check(archive: Archive) -> Iterator[str]:
    """Assignments whose rows are not those that follow, a line each; rows of other rules are not
    looked at.
    """
    if archive.info(_RULES_OF_THE_TABLE) != RULES:
        return
    forms = _Forms(archive)
    made = archive.connection.execute(
        f"select {_COLUMNS}, answers_made.assignment_id is not null, unreadable"
        " from assignments left join answers_made using (assignment_id) order by assignments.rowid"
    )
    for *columns, is_made, unreadable in made:
        assignment = _Assignment(*columns)
        held = {
            AnswerRow(*row) for row in archive.connection.execute(_HELD, [assignment.assignment_id])
        }
        rows, reason = _derived(forms, assignment) if is_made else ([], None)
        if held != set(rows) or unreadable != reason:
            yield f"{assignment.assignment_id}: its rows are not what its answer says"
