"""Temporary tables beside an archive, and nothing else."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.scratch import scratch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Archive.create(tmp_path / "mturk.db") as created:
        return created.path


def test_temporary_tables_can_be_made_and_are_gone_afterwards(path: Path) -> None:
    with Archive.open(path, read_only=True) as archive:
        with scratch(archive) as connection:
            connection.execute("create temp table one as select name from archive_info")
            connection.execute("create index temp.one_by_name on one (name)")
            connection.execute("update one set name = 'x'")
            assert connection.execute("select count(*) from one where name = 'x'").fetchone()[0]
        assert archive.connection.execute("select count(*) from temp.sqlite_schema").fetchone() == (
            0,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "insert into archive_info values ('a', 'b')",
        "update archive_info set value = ''",
        "delete from archive_info",
        "drop table archive_info",
        "create table two (a)",
        "create view two as select 1",
        "alter table archive_info add column a",
        "pragma query_only = off",
        "pragma user_version = 7",
        "attach ':memory:' as other",
        "vacuum",
    ],
)
def test_nothing_else_is_written(path: Path, statement: str) -> None:
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with (
        Archive.open(path, read_only=True) as archive,
        scratch(archive) as connection,
        pytest.raises(sqlite3.DatabaseError),
    ):
        connection.execute(statement)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
