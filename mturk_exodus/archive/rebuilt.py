"""Questions that no source kept, as far as the rest of the archive tells what they were.

HITs of one batch, or of one file and HIT type, were made from one page. If a page of the
requester's own fits their variables and what was answered, it is taken; if not, the names of both
stand for it.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mturk_exodus.questions import question
from mturk_exodus.questions.answering.answers import CROWD_FIELD, UnreadableAnswer, readings
from mturk_exodus.questions.answering.crowd_answers import output_of
from mturk_exodus.questions.form import UnreadableQuestion
from mturk_exodus.questions.templates.rebuilding import Kind, Page, kind_of, of_names, of_page
from mturk_exodus.questions.templates.template import (
    PLACEHOLDER,
    Template,
)

FROM_A_PAGE = "a page of the requester's own that fits its variables"
FROM_NAMES = "the names of its variables and of what was answered"

_MOST_GROUPS = 4096
_MOST_PAGES = 64
_AT_ONCE = 1_000


class Group(NamedTuple):
    """HITs that were made from one page.

    Attributes:
        hit_type_id: theirs.
        batch_id: theirs; None if it is not known.
        file_id: the file that told of them, where no batch is known.
    """

    hit_type_id: str | None
    batch_id: str | None
    file_id: int | None

    @property
    def condition(self) -> str:
        """SQL that says whether a HIT is of the group, so that an index answers it."""
        if self.batch_id is not None:
            return "hits.batch_id = ?2 and hits.hit_type_id is ?1 and ?3 is null"
        file = "hits.file_id = ?3" if self.file_id is not None else "?3 is null"
        return f"{file} and hits.hit_type_id is ?1 and hits.batch_id is ?2"


@dataclass(frozen=True)
class Rebuilt:
    """What stands for a question that no source kept.

    Attributes:
        question: an HTMLQuestion.
        template: what gives it, and those of its group.
        origin: FROM_A_PAGE or FROM_NAMES.
    """

    question: str
    template: Template
    origin: str


class Rebuilder:
    """Puts questions together. It keeps no cursor open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._answered = lru_cache(_MOST_GROUPS)(self._answered_of)
        self._own_page = lru_cache(_MOST_PAGES)(self._own_page_of)
        self._page_of_names = lru_cache(_MOST_PAGES)(_page_of_names)

    def rebuilt(
        self, hit_id: str, title: str | None, variables: Mapping[str, str]
    ) -> Rebuilt | None:
        """What stands for the question of a HIT; None if nothing is known of it."""
        group = self._group_of(hit_id)
        page, origin = self._own_page(group), FROM_A_PAGE
        text = None if page is None else page.question(variables)
        if page is None or text is None:
            page, origin = self._named(group, title, variables), FROM_NAMES
            text = None if page is None else page.question(variables)
        return None if page is None or text is None else Rebuilt(text, page.template, origin)

    def _named(self, group: Group, title: str | None, variables: Mapping[str, str]) -> Page | None:
        answered = self._answered(group)
        if not variables and not answered:
            return None
        kinds = tuple((name, kind_of(value)) for name, value in variables.items())
        return self._page_of_names(title or "HIT", kinds, answered)

    def _group_of(self, hit_id: str) -> Group:
        row = self._connection.execute(
            "select hit_type_id, batch_id, iif(batch_id is null, file_id, null) from hits"
            " where hit_id = ?",
            [hit_id],
        ).fetchone()
        return Group(*row)

    def _answered_of(self, group: Group) -> tuple[str, ...]:
        """What was answered in a group, in an order that does not depend on who answered."""
        rowids = array("q")
        for (rowid,) in self._connection.execute(_WORK.format(group.condition), group):
            rowids.append(rowid)
        names: set[str] = set()
        for start in range(0, len(rowids), _AT_ONCE):
            some = json.dumps(rowids[start : start + _AT_ONCE].tolist())
            for (document,) in self._connection.execute(_ANSWERS, [some]):
                names.update(_names_in(document))
        return tuple(sorted(names))

    def _own_page_of(self, group: Group) -> Page | None:
        """The one page of the requester's own that fits best; None if none does, or several do."""
        row = self._connection.execute(_VARIABLES.format(group.condition), group).fetchone()
        if row is None:
            return None
        variables = {name: str(value) for name, value in json.loads(row[0]).items()}
        answered = frozenset(self._answered(group))
        found: dict[tuple[int, int], list[Page]] = defaultdict(list)
        for content in self._contents(row[0]):
            names = {*PLACEHOLDER.findall(content)}
            page = of_page(content, names)
            unknown = _unknown(page, variables, answered) if names <= variables.keys() else None
            if unknown is not None:
                found[unknown, len(variables) - len(names)].append(page)
        best = found[min(found)] if found else []
        return best[0] if len(best) == 1 else None

    def _contents(self, variables: str) -> Iterator[str]:
        numbers = self._connection.execute(_PAGES, [variables]).fetchall()
        for (rowid,) in numbers:
            (content,) = self._connection.execute(
                "select content from templates where rowid = ?", [rowid]
            ).fetchone()
            yield content


def _unknown(page: Page, variables: Mapping[str, str], answered: AbstractSet[str]) -> int | None:
    """How many of the names that were answered a page does not ask for; None if it asks for none
    of them, or cannot be read.
    """
    text = page.question(variables)
    try:
        fields = {one.name for one in question.read(text).fields} if text is not None else set()
    except UnreadableQuestion:
        return None
    unknown = len(answered - fields)
    return None if text is None or (answered and unknown == len(answered)) else unknown


def _names_in(document: str) -> Iterator[str]:
    """The names under which a document says something."""
    try:
        read = readings(document)
    except UnreadableAnswer:
        return
    for answer, _ in read:
        name, text = answer.question_identifier, answer.free_text
        output = output_of(text) if name == CROWD_FIELD and text is not None else None
        yield from (name,) if output is None else output.elements


def _page_of_names(title: str, kinds: Sequence[tuple[str, Kind]], answered: Sequence[str]) -> Page:
    return of_names(title, dict(kinds), answered)


_WORK = """
    select assignments.rowid from hits join assignments using (hit_id)
    where {} and question is null and question_values is null and answer is not null
"""
_ANSWERS = """
    select answer from assignments where rowid in (select value from json_each(?))
"""
_VARIABLES = """
    select template_variables from hits where {} and template_variables is not null
    order by hit_id limit 1
"""
_PAGES = """
    select rowid from templates where json_array_length(variables) > 0 and content is not null
    and (kind like '%layout' or kind = 'HTMLQuestion') and not exists (
        select 1 from json_each(variables) as needed
        where needed.value not in (select key from json_each(?)))
    order by template_sha256
"""
