"""One HIT with its assignments, by the id of either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, Table
from mturk_exodus.errors import NoSuchRecord

Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A HIT and work on it.

    Attributes:
        hit: the HIT's columns, and its batch_id, template_id and source.
        assignments: the columns of its assignments, or of the one that was asked for, by time of
            submission.
    """

    hit: Row
    assignments: list[Row]


def task(archive: Archive, record_id: str) -> Task:
    """The HIT of that id, or of the assignment of that id.

    Raises:
        NoSuchRecord: the archive has neither.
    """
    hits = _rows(archive, HITS, ("batch_id", "template_id", "source"), "hit_id", record_id)
    if hits:
        return Task(hits[0], _rows(archive, ASSIGNMENTS, ("source",), "hit_id", record_id))
    found = _rows(archive, ASSIGNMENTS, ("source",), "assignment_id", record_id)
    if not found:
        raise NoSuchRecord(f"{archive.path} holds no HIT and no assignment of that id")
    hit_id = found[0]["hit_id"]
    (hit,) = _rows(archive, HITS, ("batch_id", "template_id", "source"), "hit_id", hit_id)
    return Task(hit, found)


def _rows(
    archive: Archive, table: Table, more: tuple[str, ...], column: str, value: str
) -> list[Row]:
    names = (*table.columns, *more)
    order = "submit_time, assignment_id" if table is ASSIGNMENTS else "hit_id"
    rows = archive.connection.execute(
        f"select {table.selected(names)} from {table.name} where {column} = ? order by {order}",
        [value],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
