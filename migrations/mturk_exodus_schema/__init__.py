"""The archive's format, one file a step. `../README.md` explains the tables and the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus_schema import (
    m0001_records,
    m0002_files,
    m0003_questions,
    m0004_compaction,
    m0005_replays,
    m0006_forgotten,
    m0007_payments,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from sqlite3 import Connection

    from sqlite_utils import Database

APPLICATION_ID = 0x4D54584F
"""`MTXO`: what file(1) and SQLite show as the file's application."""

STEPS: Mapping[str, Callable[[Database], None]] = {
    "m0001_records": m0001_records.upgrade,
    "m0002_files": m0002_files.upgrade,
    "m0003_questions": m0003_questions.upgrade,
    "m0004_compaction": m0004_compaction.upgrade,
    "m0005_replays": m0005_replays.upgrade,
    "m0006_forgotten": m0006_forgotten.upgrade,
    "m0007_payments": m0007_payments.upgrade,
}
"""Every step by its name, in the order in which they run."""

_SET = "mturk_exodus"


def applied(connection: Connection) -> set[str]:
    """The steps that a file has seen, of which sqlite-utils keeps account in a table of its own."""
    if not connection.execute(
        "select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'"
    ).fetchall():
        return set()
    seen = connection.execute("select name from _sqlite_migrations where migration_set = ?", [_SET])
    return {name for (name,) in seen}


def apply(connection: Connection, steps: Mapping[str, Callable[[Database], None]] = STEPS) -> None:
    """Take the steps that a file has not seen, inside the caller's transaction."""
    # It loads pandas where that is installed: half a second, which only a new archive has to wait.
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    migrations = Migrations(_SET)
    for name, step in steps.items():
        migrations(name=name)(step)
    migrations.apply(Database(connection))


__all__ = ["APPLICATION_ID", "STEPS", "applied", "apply"]
