"""Batch after batch, with the ledger written beside the target's work: nothing that holds when one
thing is done after the other may be lost by it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.archive.verify import verify
from mturk_exodus.replay.adapter import Action, Receipt
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.clerk_child import FileShelf
from tests.mturk_exodus.replay.habits import (
    again,
    events,
    failing,
    no_time,
    once,
    rejected,
    unknown,
)
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter, box, plan, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mturk_exodus.archive.ledger import Intention, Result
    from mturk_exodus.replay.adapter import Loss

ROOT = Path(__file__).resolve().parents[3]
THINGS = plan(boxes=1, things=32, parts=0)
"""A box, and four batches of things."""


class Watched(ShelfAdapter):
    """Sees to it that nobody calls it from elsewhere, and sends what the ledger does not know."""

    def __init__(
        self, archive: Archive, shelf: Shelf, planned: Sequence[Action | Loss] = THINGS
    ) -> None:
        super().__init__(shelf, planned)
        self.archive = archive
        self.sent: list[str] = []
        """The first action of each call."""

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Iterator[Receipt]:
        """As Adapter."""
        assert threading.current_thread() is threading.main_thread()
        self.sent.append(actions[0].key)
        assert {last(self.archive, one.key) for one in actions} == {"intended"}
        among = {one.key for one in actions}
        assert all(key in receipts or key in among for one in actions for key in one.requires)
        yield from super().apply(actions, receipts)


def last(archive: Archive, key: str) -> str | None:
    """What is written down, as another program sees it."""
    with closing(sqlite3.connect(archive.path)) as other:
        row = other.execute(
            "select event from ledger where key = ? order by entry_id desc", [key]
        ).fetchone()
    return None if row is None else row[0]


def becomes(archive: Archive, key: str, event: str, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while last(archive, key) != event:
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def when(key: str, work: Callable[[], object]) -> Callable[[str], None]:
    """Do something once, when an action's turn has come."""
    left = [work]

    def trouble(asked: str) -> None:
        if asked == key and left:
            left.pop()()

    return trouble


def full_from(monkeypatch: pytest.MonkeyPatch, method: str, key: str) -> threading.Event:
    """The disk is full as soon as the ledger is told of an action."""
    full = threading.Event()

    def wrapped(name: str) -> Callable[[Ledger, Iterable[Result | Intention]], None]:
        real = getattr(Ledger, name)

        def write(self: Ledger, some: Iterable[Result | Intention]) -> None:
            some = list(some)
            if name == method and key in {one.key for one in some}:
                full.set()
            if full.is_set() and some:
                raise errors.ArchiveNotWritable("the disk is full")
            real(self, some)

        return write

    for name in ("intend", "settle"):
        monkeypatch.setattr(Ledger, name, wrapped(name))
    return full


def assert_nobody_is_left() -> None:
    assert not [one for one in threading.enumerate() if one.name in ("clerk", "plan")]


def assert_goes_on(archive: Archive, shelf: Shelf, actions: Sequence[Action] = THINGS) -> None:
    """Another replay makes what is missing, and nothing twice."""
    shelf.before = shelf.after = lambda _key: None
    replay(archive, Watched(archive, shelf, actions), sleep=no_time)
    assert again(archive, shelf, actions).outcome.same == len(actions)
    assert shelf.keys == once(actions)


def test_while_the_target_has_a_batch_the_ones_beside_it_are_written(
    archive: Archive, shelf: Shelf
) -> None:
    seen = []

    def look() -> None:
        seen.append(becomes(archive, "thing:0.0", "done"))
        seen.append(becomes(archive, "thing:0.16", "intended"))
        seen.append(last(archive, "thing:0.24") is None)

    shelf.before = when("thing:0.8", look)
    adapter = Watched(archive, shelf)
    outcome = replay(archive, adapter, sleep=no_time).outcome
    assert seen == [True, True, True]
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8", "thing:0.16", "thing:0.24"]
    assert (outcome.made, outcome.is_whole) == (33, True)
    assert shelf.calls["sought"] == 1
    assert_goes_on(archive, shelf)


