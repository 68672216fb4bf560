"""Temporary tables beside an archive, for whoever works figures out of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mturk_exodus.archive.archive import Archive

_CACHE_KIB = 32 * 1024
_READING = frozenset(
    (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    )
)


@contextmanager
def scratch(archive: Archive) -> Iterator[sqlite3.Connection]:
    """A connection on which temporary tables may be made, and nothing else written.

    What is read inside is of one moment, whoever writes meanwhile. The tables lie in a file that
    SQLite makes and removes; they are gone when this ends.

    Args:
        archive: opened for reading alone; it is good for nothing else afterwards.
    """
    connection = archive.connection
    connection.execute("pragma query_only = off")
    connection.execute("pragma temp_store = file")
    connection.execute(f"pragma temp.cache_size = {-_CACHE_KIB}")
    connection.set_authorizer(_only_temporary)
    connection.execute("begin")
    try:
        yield connection
    finally:
        connection.execute("rollback")


def _only_temporary(
    action: int,
    _first: str | None,
    _second: str | None,
    schema: str | None,
    _trigger: str | None,
) -> int:
    """SQLite asks for leave for everything that a statement would do."""
    if action in _READING or schema == "temp":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
