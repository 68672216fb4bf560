"""Stores what the questions of many HITs have in common once. Nothing is lost: see `whole.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from mturk_exodus.archive import whole
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.failures import explained
from mturk_exodus.archive.tables import HITS, digest_of
from mturk_exodus.errors import ArchiveDamaged, Interrupted
from mturk_exodus.questions.templates.naming import KnownTemplate
from mturk_exodus.questions.templates.recovery import Fit, Recovery, recover
from mturk_exodus.questions.templates.template import Matcher, Template

HITS_AT_ONCE = 500
_WORTH_IT = 64
"""Bytes that a HIT must become smaller by."""

_LAYOUT = "coalesce(hit_layout_id, hit_type_id)"
"""What HITs of one page share: a layout's id, or else the type's."""

_WHOLE = "question is not null and question_template_id is null"
_MOST_TRIED = 64


Fitting = Callable[[str, Mapping[str, str] | None], Fit | None]


@dataclass
class Report:
    """What became of the HITs' questions.

    Attributes:
        compacted: HITs that are stored as a template and values now.
        whole: HITs that are not, by reason.
        templates: how many templates were made or used.
        bytes_before: of the file.
        bytes_after: of the file.
    """

    compacted: int = 0
    whole: dict[str, int] = field(default_factory=dict)
    templates: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def left_whole(self, why: str) -> None:
        """Count a HIT."""
        self.whole[why] = self.whole.get(why, 0) + 1


class _Hit(NamedTuple):
    hit_id: str
    question: str
    raw: str
    raw_sha256: str
    template_variables: str | None


@dataclass
class Compaction:
    """Compacts an archive. Call it inside `archive.writing()` alone.

    Attributes:
        observe: told how many HITs were looked at.
        stopped: asked whether to stop; what was compacted by then stays so.
    """

    archive: Archive
    observe: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report)
    _template_ids: dict[str, int] = field(default_factory=dict)

    def run(self) -> Report:
        """Compact every HIT whose question is stored whole, and give the disk its space back.

        Raises:
            Interrupted: it was stopped.
            ArchiveDamaged: a HIT did not come out as it went in; it was left whole.
            ArchiveNotWritable: the disk is full.
        """
        self.report.bytes_before = _size(self.archive)
        known = list(_known(self.archive))
        layouts = self.archive.connection.execute(
            f"select distinct {_LAYOUT} as layout from hits where {_WHOLE} order by layout"
        ).fetchall()
        for (layout,) in layouts:
            self._compact_layout(layout, known)
        self.report.templates = len(self._template_ids)
        _vacuum(self.archive)
        self.report.bytes_after = _size(self.archive)
        return self.report

    def _compact_layout(self, layout: str | None, known: Sequence[KnownTemplate]) -> None:
        """First by templates that HITs of this layout have already, then by new ones."""
        held = _Held(_templates_of(self.archive, layout))
        if held.templates:
            self._compact_by(held.fit, layout)

        def questions() -> Iterator[tuple[str, str]]:
            for pair in _questions(self.archive, layout):
                self._go_on()
                yield pair

        recovery = recover(questions, known, _Variables(self.archive, layout))
        self._compact_by(recovery.fit, layout)
        for _, question in questions():
            self.report.left_whole(_why(recovery, question))

    def _compact_by(self, fit: Fitting, layout: str | None) -> None:
        hits = _hits(self.archive, layout)
        while some := list(islice(hits, HITS_AT_ONCE)):
            with self.archive.transaction():
                for hit in some:
                    self._go_on()
                    self._compact(hit, fit)
            self.observe(self.report.compacted)

    def _go_on(self) -> None:
        if self.stopped():
            raise Interrupted("stopped; what was compacted by then is")

    def _compact(self, hit: _Hit, fit: Fitting) -> None:
        found = fit(hit.question, _texts(hit.template_variables))
        if found is None or not _is_sound(hit) or not _pays(hit.question, found.values):
            return
        told = _told(found.values)
        template_id = self._template_id(found.template)
        cut = whole.cut_out(hit.raw, template_id, hit.question)
        raw, spelling = cut or (hit.raw, None)
        self.archive.connection.execute(
            "update hits set question = null, raw = ?, question_template_id = ?,"
            " question_values = ?, question_spelling = ? where hit_id = ?",
            [raw, template_id, told, spelling, hit.hit_id],
        )
        self._check(hit)
        self.report.compacted += 1

    def _check(self, hit: _Hit) -> None:
        """Read it as every reader will; the transaction is undone if it is not what it was."""
        question, raw = self.archive.connection.execute(
            f"select {HITS.selected(('question', 'raw'))} from hits where hit_id = ?", [hit.hit_id]
        ).fetchone()
        if question != hit.question or digest_of(raw) != hit.raw_sha256:
            raise ArchiveDamaged(
                f"HIT {hit.hit_id} did not come out as it went in, so it was left as it is;"
                " please report it"
            )

    def _template_id(self, template: Template) -> int:
        digest = template.digest
        if digest not in self._template_ids:
            self._template_ids[digest] = _stored(self.archive, template)
        return self._template_ids[digest]


class _Held:
    """Templates that the archive has already."""

    def __init__(self, templates: Sequence[Template]) -> None:
        self.templates = templates
        self._matchers = [Matcher(template.parts) for template in templates]

    def fit(self, question: str, _given: Mapping[str, str] | None = None) -> Fit | None:
        """The first of them that gives a question byte for byte."""
        for template, matcher in zip(self.templates, self._matchers, strict=True):
            values = matcher.values(question)
            if values is not None and template.render(values) == question:
                return Fit(template, tuple(values))
        return None


def _templates_of(archive: Archive, layout: str | None) -> list[Template]:
    ids = archive.connection.execute(
        f"select question_template_id from hits where {_LAYOUT} is ?"
        " and question_template_id is not null group by 1 order by count(*) desc limit ?",
        [layout, _MOST_TRIED],
    ).fetchall()
    return [whole.stored(archive.connection, template_id) for (template_id,) in ids]


def _is_sound(hit: _Hit) -> bool:
    """Whether the record is the one that was stored, and SQL can hold its question.

    SQL's text functions, which the view `questions` is made of, end at a NUL.
    """
    return "\0" not in hit.question and digest_of(hit.raw) == hit.raw_sha256


def _pays(question: str, values: Sequence[str]) -> bool:
    return len(question.encode()) - len(_told(values).encode()) >= _WORTH_IT


def _told(values: Sequence[str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _why(recovery: Recovery, question: str) -> str:
    """Why a HIT was left whole."""
    found = None if "\0" in question else recovery.fit(question)
    if found is None:
        return "no template gives it back byte for byte"
    if not _pays(question, found.values):
        return "it would not become smaller"
    return "its record is damaged, as `exodus verify` says"


def _texts(template_variables: str | None) -> dict[str, str] | None:
    """The variables that are texts, as a page is filled in with texts."""
    given = json.loads(template_variables or "null")
    if not isinstance(given, dict):
        return None
    return {name: value for name, value in given.items() if isinstance(value, str)}


def expand(archive: Archive) -> int:
    """Store every HIT's question whole again; how many there were."""
    with archive.transaction():
        return expand_all(archive)


