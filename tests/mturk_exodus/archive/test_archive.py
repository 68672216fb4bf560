from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import TABLES, Table
from mturk_exodus.errors import (
    ArchiveBusy,
    ArchiveNotFound,
    ArchiveNotWritable,
    ArchiveOutdated,
    ArchiveTooNew,
    NotAnArchive,
)
from mturk_exodus_schema import APPLICATION_ID, STEPS

if TYPE_CHECKING:
    from pathlib import Path

OURS = {
    "source",
    "file_id",
    "file_row",
    "own_values",
    "raw",
    "raw_sha256",
    "first_run_id",
    "last_run_id",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    created = tmp_path / "mturk.db"
    Archive.create(created).close()
    return created


def execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_an_archive_and_its_companions_are_readable_by_their_owner_alone(path: Path) -> None:
    with Archive.open(path) as archive, archive.writing():
        with archive.transaction():
            archive.set_info("name", "value")
        files = sorted(path.parent.iterdir())
        assert {file.name for file in files} >= {"mturk.db", "mturk.db-wal", "mturk.db.lock"}
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_an_archive_says_what_it_is(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("pragma application_id").fetchone() == (APPLICATION_ID,)
    connection.close()
    assert APPLICATION_ID.to_bytes(4, "big") == b"MTXO"
    with Archive.open(path) as archive:
        assert len(archive.archive_id) == 36
        assert "mturk-exodus" in (archive.info("about") or "")
        assert (archive.info("created_at") or "").endswith("Z")


def test_a_file_that_is_there_is_not_overwritten(path: Path) -> None:
    content = path.read_bytes()
    with pytest.raises(ArchiveNotWritable):
        Archive.create(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["mturk.db"]


def test_an_archive_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ArchiveNotWritable):
        Archive.create(tmp_path / "none" / "mturk.db")

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("mturk_exodus.archive.archive._write_info", fail)
    with pytest.raises(ArchiveNotWritable, match="make room"):
        Archive.create(tmp_path / "mturk.db")
    assert [file.name for file in tmp_path.iterdir()] == []


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound, match="exodus export"):
        Archive.open(tmp_path / "mturk.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_an_archive(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive):
        Archive.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"HITId,Title\n", b"SQLite format 3\x00", b"\x00" * 500])
def test_another_file_is_not_an_archive_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    for opening in (Archive.open, Archive.upgrade):
        with pytest.raises(NotAnArchive):
            opening(other)
    assert other.read_bytes() == content
    assert list(tmp_path.iterdir()) == [other]


def test_another_program_s_database_is_not_an_archive_and_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    execute(other, "create table hits (id integer)")
    content = other.read_bytes()
    with pytest.raises(NotAnArchive, match=r"left as it (is|was)"):
        Archive.open(other)
    assert other.read_bytes() == content
    assert list(tmp_path.iterdir()) == [other]


def test_an_archive_of_a_later_program_is_refused(path: Path) -> None:
    execute(
        path,
        "insert into _sqlite_migrations (migration_set, name, applied_at)"
        " values ('mturk_exodus', 'm9999_later', 'now')",
    )
    for opening in (Archive.open, Archive.upgrade):
        with pytest.raises(ArchiveTooNew, match="later version"):
            opening(path)


def test_an_archive_of_an_earlier_program_asks_for_an_upgrade(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mturk_exodus.archive.archive.STEPS", {**STEPS, "m9999_later": lambda _: None}
    )
    with pytest.raises(ArchiveOutdated, match="exodus upgrade"):
        Archive.open(path)


def test_two_cannot_write_at_once_and_the_second_is_told(path: Path) -> None:
    with Archive.open(path) as first, Archive.open(path) as second, first.writing():
        with pytest.raises(ArchiveBusy, match="wait for it"), second.writing():
            pass
        with pytest.raises(ArchiveBusy):
            Archive.upgrade(path)
    with Archive.open(path) as third, third.writing():
        pass


def test_a_transaction_keeps_everything_or_nothing(path: Path) -> None:
    with Archive.open(path) as archive:
        with pytest.raises(sqlite3.OperationalError), archive.transaction():  # noqa: PT012 - both
            archive.set_info("name", "value")
            archive.connection.execute("no SQL")
        assert archive.info("name") == ""
        with archive.transaction():
            archive.set_info("name", "value")
            archive.set_info("name", "another")
    with Archive.open(path, read_only=True) as archive:
        assert archive.info("name") == "another"


def test_a_reader_cannot_write(path: Path) -> None:
    with (
        Archive.open(path, read_only=True) as archive,
        pytest.raises(ArchiveNotWritable),
        archive.transaction(),
    ):
        archive.set_info("name", "value")


def test_every_table_is_strict(path: Path) -> None:
    with Archive.open(path) as archive:
        tables = {
            name: strict
            for name, kind, strict in archive.connection.execute(
                "select name, type, strict from pragma_table_list where schema = 'main'"
            )
            if kind == "table" and not name.startswith(("sqlite_", "_sqlite"))
        }
    assert len(tables) >= 15
    assert [name for name, strict in tables.items() if not strict] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_columns_of_a_table_are_the_members_of_its_record(path: Path, table: Table) -> None:
    with Archive.open(path) as archive:
        found = [row[1] for row in archive.connection.execute(f"pragma table_info({table.name})")]
    more = {
        "bonus_payments": {"bonus_payment_id"},
        "hits": {"question_template_id", "question_values", "question_spelling"},
    }
    assert set(found) == {*table.columns, *OURS, *more.get(table.name, set())}


READ_AND_LEAVE = """
import sys
from pathlib import Path
from mturk_exodus.archive import Archive
Archive.open(Path(sys.argv[1]), read_only=True).close()
"""


def test_another_reader_takes_nothing_from_those_who_have_it_open(tmp_path: Path) -> None:
    """Opening an archive twice must not cost the first connection its locks: the next program that
    closes it would then delete the WAL, and every later write fail with "disk I/O error".
    """
    path = tmp_path / "mturk.db"
    with Archive.create(path) as archive:
        archive.set_info("first", "1")
        Archive.open(path).close()
        Archive.open(path, read_only=True).close()
        subprocess.run([sys.executable, "-c", READ_AND_LEAVE, str(path)], check=True)
        assert path.with_name("mturk.db-wal").exists()
        archive.set_info("second", "2")
        with Archive.open(path) as other:
            assert other.info("first") + other.info("second") == "12"
            other.set_info("third", "3")
        assert archive.info("third") == "3"