def test_progress_is_told_of_what_is_in_the_ledger_and_of_nothing_else(
    archive: Archive, shelf: Shelf
) -> None:
    told = []

    def progress(count: int) -> None:
        told.append(count)
        (written,) = archive.connection.execute(
            "select count(*) from ledger where event = 'done'"
        ).fetchone()
        assert written >= sum(told)

    replay(archive, Watched(archive, shelf), progress=progress, sleep=no_time)
    assert told == [1, 8, 8, 8, 8]


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
    for number in range(12):
        interrupts = [
            threading.Timer(0.02 + 0.011 * number + more, os.kill, (os.getpid(), signal.SIGINT))
            for more in (0, 0.004)
        ]
        try:
            for one in interrupts:
                one.start()
            replay(archive, Watched(archive, shelf), sleep=no_time)
            time.sleep(1)
        except KeyboardInterrupt:
            pass
        finally:
            try:
                for one in interrupts:
                    one.join()
            except KeyboardInterrupt:
                pass
        assert "clerk" not in {one.name for one in threading.enumerate()}
        assert max(shelf.keys.values(), default=1) == 1
    assert_goes_on(archive, shelf)


def test_stopped_while_the_target_has_a_batch_it_sends_no_other(
    archive: Archive, shelf: Shelf
) -> None:
    stop = threading.Event()
    told: list[int] = []
    shelf.before = when("thing:0.10", stop.set)
    adapter = Watched(archive, shelf)
    done = replay(archive, adapter, stop=stop, progress=told.append, sleep=no_time)
    assert done.stopped
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert sum(told) == len(shelf.keys) == 17
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    # One batch ahead at most.
    assert last(archive, "thing:0.24") is None
    assert_goes_on(archive, shelf)


def test_a_plan_that_breaks_off_ends_it_after_what_was_planned(
    archive: Archive, shelf: Shelf
) -> None:
    class Broken(Watched):
        def plan(self, _archive: object) -> Iterator[Action | Loss]:
            yield from self.planned[:20]
            raise errors.AdapterBroken("the plan is broken")

    adapter = Broken(archive, shelf)
    with pytest.raises(errors.AdapterBroken, match="the plan is broken"):
        replay(archive, adapter, sleep=no_time)
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    assert_goes_on(archive, shelf)


def nested() -> list[Action]:
    """Things, and in another lane, so in the next batch, things that hang on them."""
    around = box("0")
    outer = [thing(f"0.{number}", around) for number in range(8)]
    inner = [
        Action(f"{one.key}.inner", "thing", one.source, {"text": "x"}, (one.key,), "inner")
        for one in outer
    ]
    return [around, *outer, *inner]


@pytest.mark.parametrize("refused", [None, "thing:0.3"])
def test_what_hangs_on_a_batch_in_the_air_waits_for_what_comes_of_it(
    archive: Archive, shelf: Shelf, refused: str | None
) -> None:
    actions = nested()
    if refused:
        shelf.before = failing(1000, rejected, refused)
    outcome = replay(archive, Watched(archive, shelf, actions), sleep=no_time).outcome
    lost = 1 if refused else 0
    assert (outcome.made, outcome.failed, outcome.skipped) == (17 - 2 * lost, lost, lost)
    assert_goes_on(archive, shelf, actions)


def test_what_is_in_something_that_was_found_is_looked_for_and_not_ours(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    class Finds(ShelfAdapter):
        """Finds what is there only while it makes it."""

        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            known = dict(receipts)
            for one in actions:
                numbers = self.shelf.numbers(one.key) if one.lane != "inner" else []
                if numbers:
                    receipt = Receipt(one.key, numbers[0], found=True)
                else:
                    (receipt,) = super().apply([one], known)
                known[one.key] = receipt
                yield receipt

    actions = nested()
    with Archive.create(tmp_path / "other.db") as other:
        replay(other, ShelfAdapter(shelf, actions), sleep=no_time)
    outcome = replay(archive, Finds(shelf, actions), sleep=no_time).outcome
    assert (outcome.found, outcome.made) == (17, 0)
    assert shelf.keys == once(actions)


def test_good_receipts_beside_one_that_was_not_asked_for_are_kept(
    archive: Archive, shelf: Shelf
) -> None:
    class Talkative(Watched):
        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            yield from super().apply(actions, receipts)
            yield Receipt("thing:unheard of", "9")

    with pytest.raises(errors.AdapterBroken, match="what it was not asked"):
        replay(archive, Talkative(archive, shelf), sleep=no_time)
    assert events(archive, "box:0") == ["intended", "done"]
    assert events(archive, "thing:unheard of") == []
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
