"""An archive as adapters see it: tasks, workers, and what belongs to neither."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from mturk_exodus import errors, records
from mturk_exodus.archive import whole
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.pseudonym import PSEUDONYM_KEY, pseudonym
from mturk_exodus.archive.rebuilt import Rebuilder, named
from mturk_exodus.archive.selection import Selection
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    REVIEW_REPORTS,
    TABLES,
    Table,
)
from mturk_exodus.questions.templates.template import Template
from mturk_exodus.replay.adapter import Task

Record = TypeVar("Record")

_AT_ONCE = 250
_TEMPLATES_REMEMBERED = 32
_OF_TASKS = {"assignments", "bonus_payments", "review_reports"}


_ORDER = "hit_type_id is null, hit_type_id, question_template_id, hit_id"


class ArchiveReader:
    """A RecordReader over an archive. It reads in small portions and holds no cursor open, so
    that whoever writes meanwhile is not kept waiting.

    Raises:
        NoSuchRecord: nothing of what was chosen by its id is there.
    """

    def __init__(self, archive: Archive, selection: Selection | None = None) -> None:
        self._archive = archive
        self._connection = archive.connection
        self._selection = selection or Selection()
        self._key = bytes.fromhex(archive.info(PSEUDONYM_KEY))
        self._template = lru_cache(_TEMPLATES_REMEMBERED)(
            lambda number: whole.stored(self._connection, number)
        )
        self._rebuilder = Rebuilder(self._connection)
        for one in self._selection.only:
            self._look_for(one)
        self._chosen, self._parameters = self._selection.hits(), self._selection.parameters()
        if self._selection.limit is not None:
            self._take_the_first(self._selection.limit)

    @property
    def archive_id(self) -> str:
        """What tells the archive from every other."""
        return self._archive.archive_id

    def hit_types(self) -> Iterator[str | None]:
        """Ids of the HIT types that have tasks, and None at the end for HITs without one."""
        rows = self._of_hits("select distinct hit_type_id", "order by hit_type_id is null, 1")
        return (hit_type_id for (hit_type_id,) in rows)

    def number_of_tasks(self) -> int:
        """How many HITs are chosen."""
        ((count,),) = self._of_hits("select count(*)")
        return int(count)

    def tasks(self, hit_type_id: str | None) -> Iterator[Task]:
        """The HITs of a type; those of one template come together."""
        rowids = array("q")
        for (rowid,) in self._connection.execute(
            f"select rowid from hits where hit_type_id is :hit_type_id and {self._chosen}"
            " order by question_template_id, hit_id",
            {**self._parameters, "hit_type_id": hit_type_id},
        ):
            rowids.append(rowid)
        for start in range(0, len(rowids), _AT_ONCE):
            yield from self._tasks(rowids[start : start + _AT_ONCE])

    def workers(self) -> Iterator[str]:
        """The ids of all workers who have an assignment among the tasks."""
        rows = self._connection.execute(
            "select distinct worker_id from assignments where worker_id is not null"
            f" and {self._selection.assignments()} and {self._of_chosen} order by worker_id",
            self._parameters,
        )
        return (worker_id for (worker_id,) in rows.fetchall())

    def pseudonym(self, worker_id: str) -> str:
        """What stands for a worker: 16 letters and digits in lower case."""
        return pseudonym(self._key, worker_id)

    def every(self, record: type[Record]) -> Iterator[Record]:
        """Records that belong to no task."""
        table = next(one for one in TABLES if one.record is record)
        names = [name for name, _ in records.members(record)]
        last = 0
        while True:
            rows = self._connection.execute(
                f"select rowid, {table.selected(names)} from {table.name} where rowid > ?"
                f" order by rowid limit {_AT_ONCE}",
                [last],
            ).fetchall()
            yield from (record(**dict(zip(names, row[1:], strict=True))) for row in rows)
            if not rows:
                return
            last = rows[-1][0]

    def number_of_uploads(self) -> int:
        """How many files of workers there are."""
        (count,) = self._connection.execute("select count(*) from uploads").fetchone()
        return int(count)

    def filled(self, table: Table) -> Mapping[str, int]:
        """In how many of a table's chosen records each column says something."""
        names = [name for name, _ in records.members(table.record)]
        # A compacted question is one, too.
        columns = {"question": "coalesce(question, question_values)"} if table is HITS else {}
        counted = ", ".join(f"count({columns.get(name, name)})" for name in names)
        row = self._connection.execute(
            f"select {counted} from {table.name} where {self._where(table)}", self._parameters
        ).fetchone()
        return dict(zip(names, row, strict=True))

    def examples(self, table: Table, column: str, count: int) -> list[str]:
        """Ids of some records in which a column says something; a worker's is a pseudonym."""
        key = table.key[0]
        stored = "coalesce(question, question_values)" if column == "question" else column
        rows = self._connection.execute(
            f"select {key} from {table.name} where {self._where(table)} and {stored} is not null"
            f" order by 1 limit {int(count)}",
            self._parameters,
        )
        ids = [str(one) for (one,) in rows]
        return [self.pseudonym(one) for one in ids] if key == "worker_id" else ids

    def _look_for(self, chosen: str) -> None:
        found = self._connection.execute(
            "select 1 from hits where hit_type_id = ?1 or batch_id = ?1 limit 1", [chosen]
        ).fetchone()
        if found is None:
            raise errors.NoSuchRecord(
                f"the archive holds no HIT of a HIT type or a batch {chosen!r}"
            )

    def _take_the_first(self, limit: int) -> None:
        rows = self._connection.execute(
            f"select rowid from hits where {self._chosen} order by {_ORDER} limit {int(limit)}",
            self._parameters,
        )
        self._parameters = {"rowids": json.dumps([rowid for (rowid,) in rows])}
        self._chosen = "rowid in (select value from json_each(:rowids))"

    @property
    def _of_chosen(self) -> str:
        """SQL that says whether something is of a chosen HIT."""
        if self._chosen == "true":
            return "true"
        return f"hit_id in (select hit_id from hits where {self._chosen})"

    def _where(self, table: Table) -> str:
        if table is HITS:
            return self._chosen
        if table.name not in _OF_TASKS:
            return "true"
        status = self._selection.assignments() if table is ASSIGNMENTS else "true"
        return f"{self._of_chosen} and {status}"

    def _of_hits(self, select: str, order: str = "") -> list[tuple[Any, ...]]:
        return self._connection.execute(
            f"{select} from hits where {self._chosen} {order}", self._parameters
        ).fetchall()

    def _tasks(self, rowids: Sequence[int]) -> Iterator[Task]:
        names = (*_HIT_FIELDS, "question_template_id", "question_values")
        numbers = json.dumps(list(rowids))
        rows = self._connection.execute(
            f"select rowid, {HITS.selected(names)} from hits"
            " where rowid in (select value from json_each(?))",
            [numbers],
        ).fetchall()
        hits = {row[0]: row[1:] for row in rows}
        work = self._rows(ASSIGNMENTS, numbers, self._selection.assignments(), "submit_time")
        bonuses = self._rows(BONUS_PAYMENTS, numbers, "true", "grant_time, alike, copy")
        reports = self._rows(REVIEW_REPORTS, numbers, "true", "page")
        for rowid in rowids:
            *values, template_id, slots = hits[rowid]
            hit = records.HIT(**dict(zip(_HIT_FIELDS, values, strict=True)))
            template = None if template_id is None else self._template(template_id)
            variables = _variables(hit, template, slots)
            rebuilt = None
            if hit.question is None:
                documents = [one.answer for one in work[hit.hit_id] if one.answer]
                rebuilt = self._rebuilder.rebuilt(hit.hit_id, hit.title, variables, documents)
            yield Task(
                hit=hit,
                assignments=tuple(work[hit.hit_id]),
                bonus_payments=tuple(bonuses[hit.hit_id]),
                review_reports=tuple(reports[hit.hit_id]),
                template=template if rebuilt is None else rebuilt.template,
                variables=variables,
                rebuilt=None if rebuilt is None else rebuilt.question,
                rebuilt_from=None if rebuilt is None else rebuilt.origin,
            )

    def _rows(
        self, table: Table, rowids: str, condition: str, order: str
    ) -> Mapping[str, list[Any]]:
        names = [name for name, _ in records.members(table.record)]
        found: dict[str, list[Any]] = defaultdict(list)
        for hit_id, *values in self._connection.execute(
            f"select hit_id, {', '.join(names)} from {table.name} where hit_id in"
            " (select hit_id from hits where rowid in (select value from json_each(?)))"
            f" and {condition} order by {order}, rowid",
            [rowids],
        ):
            found[hit_id].append(table.record(**dict(zip(names, values, strict=True))))
        return found


_HIT_FIELDS = tuple(name for name, _ in records.members(records.HIT))


def _variables(hit: records.HIT, template: Template | None, slots: str | None) -> Mapping[str, str]:
    if hit.template_variables is not None:
        return named(hit.template_variables)
    if template is None or slots is None:
        return {}
    return dict(zip(template.labels, json.loads(slots), strict=True))
