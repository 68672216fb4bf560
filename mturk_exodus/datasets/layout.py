"""Which columns of the archive are money, times, yes or no, and by what tables are divided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import HITS

MONEY = {"reward", "bonus_amount", "available_balance", "on_hold_balance"}
_YES_OR_NO = {"is_requestable", "auto_granted", "is_reviewed", "was_there"}
_TIMES = {"expiration", "deadline", "event_timestamp", "at"}
_A_TIME = re.compile(r"(?:_time|_at)$")
_STORAGE = {"question_template_id", "question_values", "question_spelling"}
_LEFT_OUT = {"question_templates", "question_parts", "archive_info", "_sqlite_migrations"}
"""How questions are stored is nobody's business; archive_info has keys in it."""

DIVIDED_BY = {
    "hits": "creation_time",
    "assignments": "submit_time",
    "bonus_payments": "grant_time",
    "notification_events": "event_timestamp",
}
"""Tables that are divided by the year of a time."""


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        expression: SQL that gives it.
        kind: text, integer, bytes, money, time, boolean.
    """

    name: str
    expression: str
    kind: str


@dataclass(frozen=True)
class Laid:
    """A table as others are to have it.

    Attributes:
        divided_by: the column whose year it is divided by; None if it is not.
    """

    name: str
    columns: tuple[Column, ...]
    divided_by: str | None

    @property
    def query(self) -> str:
        """All rows, in the order in which they stand."""
        return f"select {', '.join(one.expression for one in self.columns)} from {self.name}"


def tables(archive: Archive) -> list[Laid]:
    """Every table that is of use to others."""
    names = archive.connection.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
        " order by name"
    ).fetchall()
    return [_laid(archive, name) for (name,) in names if name not in _LEFT_OUT]


def _laid(archive: Archive, table: str) -> Laid:
    info: Iterable[tuple[int, str, str]] = (
        row[:3] for row in archive.connection.execute(f"pragma table_xinfo({table})")
    )
    columns = tuple(
        Column(
            name,
            HITS.expressions.get(name, name) if table == HITS.name else name,
            _kind(name, kind),
        )
        for _, name, kind in info
        if name not in _STORAGE
    )
    return Laid(table, columns, DIVIDED_BY.get(table))


def _kind(name: str, declared: str) -> str:
    if name in MONEY:
        return "money"
    if name in _YES_OR_NO:
        return "boolean"
    if name in _TIMES or _A_TIME.search(name):
        return "time"
    return {"integer": "integer", "blob": "bytes"}.get(declared.lower(), "text")
