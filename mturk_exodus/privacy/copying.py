"""A table of one archive into another, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import HITS

Row = dict[str, Any]

_AT_ONCE = 1_000
_HIDDEN_AND_KEPT = 0
_WHOLE = ("question", "raw")


class Stored(NamedTuple):
    """A table as SQLite has it.

    Attributes:
        columns: without those that SQLite works out.
        has_rowid: whether its rows have numbers of their own, which are kept.
    """

    name: str
    columns: tuple[str, ...]
    has_rowid: bool


class Copying:
    """Copies tables.

    Args:
        source: where from.
        target: where to; a new archive.
    """

    def __init__(self, source: Archive, target: Archive) -> None:
        self._source = source.connection
        self._target = target.connection

    @cached_property
    def tables(self) -> list[Stored]:
        """Every table of the format."""
        rows = self._target.execute(
            "select name, sql from sqlite_master where type = 'table'"
            " and name not like 'sqlite%' and name not like '\\_sqlite%' escape '\\' order by name"
        ).fetchall()
        return [self._stored(name, sql) for name, sql in rows]

    def _stored(self, name: str, sql: str) -> Stored:
        info = self._target.execute(f"pragma table_xinfo({name})").fetchall()
        columns = tuple(one[1] for one in info if one[6] == _HIDDEN_AND_KEPT)
        is_alias = any(one[2].lower() == "integer" and one[5] for one in info)
        return Stored(name, columns, "without rowid" not in sql.lower() and not is_alias)

    def copy(self, table: Stored, rewrite: Callable[[Row], Row | None]) -> int:
        """Copy a table, each row as `rewrite` has it; None leaves it out. How many were written."""
        columns = (*(["rowid"] if table.has_rowid else []), *table.columns)
        self._target.execute(f"delete from {table.name}")
        order = " order by rowid" if table.has_rowid else ""
        rows = self._source.execute(f"select {', '.join(columns)} from {table.name}{order}")
        statement = (
            f"insert into {table.name} ({', '.join(columns)})"
            f" values ({', '.join('?' * len(columns))})"
        )
        count = 0
        written = self._written(rows, columns, rewrite)
        while some := list(islice(written, _AT_ONCE)):
            self._target.executemany(statement, some)
            count += len(some)
        return count

    def _written(
        self,
        rows: Iterable[tuple[Any, ...]],
        columns: tuple[str, ...],
        rewrite: Callable[[Row], Row | None],
    ) -> Iterator[list[Any]]:
        for values in rows:
            row = rewrite(dict(zip(columns, values, strict=True)))
            if row is not None:
                yield [row[name] for name in columns]

    def whole(self, hit_id: str) -> Row:
        """A HIT's question and raw record, however they are stored."""
        row = self._source.execute(
            f"select {HITS.selected(_WHOLE)} from hits where hit_id = ?", [hit_id]
        ).fetchone()
        return dict(zip(_WHOLE, row, strict=True))

    def numbers(self) -> None:
        """SQLite's account of numbers that never come back."""
        self._target.execute("delete from sqlite_sequence")
        self._target.executemany(
            "insert into sqlite_sequence values (?, ?)",
            self._source.execute("select name, seq from sqlite_sequence"),
        )
