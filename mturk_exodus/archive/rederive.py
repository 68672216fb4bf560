"""Rows held against the raw records that they came from, and against all sources together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import TABLE_NAMED, TABLES, Raw, Table, digest_of
from mturk_exodus.archive.testimony import IMPLIED, REQUESTER_API, Key, Testimony, Told
from mturk_exodus.records import InvalidRecord, Value

Meaning = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""What a source's own record says in MTurk's words: the table's name, and the record."""

Row = dict[str, Value]

_PERSONAL = {"worker_id"}
"""Columns whose values are not shown; a row that they identify goes by its number."""


class Found(NamedTuple):
    """What is wrong: the check, the table and row, and what it is."""

    check: str
    where: str
    what: str


def findings(archive: Archive, meanings: Mapping[str, Meaning]) -> Iterator[Found]:
    """Every row that does not follow from its raw record and what other sources say."""
    for table in TABLES:
        yield from _rows(archive, table, meanings)
    yield from _records_beside(archive, meanings)


def unexplained(archive: Archive, meanings: Mapping[str, Meaning]) -> list[str]:
    """Sources that gave records and are not installed: what they say is not derived again."""
    used = archive.connection.execute(
        "select distinct source from files where outcome = 'kept' order by source"
    )
    return [source for (source,) in used if source not in meanings]


def _rows(archive: Archive, table: Table, meanings: Mapping[str, Meaning]) -> Iterator[Found]:
    columns = (*table.columns, "source", "own_values", "raw", "raw_sha256", "rowid")
    query = f"select {table.selected(columns)} from {table.name} order by rowid"
    for values in archive.connection.execute(query):
        row = dict(zip(columns, values, strict=True))
        where = _where(table, row)
        if digest_of(str(row["raw"])) != row["raw_sha256"]:
            yield Found("digest", where, "raw is not the record that was stored")
        for name in _underivable(table, row, meanings):
            yield Found("columns", where, f"{name} is not what raw says")


def _underivable(table: Table, row: Row, meanings: Mapping[str, Meaning]) -> list[str]:
    context = {name: row[name] for name in table.context if name != "alike"}
    own = row | json.loads(str(row["own_values"] or "{}"))
    try:
        derived = _derive(table, str(row["source"]), str(row["raw"]), context, meanings)
    except (InvalidRecord, ValueError, RecursionError):
        return ["the row"]
    return [name for name in table.columns if derived is not None and derived[name] != own[name]]


def _derive(
    table: Table,
    source: str,
    raw: str,
    context: Mapping[str, Value],
    meanings: Mapping[str, Meaning],
) -> Row | None:
    """The columns, once more; None if the source is not installed."""
    if source in (REQUESTER_API, IMPLIED):
        return table.row(Raw(raw, json.loads(raw)), context)
    if source not in meanings:
        return None
    return table.row_of(meanings[source](table.name, json.loads(raw)), context)


def _where(table: Table, row: Row) -> str:
    if _PERSONAL & set(table.key):
        return f"{table.name} row {row['rowid']}"
    return f"{table.name} {' '.join(str(row[name]) for name in table.key)}"


def _records_beside(archive: Archive, meanings: Mapping[str, Meaning]) -> Iterator[Found]:
    testimony = Testimony(archive)
    rows = archive.connection.execute(
        "select record_table, record_key, source, said, raw, raw_sha256, rowid"
        " from source_records order by record_table, record_key"
    )
    for (name, key), beside in groupby(rows, key=lambda row: (row[0], row[1])):
        table = TABLE_NAMED[name]
        for _, _, source, said, raw, digest, rowid in beside:
            where = f"source_records row {rowid}"
            if digest_of(str(raw)) != digest:
                yield Found("digest", where, "raw is not the record that was stored")
            if not _is_said(table, source, json.loads(said), raw, json.loads(key), meanings):
                yield Found("columns", where, "said is not what raw says")
        yield from _weighed(archive, testimony, table, tuple(json.loads(key)))


def _is_said(
    table: Table,
    source: str,
    said: Row,
    raw: str,
    key: list[Value],
    meanings: Mapping[str, Meaning],
) -> bool:
    named = dict(zip(table.key, key, strict=True))
    context = {name: said.get(name, named.get(name)) for name in table.context if name != "alike"}
    try:
        derived = _derive(table, source, raw, context, meanings)
    except (InvalidRecord, ValueError, RecursionError):
        return False
    if derived is None:
        return True
    known = {name: value for name, value in derived.items() if value is not None}
    return {name: value for name, value in known.items() if name in table.told} == said


def _weighed(archive: Archive, testimony: Testimony, table: Table, key: Key) -> Iterator[Found]:
    """Whether a row, and the list of disagreements, is what all its sources say together."""
    told = _told(testimony, table, key)
    if told is None:
        yield Found("references", table.name, "a record in source_records has no row")
        return
    merged = testimony.weigh(table, told)
    names = list(merged.values)
    stored = archive.connection.execute(
        f"select {table.selected(names)} from {table.name} where {table.where}", key
    ).fetchone()
    place = f"{table.name}: a record that {len(told)} records tell of"
    if merged.main != 0 or stored != tuple(merged.values.values()):
        yield Found("sources", place, "is not what they say together")
    if testimony.disagreements(table, key) != testimony.listed(merged):
        yield Found("sources", place, "has other disagreements than those listed")


def _told(testimony: Testimony, table: Table, key: Key) -> list[Told] | None:
    try:
        return testimony.told(table, key)
    except LookupError:
        return None
