"""Bringing the desk's HITs up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import checked
from mturk_exodus.serve.host.desk.outcomes import OfferedHIT
from mturk_exodus.serve.host.desk.tables import HITS

_PORTION = 500
"""HITs in one transaction: visitors need not wait for all of them."""

Row = dict[str, Any]

_NEXT = (
    select(HITS).where(HITS.c.hit_id > bindparam("after")).order_by(HITS.c.hit_id).limit(_PORTION)
)
_CLOSE = update(HITS).where(HITS.c.hit_id == bindparam("the_hit_id")).values(is_offered=False)


def offer(database: Database, hits: Iterable[OfferedHIT]) -> None:
    """As `Desk.offer`."""
    wanted = {hit.hit_id: {**asdict(checked(hit)), "is_offered": True} for hit in hits}
    closed = []
    for row in _rows(database):
        if row["hit_id"] not in wanted:
            closed += [row["hit_id"]] if row["is_offered"] else []
        elif row == wanted[row["hit_id"]]:
            del wanted[row["hit_id"]]
    for some in _portions(closed):
        with database.writing() as connection:
            database.lock(connection, "offer")
            connection.execute(_CLOSE, [{"the_hit_id": hit_id} for hit_id in some])
    _write(database, list(wanted.values()))


def _rows(database: Database) -> Iterator[Row]:
    after = ""
    while True:
        with database.reading() as connection:
            rows = connection.execute(_NEXT, {"after": after}).mappings().all()
        yield from (dict(row) for row in rows)
        if len(rows) < _PORTION:
            return
        after = rows[-1]["hit_id"]


def _write(database: Database, rows: list[Row]) -> None:
    dialect = sqlite if database.dialect == "sqlite" else postgresql
    statement = dialect.insert(HITS)
    new = {column.name: statement.excluded[column.name] for column in HITS.c}
    upsert = statement.on_conflict_do_update(index_elements=[HITS.c.hit_id], set_=new)
    for some in _portions(rows):
        with database.writing() as connection:
            database.lock(connection, "offer")
            connection.execute(upsert, some)


def _portions(items: list[Any]) -> Iterator[list[Any]]:
    return (items[at : at + _PORTION] for at in range(0, len(items), _PORTION))
