"""Batch after batch, with the ledger written beside the target's work, and something goes wrong:
nothing is sent after it, nothing that came is lost, nothing is made twice.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.archive.verify import verify
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.clerk_child import FileShelf
from tests.mturk_exodus.replay.habits import (
    failing,
    interrupted,
    no_time,
    rejected,
    unknown,
)
from tests.mturk_exodus.replay.shelf import Shelf, plan
from tests.mturk_exodus.replay.watched import (
    Watched,
    assert_goes_on,
    assert_nobody_is_left,
    full_from,
    last,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mturk_exodus.archive.ledger import Intention

ROOT = Path(__file__).resolve().parents[3]


def test_receipts_that_cannot_be_written_end_it_before_anything_more_is_sent(
    archive: Archive, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = full_from(monkeypatch, "settle", "thing:0.0")
    shelf.before = when("thing:0.8", lambda: full.wait(20))
    adapter = Watched(archive, shelf)
    with pytest.raises(errors.ArchiveNotWritable, match="the disk is full"):
        replay(archive, adapter, sleep=no_time)
    assert adapter.sent[-1] in ("thing:0.0", "thing:0.8")
    assert_nobody_is_left()
    monkeypatch.undo()
    assert_goes_on(archive, shelf)


def test_a_lost_answer_is_not_looked_for_when_the_ledger_cannot_be_written(
    archive: Archive, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = full_from(monkeypatch, "settle", "thing:0.0")

    def lose() -> None:
        assert full.wait(20)
        raise unknown()

    shelf.before = when("thing:0.8", lose)
    slept: list[float] = []
    with pytest.raises(errors.ArchiveNotWritable, match="the disk is full"):
        replay(archive, Watched(archive, shelf), sleep=slept.append)
    assert (slept, shelf.calls["find"]) == ([], 1)
    monkeypatch.undo()
    assert_goes_on(archive, shelf)


def test_what_is_refused_is_not_divided_when_the_ledger_cannot_be_written(
    archive: Archive, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = full_from(monkeypatch, "settle", "thing:0.8")
    shelf.before = failing(1000, rejected, "thing:0.10")
    adapter = Watched(archive, shelf)
    with pytest.raises(errors.ArchiveNotWritable, match="the disk is full"):
        replay(archive, adapter, sleep=no_time)
    assert full.is_set()
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    monkeypatch.undo()
    assert_goes_on(archive, shelf)


def test_what_cannot_be_intended_is_not_sent_and_what_was_sent_is_written(
    archive: Archive, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failed = Ledger.intend, threading.Event()

    def intend(self: Ledger, some: Iterable[Intention]) -> None:
        some = list(some)
        if "thing:0.16" in {one.key for one in some}:
            failed.set()
            raise errors.ArchiveBusy("another program holds it")
        real(self, some)

    monkeypatch.setattr(Ledger, "intend", intend)
    shelf.before = when("thing:0.8", lambda: failed.wait(20))
    adapter = Watched(archive, shelf)
    with pytest.raises(errors.ArchiveBusy, match="another program holds it"):
        replay(archive, adapter, sleep=no_time)
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    (row,) = archive.connection.execute("select outcome, message from replays").fetchall()
    assert row == ("refused", "another program holds it")
    monkeypatch.undo()
    assert_goes_on(archive, shelf)


@pytest.mark.parametrize(
    "error", [errors.TargetUnavailable("gone"), KeyboardInterrupt(), ZeroDivisionError()]
)
def test_what_came_before_an_error_is_in_the_ledger_and_nothing_is_sent_after_it(
    archive: Archive, shelf: Shelf, error: BaseException
) -> None:
    def fail() -> None:
        raise error

    shelf.before = when("thing:0.12", fail)
    adapter = Watched(archive, shelf)
    with pytest.raises(type(error)):
        replay(archive, adapter, sleep=no_time)
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert len(shelf.keys) == 1 + 12
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    assert last(archive, "thing:0.24") is None
    assert_nobody_is_left()
    assert_goes_on(archive, shelf)


def test_two_interrupts_at_any_time_double_nothing(archive: Archive, shelf: Shelf) -> None:
    shelf.before = lambda _key: time.sleep(0.002)
    ended = []
    for number in range(12):
        seconds = 0.02 + 0.011 * number
        try:
            interrupted(
                lambda: replay(archive, Watched(archive, shelf), sleep=no_time),
                seconds,
                seconds + 0.004,
            )
            ended.append("whole")
        except KeyboardInterrupt:
            ended.append("interrupted")
        # Whoever interrupts twice does not wait for what it is just writing.
        for thread in threading.enumerate():
            if thread.name == "clerk":
                thread.join(10)
        assert "clerk" not in {one.name for one in threading.enumerate()}
        assert max(shelf.keys.values(), default=1) == 1
    assert "interrupted" in ended
    assert_goes_on(archive, shelf)


def test_killed_at_any_time_the_archive_is_whole_and_nothing_is_made_twice(tmp_path: Path) -> None:
    path, target = tmp_path / "mturk.db", tmp_path / "target.jsonl"
    Archive.create(path).close()
    command = [
        sys.executable,
        "-m",
        "tests.mturk_exodus.replay.clerk_child",
        str(path),
        str(target),
    ]
    ended = []
    for number in range(8):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "begun\n"
            time.sleep(0.013 * number)
            child.kill()
        ended.append(child.returncode)
        assert max(FileShelf(target).keys.values(), default=1) == 1
        with Archive.open(path) as archive:
            assert list(verify(archive)) == []
    assert -signal.SIGKILL in ended
    with Archive.open(path) as archive, archive.writing():
        assert_goes_on(archive, FileShelf(target), plan(boxes=2, things=60, parts=1))
        assert list(verify(archive)) == []
