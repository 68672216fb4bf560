"""Files that are no archive, or not one for this program: one line, a code, nothing touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from tests.endurance.support import (
    assert_whole,
    environment,
    export_of,
    findings,
    json_line,
    run,
    snapshot,
    the_error,
)
from tests.fakes.mturk import FakeMTurk

NOWHERE = "http://127.0.0.1:1"
READERS = ("status", "verify", "upgrade")
UNPRIVILEGED = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    libc.prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "mturk_exodus", *sys.argv[1:]])
"""
"""`exodus` to which permissions apply, even when root starts it."""


def _text(path: Path) -> None:
    path.write_text("HITId,Title\n")


def _empty(path: Path) -> None:
    path.touch()


def _other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table hits (hit_id text)")


def _short(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00")


def arguments(command: str, archive: Path) -> list[object]:
    """A command that would use an archive. Nothing may come as far as asking the endpoint."""
    more = ["--endpoint-url", NOWHERE] if command == "export" else []
    return [command, "--archive", archive, *more]


def refused(code: int, folder: Path, *asked: object, env: dict[str, str] | None = None) -> str:
    """Run a command that must fail with one line and change nothing below `folder`."""
    before = snapshot(folder)
    ended = run(*asked, env=env)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    assert snapshot(folder) == before
    return the_error(ended.stderr)


@pytest.mark.parametrize("command", [*READERS, "export", "serve"])
@pytest.mark.parametrize("make", [_text, _empty, _other_database, _short])
def test_another_file_is_left_as_it_is(
    command: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "thesis.db"
    make(path)
    line = refused(12, tmp_path, *arguments(command, path))
    assert "is not an mturk-exodus archive" in line
    assert "--archive" in line


@pytest.mark.parametrize("command", [*READERS, "export"])
def test_a_directory_is_wrong_usage(command: str, tmp_path: Path) -> None:
    ended = run(*arguments(command, tmp_path))
    assert ended.returncode == 2
    assert f"'{tmp_path}' is a directory" in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("Error: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*READERS, "serve"])
def test_no_file_at_all(command: str, tmp_path: Path) -> None:
    line = refused(11, tmp_path, *arguments(command, tmp_path / "none.db"))
    assert "exodus export --archive" in line


@pytest.mark.parametrize("command", [*READERS, "export", "serve"])
def test_an_archive_of_a_newer_program(command: str, archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        (table,) = connection.execute(
            "select name from sqlite_master where name like '%migrations%'"
        ).fetchone()
        connection.execute(
            f"insert into {table} (migration_set, name, applied_at)"  # noqa: S608 - its own table
            " values ('mturk_exodus', 'm9999_from_the_future', '2027-01-01')"
        )
    line = refused(13, archive.parent, *arguments(command, archive))
    assert "pip install --upgrade mturk-exodus" in line


@pytest.mark.parametrize("command", ["status", "verify", "export", "serve"])
def test_an_archive_of_an_older_program(command: str, tmp_path: Path) -> None:
    path = _outdated(tmp_path)
    line = refused(14, tmp_path, *arguments(command, path))
    assert f"exodus upgrade --archive {path}" in line


def test_an_outdated_archive_can_be_upgraded(tmp_path: Path) -> None:
    path = _outdated(tmp_path)
    before = path.read_bytes()
    upgraded = run("upgrade", "--archive", path)
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    (copy,) = tmp_path.glob("*.before-upgrade-*")
    assert str(copy) in upgraded.stdout
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert old.execute("pragma application_id").fetchall() == [(0x4D54584F,)]
    assert path.read_bytes() != before
    assert findings(path) == []
    again = run("upgrade", "--archive", path)
    assert again.returncode == 0
    assert "already" in again.stdout


def _outdated(folder: Path) -> Path:
    """A database of ours from before the first migration."""
    path = folder / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma application_id = {0x4D54584F}")
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma user_version = 0")
        connection.execute("vacuum")
    return path


@pytest.mark.parametrize("command", ["status", "verify", "export", "upgrade"])
def test_an_archive_that_is_cut_off(command: str, archive: Path) -> None:
    os.truncate(archive, 100_000)
    before = archive.read_bytes()
    ended = run(*arguments(command, archive))
    assert (ended.returncode, ended.stdout) == (17, "")
    assert "restore a copy" in the_error(ended.stderr)
    assert archive.read_bytes() == before


@pytest.mark.parametrize("where", ["no/such/folder/mturk.db", "file/mturk.db", "dangling.db"])
def test_where_nothing_can_be_written(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder")
    (tmp_path / "dangling.db").symlink_to("nowhere/mturk.db")
    line = refused(16, tmp_path, *arguments("export", tmp_path / where))
    assert "cannot be written" in line


def unprivileged() -> tuple[str, ...]:
    return (sys.executable, "-c", UNPRIVILEGED)


def test_a_folder_that_may_not_be_written(tmp_path: Path, fake: FakeMTurk) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    ended = run(*export_of(fake, folder / "mturk.db"), program=unprivileged())
    assert (ended.returncode, ended.stdout) == (16, "")
    assert "Permission denied" in the_error(ended.stderr)
    assert fake.log == []
    folder.chmod(0o700)
    assert run(*export_of(fake, folder / "mturk.db"), program=unprivileged()).returncode == 0
    assert_whole(folder / "mturk.db", fake)


@pytest.mark.parametrize("command", ["status", "verify", "upgrade", "export"])
@pytest.mark.parametrize("mode", [0o000, 0o200])
def test_a_file_that_may_not_be_read(command: str, mode: int, archive: Path) -> None:
    archive.chmod(mode)
    ended = run(*arguments(command, archive), program=unprivileged())
    archive.chmod(0o600)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[-1].startswith("Error: ")
    assert "is not readable" in ended.stderr


def test_a_read_only_file_is_read_and_not_written(archive: Path) -> None:
    archive.chmod(0o400)
    before = archive.read_bytes()
    for command in ("status", "verify"):
        assert run(*arguments(command, archive), program=unprivileged()).returncode == 0
    export = arguments("export", archive)
    ended = run(*export, "--same-account", program=unprivileged())
    assert ended.returncode == 16
    the_error(ended.stderr)
    assert archive.read_bytes() == before


def test_the_archive_and_its_lock_are_the_owner_s_alone(tmp_path: Path, fake: FakeMTurk) -> None:
    archive = tmp_path / "mturk.db"
    mask = os.umask(0)
    try:
        assert run(*export_of(fake, archive)).returncode == 0
        assert run("status", "--archive", archive).returncode == 0
    finally:
        os.umask(mask)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_the_environment_names_the_archive(archive: Path, tmp_path: Path) -> None:
    elsewhere = Path(shutil.copy(archive, tmp_path / "elsewhere.db"))
    with Archive.open(elsewhere) as opened, opened.transaction():
        opened.set_info("archive_id", "the-one-elsewhere")
    said = run("status", env=environment(EXODUS_ARCHIVE=str(elsewhere)))
    assert (said.returncode, said.stderr) == (0, "")
    assert "the-one-elsewhere" in said.stdout
    said = run("status", "--archive", archive, env=environment(EXODUS_ARCHIVE=str(elsewhere)))
    assert "the-one-elsewhere" not in said.stdout
    said = run("status", cwd=archive.parent)
    assert said.returncode == 0, "mturk.db in this folder is the default"


def test_failures_are_json_where_json_was_asked_for(tmp_path: Path) -> None:
    ended = run("status", "--json", "--archive", tmp_path / "none.db")
    assert (ended.returncode, ended.stdout) == (11, "")
    assert json_line(ended.stderr)["error"] == "ArchiveNotFound"
