"""Questions that no source kept, as far as the rest of the archive tells what they were.

HITs of one batch, or of one file and HIT type, were made from one page. If one page of the
requester's own fits their variables and what was answered, it is taken; if not, the names of both
stand for it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from mturk_exodus.questions import question
from mturk_exodus.questions.answering.answers import CROWD_FIELD, UnreadableAnswer, readings
from mturk_exodus.questions.answering.crowd_answers import output_of
from mturk_exodus.questions.form import Form, UnreadableQuestion
from mturk_exodus.questions.templates.rebuilding import Kind, Page, kind_of, of_names, of_page
from mturk_exodus.questions.templates.template import PLACEHOLDER, Template

FROM_A_PAGE = "a page of the requester's own that fits its variables and answers"
FROM_NAMES = "the names of its variables and of what was answered"

_MOST_GROUPS = 1 << 14
_MOST_PAGES = 64
_MOST_NAMES = 200
"""Names in a page that is made of names. Where a batch has more, each HIT has those of its own."""
_LEAST_KNOWN = 0.8
"""Of the names that were answered: so many at least a page must ask for. Scripts make some more."""
_AT_ONCE = 1_000
_IS_MARKUP = re.compile("[<>&\"']").search
_SPACE = re.compile(r"\s+")


class Group(NamedTuple):
    """HITs that were made from one page.

    Attributes:
        batch_id: theirs; None if it is not known.
        file_id: the file that told of them, where no batch is known.
        hit_type_id: theirs, where no batch is known.
    """

    batch_id: str | None
    file_id: int | None
    hit_type_id: str | None

    @property
    def condition(self) -> str:
        """SQL that says whether a HIT is of the group, so that an index answers it."""
        if self.batch_id is not None:
            return "hits.batch_id = ?1 and ?2 is null and ?3 is null"
        file = "hits.file_id = ?2" if self.file_id is not None else "?2 is null"
        return f"{file} and hits.hit_type_id is ?3 and hits.batch_id is ?1"


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


class Candidate(NamedTuple):
    """A page of the requester's own.

    Attributes:
        rowid: of the table `templates`.
        variables: its own.
    """

    rowid: int
    variables: frozenset[str]


def named(template_variables: str) -> dict[str, str]:
    """A HIT's `template_variables` as what its page is filled with."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in json.loads(template_variables).items()
    }