def expand_all(archive: Archive) -> int:
    """The same inside a transaction."""
    # A trigger sees that raw was written, and takes the template off the row.
    count: int = archive.connection.execute(
        f"update hits set question = {HITS.selected(['question'])},"
        f" raw = {HITS.selected(['raw'])} where question_template_id is not null"
    ).rowcount
    archive.connection.execute("delete from question_parts")
    archive.connection.execute("delete from question_templates")
    return count


def _hits(archive: Archive, layout: str | None) -> Iterator[_Hit]:
    """Those that are whole, by id; others are written meanwhile."""
    last = ""
    while True:
        rows = archive.connection.execute(
            f"select {', '.join(_Hit._fields)} from hits where {_WHOLE}"
            f" and {_LAYOUT} is ? and hit_id > ? order by hit_id limit {HITS_AT_ONCE}",
            [layout, last],
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield from (_Hit(*row) for row in rows)


def _questions(archive: Archive, layout: str | None) -> Iterator[tuple[str, str]]:
    cursor = archive.connection.execute(
        f"select hit_id, question from hits where {_WHOLE} and {_LAYOUT} is ? order by hit_id",
        [layout],
    )
    yield from cursor


class _Variables(Mapping[str, Mapping[str, str]]):
    """By HIT: its template variables; only those of batch files are known."""

    def __init__(self, archive: Archive, layout: str | None) -> None:
        self._connection = archive.connection
        self._where = f"template_variables is not null and {_LAYOUT} is ?"
        self._layout = layout

    def __getitem__(self, hit_id: str) -> Mapping[str, str]:
        row = self._connection.execute(
            f"select template_variables from hits where {self._where} and hit_id = ?",
            [self._layout, hit_id],
        ).fetchone()
        if row is None:
            raise KeyError(hit_id)
        return _texts(row[0]) or {}

    def __iter__(self) -> Iterator[str]:
        for (hit_id,) in self._connection.execute(
            f"select hit_id from hits where {self._where} order by hit_id", [self._layout]
        ):
            yield hit_id

    def __len__(self) -> int:
        (count,) = self._connection.execute(
            f"select count(*) from hits where {self._where}", [self._layout]
        ).fetchone()
        return int(count)


def _known(archive: Archive) -> Iterable[KnownTemplate]:
    rows = archive.connection.execute(
        "select name, content from templates where content is not null order by template_sha256"
    )
    for name, content in rows:
        yield KnownTemplate(name, content)


def _stored(archive: Archive, template: Template) -> int:
    connection = archive.connection
    held = connection.execute(
        "select question_template_id from question_templates where digest = ?", [template.digest]
    ).fetchone()
    if held is not None:
        return int(held[0])
    template_id = connection.execute(
        "insert into question_templates (digest, names, escapings) values (?, ?, ?)",
        [template.digest, json.dumps(template.names), json.dumps(template.escapings)],
    ).lastrowid
    if template_id is None:
        raise RuntimeError("SQLite gave the template no number")
    connection.executemany(
        "insert into question_parts values (?, ?, ?, ?)",
        [(template_id, position, *row) for position, row in enumerate(template.rows())],
    )
    return template_id


def _vacuum(archive: Archive) -> None:
    with explained(archive.path):
        archive.connection.execute("vacuum")
        archive.connection.execute("pragma wal_checkpoint(truncate)")


def _size(archive: Archive) -> int:
    """With what a reader that is there keeps SQLite from moving into the file."""
    wal = archive.path.with_name(f"{archive.path.name}-wal")
    return archive.path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
