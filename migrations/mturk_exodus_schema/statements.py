"""Runs a script inside the open transaction, which sqlite3's own executescript would end."""

from __future__ import annotations

from sqlite3 import complete_statement
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def run(db: Database, script: str) -> None:
    """Run a script whose statements begin on lines of their own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if complete_statement(statement):
            db.execute(statement)
            statement = ""
    if statement.strip():
        raise ValueError("the script's last statement has no end")