class Rebuilder:
    """Puts questions together. It keeps no cursor open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._answered = lru_cache(_MOST_GROUPS)(self._answered_of)
        self._own_page = lru_cache(_MOST_GROUPS)(self._own_page_of)
        self._page = lru_cache(_MOST_PAGES)(self._page_of)
        self._fields = lru_cache(_MOST_GROUPS)(self._fields_of)
        self._page_of_names = lru_cache(_MOST_PAGES)(_page_of_names)

    def of_hit(self, hit_id: str) -> Rebuilt | None:
        """As rebuilt(), of a HIT of the archive."""
        row = self._connection.execute(
            "select title, template_variables from hits where hit_id = ?", [hit_id]
        ).fetchone()
        if row is None:
            return None
        documents = self._connection.execute(
            "select answer from assignments where hit_id = ? and answer is not null", [hit_id]
        )
        variables = named(row[1]) if row[1] is not None else {}
        return self.rebuilt(hit_id, row[0], variables, [answer for (answer,) in documents])

    def rebuilt(
        self,
        hit_id: str,
        title: str | None,
        variables: Mapping[str, str],
        documents: Sequence[str],
    ) -> Rebuilt | None:
        """What stands for the question of a HIT; None if nothing is known of it.

        Args:
            hit_id: the HIT's.
            title: the HIT's.
            variables: what its page was filled with.
            documents: what was answered to it.
        """
        group = self._group_of(hit_id)
        own = frozenset(_names_in(documents))
        rowid = self._own_page(group)
        if rowid is not None and _share_known(own, self._fields(rowid)) >= _LEAST_KNOWN:
            page = self._page(rowid)
            text = page.question(variables)
            if text is not None and (_is_tame(variables) or self._is_sound(text, rowid)):
                return Rebuilt(text, page.template, FROM_A_PAGE)
        return self._named(group, title, variables, own)

    def _named(
        self,
        group: Group,
        title: str | None,
        variables: Mapping[str, str],
        own: AbstractSet[str],
    ) -> Rebuilt | None:
        answered = self._answered(group)
        names = answered if len(answered) <= _MOST_NAMES else sorted(own)[:_MOST_NAMES]
        if not variables and not names:
            return None
        kinds = tuple((name, kind_of(value)) for name, value in variables.items())
        page = self._page_of_names(title or "HIT", kinds, tuple(names))
        text = page.question(variables)
        return None if text is None else Rebuilt(text, page.template, FROM_NAMES)

    def _group_of(self, hit_id: str) -> Group:
        batch_id, file_id, hit_type_id = self._connection.execute(
            "select batch_id, file_id, hit_type_id from hits where hit_id = ?", [hit_id]
        ).fetchone()
        if batch_id is not None:
            return Group(batch_id, None, None)
        return Group(None, file_id, hit_type_id)

    def _answered_of(self, group: Group) -> tuple[str, ...]:
        """What was answered in a group, in an order that does not depend on who answered; no more
        than a page of names can have, and one.
        """
        rowids = array("q")
        for (rowid,) in self._connection.execute(_WORK.format(group.condition), group):
            rowids.append(rowid)
        names: set[str] = set()
        for start in range(0, len(rowids), _AT_ONCE):
            some = json.dumps(rowids[start : start + _AT_ONCE].tolist())
            documents = self._connection.execute(_ANSWERS, [some]).fetchall()
            names.update(_names_in(document for (document,) in documents))
            if len(names) > _MOST_NAMES:
                break
        return tuple(sorted(names)[: _MOST_NAMES + 1])

    def _own_page_of(self, group: Group) -> int | None:
        """The one page of the requester's own that fits best; None if none does, or several do."""
        row = self._connection.execute(_VARIABLES.format(group.condition), group).fetchone()
        if row is None:
            return None
        variables = frozenset(json.loads(row[0]))
        answered = frozenset(self._answered(group))
        best: list[Candidate] = []
        least = (0.0, 0)
        for one in self._candidates:
            if one.variables <= variables:
                known = _share_known(answered, self._fields(one.rowid))
                rank = (-known, len(variables - one.variables))
                if known >= _LEAST_KNOWN and (not best or rank <= least):
                    best = [*best, one] if rank == least and best else [one]
                    least = rank
        alike = {self._content_of(one.rowid) for one in best[:_MOST_PAGES]}
        return best[0].rowid if len(alike) == 1 else None

    @cached_property
    def _candidates(self) -> list[Candidate]:
        rows = self._connection.execute(_PAGES).fetchall()
        return [Candidate(rowid, frozenset(json.loads(said))) for rowid, said in rows]

    def _content_of(self, rowid: int) -> str:
        """A page, however it is broken into lines."""
        return _SPACE.sub(" ", self._content(rowid)).strip()

    def _content(self, rowid: int) -> str:
        (content,) = self._connection.execute(
            "select content from templates where rowid = ?", [rowid]
        ).fetchone()
        return str(content)

    def _page_of(self, rowid: int) -> Page:
        content = self._content(rowid)
        return of_page(content, PLACEHOLDER.findall(content))

    def _fields_of(self, rowid: int) -> frozenset[str]:
        """The names that a page asks for."""
        content = self._content(rowid)
        names = PLACEHOLDER.findall(content)
        text = of_page(content, names).question(dict.fromkeys(names, "x"))
        return _asked(text) if text is not None else frozenset()

    def _is_sound(self, text: str, rowid: int) -> bool:
        """Whether a page asks for the same still, now that it is filled in."""
        return self._fields(rowid) <= _asked(text)


def _is_tame(variables: Mapping[str, str]) -> bool:
    """Whether no value can change what a page asks for."""
    return not any(map(_IS_MARKUP, variables.values()))


def _asked(text: str) -> frozenset[str]:
    """The names that a question asks for; of elements, what their outputs may be laid out as."""
    try:
        form: Form = question.read(text)
    except UnreadableQuestion:
        return frozenset()
    own = {one.name for one in form.fields}
    return frozenset(own | {f"{one}." for one in own} if form.kind == "crowd" else own)


def _share_known(answered: AbstractSet[str], asked: AbstractSet[str]) -> float:
    """How many of the names that were answered are asked for, of 1. A table may have laid out an
    element's output in columns `element.member`.
    """
    if not answered:
        return 1.0
    known = sum(name in asked or any(one in asked for one in _owners(name)) for name in answered)
    return known / len(answered)


def _owners(name: str) -> Iterator[str]:
    owner = name
    while "." in owner:
        owner = owner.rpartition(".")[0]
        yield f"{owner}."


def _names_in(documents: Iterable[str]) -> Iterator[str]:
    """The names under which documents say something."""
    for document in documents:
        try:
            read = readings(document)
        except UnreadableAnswer:
            continue
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
_ANSWERS = "select answer from assignments where rowid in (select value from json_each(?))"
_VARIABLES = """
    select template_variables from hits where {} and template_variables is not null
    order by hit_id limit 1
"""
_PAGES = """
    select rowid, variables from templates
    where json_array_length(variables) > 0 and content is not null
    and (kind like '%layout' or kind = 'HTMLQuestion') order by template_sha256
"""
