"""Two archives held against each other, record by record."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import ACCOUNT_BALANCES, TABLES, Table

_END = object()


def differences(first: Archive, second: Archive) -> Iterator[str]:
    """A line for every record that is not in both, byte for byte.

    Balances belong to the moment at which they were read: of these the latest counts.
    """
    for table in TABLES:
        if table is not ACCOUNT_BALANCES:
            yield from _table(table, _records(first, table), _records(second, table))
    if _balance(first) != _balance(second):
        yield "account_balances: the latest differ"
    yield from _uploads(first, second)


def _table(table: Table, first: sqlite3.Cursor, second: sqlite3.Cursor) -> Iterator[str]:
    """Walk both tables in the order of their keys."""
    ones, others = chain(first, [_END]), chain(second, [_END])
    one, other = next(ones), next(others)
    while not (one is _END and other is _END):
        if one == other:
            one, other = next(ones), next(others)
            continue
        one_first = other is _END or (one is not _END and one[:-1] <= other[:-1])
        other_first = one is _END or (other is not _END and other[:-1] <= one[:-1])
        yield f"{table.name}: a record {_what(one_first=one_first, other_first=other_first)}"
        one = next(ones) if one_first else one
        other = next(others) if other_first else other


def _what(*, one_first: bool, other_first: bool) -> str:
    if one_first and other_first:
        return "differs"
    return "is in the first alone" if one_first else "is in the second alone"


def _records(archive: Archive, table: Table) -> sqlite3.Cursor:
    key = ", ".join(table.key)
    return archive.connection.execute(
        f"select {key}, {table.selected(['raw'])} from {table.name} order by {key}"
    )


def _balance(archive: Archive) -> str | None:
    row = archive.connection.execute(
        "select raw from account_balances order by run_id desc limit 1"
    ).fetchone()
    return row[0] if row else None


def _uploads(first: Archive, second: Archive) -> Iterator[str]:
    query = "select assignment_id, question_identifier, size_in_bytes, sha256 from uploads"
    ones, others = (set(archive.connection.execute(query)) for archive in (first, second))
    for upload in sorted(ones ^ others):
        yield f"uploads: {upload[0]} {upload[1]} is not the same in both"
