from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive import archive as module
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import ArchiveBusy, ArchiveOutdated, ArchiveTooNew
from mturk_exodus_schema import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.queues import Queue
    from pathlib import Path

    from sqlite_utils import Database


def later(step: Callable[[Database], None]) -> dict[str, Callable[[Database], None]]:
    """The steps of a later program."""
    return {**STEPS, "m0008_later": step}


def add_table(db: Database) -> None:
    db.executescript("create table later (x text) strict; insert into later values ('new');")


def fail(db: Database) -> None:
    db.conn.execute("create table half (x text)")
    db.conn.execute("delete from archive_info")
    raise sqlite3.OperationalError("database or disk is full")


@pytest.fixture
def old(path: Path) -> Path:
    """An archive of today's format."""
    with Archive.create(path) as archive, archive.transaction():
        archive.set_info("name", "value")
    return path


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    lines = list(connection.iterdump())
    connection.close()
    return lines


def test_an_archive_of_this_format_needs_no_upgrade_and_is_not_copied(old: Path) -> None:
    assert Archive.upgrade(old) is None
    assert [each.name for each in old.parent.iterdir() if "before" in each.name] == []


def test_an_upgrade_copies_the_archive_first(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(old)
    monkeypatch.setattr(module, "STEPS", later(add_table))
    with pytest.raises(ArchiveOutdated, match="exodus upgrade"):
        Archive.open(old)
    copy = Archive.upgrade(old)
    assert copy is not None
    assert dump(copy) == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with Archive.open(old) as archive:
        assert archive.connection.execute("select x from later").fetchall() == [("new",)]
        assert archive.info("name") == "value"
        assert list(verify(archive)) == []
    assert Archive.upgrade(old) is None
    monkeypatch.undo()
    with pytest.raises(ArchiveTooNew):
        Archive.open(old)


def test_a_step_that_fails_leaves_everything_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(old)
    monkeypatch.setattr(module, "STEPS", later(fail))
    for _ in range(2):
        with pytest.raises(Exception, match="disk is full"):
            Archive.upgrade(old)
        assert dump(old) == before
        for copy in old.parent.glob("*.before-upgrade-*"):
            copy.unlink()
    monkeypatch.undo()
    with Archive.open(old) as archive:
        assert archive.info("name") == "value"


def _upgrade(path: Path, said: Queue[str]) -> None:
    pytest.MonkeyPatch().setattr(module, "STEPS", later(add_table))
    try:
        said.put("nothing" if Archive.upgrade(path) is None else "copied")
    except ArchiveBusy:
        said.put("busy")
    except BaseException as error:  # noqa: BLE001 - the test says what it was
        said.put(repr(error))


def test_of_three_that_upgrade_at_once_one_does(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = multiprocessing.get_context("fork")
    said: Queue[str] = context.Queue()
    racing = [context.Process(target=_upgrade, args=(old, said)) for _ in range(3)]
    for process in racing:
        process.start()
    answers = sorted(said.get(timeout=30) for _ in racing)
    for process in racing:
        process.join(30)
    assert answers.count("copied") == 1
    assert set(answers) <= {"copied", "nothing", "busy"}
    assert len(list(old.parent.glob("*.before-upgrade-*"))) == 1
    monkeypatch.setattr(module, "STEPS", later(add_table))
    with Archive.open(old) as archive:
        assert archive.connection.execute("select count(*) from later").fetchone() == (1,)
