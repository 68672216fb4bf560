"""Bringing the desk's HITs up to date."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import checked
from mturk_exodus.serve.host.desk.outcomes import OfferedHIT
from mturk_exodus.serve.host.desk.tables import HITS

_PORTION = 500
"""HITs in one transaction: visitors need not wait for all of them."""

T = TypeVar("T")
Row = dict[str, Any]

_THESE = select(HITS).where(HITS.c.hit_id.in_(bindparam("hit_ids", expanding=True)))
_NEXT = (
    select(HITS.c.hit_id)
    .where(HITS.c.is_offered, HITS.c.hit_id > bindparam("after"))
    .order_by(HITS.c.hit_id)
    .limit(_PORTION)
)
_CLOSE = update(HITS).where(HITS.c.hit_id == bindparam("the_hit_id")).values(is_offered=False)


def offer(database: Database, hits: Iterable[OfferedHIT]) -> None:
    """As `Desk.offer`."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        wanted = _Ids(connection)
        for some in portions(hits, _PORTION):
            rows = {hit.hit_id: {**asdict(checked(hit)), "is_offered": True} for hit in some}
            wanted.add(rows)
            _write(database, _changed(database, rows))
        for offered in _offered(database):
            _close(database, wanted.lacking(offered))


class _Ids:
    """Ids, however many: in a file of SQLite's own, where memory would not hold them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("create table ids (id text primary key) without rowid")

    def add(self, ids: Iterable[str]) -> None:
        self._connection.execute(
            "insert or ignore into ids select value from json_each(?)", [json.dumps(list(ids))]
        )

    def lacking(self, ids: Sequence[str]) -> list[str]:
        """Those that were not added."""
        rows = self._connection.execute(
            "select value from json_each(?) where value not in (select id from ids)",
            [json.dumps(ids)],
        )
        return [one for (one,) in rows]


def portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at once."""
    rest = iter(items)
    return iter(lambda: list(islice(rest, size)), [])


def _changed(database: Database, rows: dict[str, Row]) -> list[Row]:
    """Those of the rows that do not stand there like that."""
    with database.reading() as connection:
        there = connection.execute(_THESE, {"hit_ids": list(rows)}).mappings()
        same = {row["hit_id"] for row in there if dict(row) == rows[row["hit_id"]]}
    return [row for hit_id, row in rows.items() if hit_id not in same]


def _write(database: Database, rows: list[Row]) -> None:
    if not rows:
        return
    dialect = sqlite if database.dialect == "sqlite" else postgresql
    statement = dialect.insert(HITS)
    new = {column.name: statement.excluded[column.name] for column in HITS.c}
    upsert = statement.on_conflict_do_update(index_elements=[HITS.c.hit_id], set_=new)
    with database.writing() as connection:
        database.lock(connection, "offer")
        connection.execute(upsert, rows)


def _offered(database: Database) -> Iterator[Sequence[str]]:
    """The ids of all HITs that are offered, page by page."""
    after = ""
    while True:
        with database.reading() as connection:
            ids = connection.execute(_NEXT, {"after": after}).scalars().all()
        if not ids:
            return
        yield ids
        after = ids[-1]


def _close(database: Database, hit_ids: list[str]) -> None:
    if hit_ids:
        with database.writing() as connection:
            database.lock(connection, "offer")
            connection.execute(_CLOSE, [{"the_hit_id": hit_id} for hit_id in hit_ids])
