"""The ledger is written by a thread of its own, and what holds without one holds with it."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive.ledger import Intention, Ledger, Result
from mturk_exodus.replay.ahead import ahead
from mturk_exodus.replay.batches import prepared
from mturk_exodus.replay.clerk import Clerk
from tests.mturk_exodus.replay.habits import events, interrupted
from tests.mturk_exodus.replay.shelf import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mturk_exodus.archive.ledger import Replay
    from mturk_exodus.replay.ahead import Ahead
    from mturk_exodus.replay.batches import Batch

KEYS = [f"thing:{number}" for number in range(6)]
THINGS = [prepared(one) for one in plan(boxes=1, things=4, parts=1)]


@pytest.fixture
def this(archive: Archive) -> Replay:
    """A replay that has intended KEYS, and made THINGS' box."""
    this = ledger.begin(archive, "shelf", "the shelf", "import", {})
    book = Ledger(archive, this)
    book.intend(Intention(key, "thing", "0", "0", ()) for key in [*KEYS, "box:0"])
    book.settle([Result("box:0", "done", "1")])
    return this


def done(*keys: str) -> list[Result]:
    return [Result(key, "done", key) for key in keys]


@contextmanager
def batches(*some: Batch) -> Iterator[Ahead[Batch]]:
    with ahead(lambda _unwanted: iter(some)) as found:
        yield found


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    settle = Ledger.settle

    def slow(self: Ledger, results: Iterable[Result]) -> None:
        time.sleep(seconds)
        settle(self, results)

    monkeypatch.setattr(Ledger, "settle", slow)


def failing_at(monkeypatch: pytest.MonkeyPatch, method: str, *keys: str) -> None:
    """The ledger cannot be written where it is about these."""
    real = getattr(Ledger, method)

    def fail(self: Ledger, some: Iterable[Result | Intention]) -> None:
        some = list(some)
        if {one.key for one in some} & set(keys):
            raise errors.ArchiveNotWritable("the disk is full")
        real(self, some)

    monkeypatch.setattr(Ledger, method, fail)


def with_clerk(archive: Archive, this: Replay, work: Callable[[Clerk], None]) -> None:
    with Clerk(archive.path, this, 0) as clerk:
        work(clerk)


def clerks() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "clerk"]


def test_jobs_are_done_in_their_order_by_one_other_thread(
    archive: Archive, this: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[str] = []
    threads = set()

    def note(_self: Ledger, results: Iterable[Result]) -> None:
        settled.extend(one.key for one in results)
        threads.add(threading.current_thread())

    monkeypatch.setattr(Ledger, "settle", note)
    with Clerk(archive.path, this, 0) as clerk:
        for key in KEYS:
            clerk.settle(done(key))
        clerk.drain()
        assert settled == KEYS
        assert clerk.given == clerk.done == len(KEYS) + 1
    assert len(threads) == 1
    assert threading.main_thread() not in threads
    assert not clerks()


def test_a_plain_batch_is_intended_and_any_other_is_left_alone(
    archive: Archive, this: Replay
) -> None:
    box, *things = THINGS
    stop = threading.Event()
    ready: list[Batch] = []
    with (
        batches(things[:2], things[2:4], [box], things) as found,
        Clerk(archive.path, this, 0, ready.append) as clerk,
    ):
        first, second, roots, some = [clerk.result(clerk.prepare(found, stop)) for _ in range(4)]
        assert clerk.result(clerk.prepare(found, stop)) is None
    assert first is not None
    assert first.is_plain
    assert first.receipts["box:0"].target_id == "1"
    assert second is not None
    assert second.is_plain
    assert [one and one.is_plain for one in (roots, some)] == [False, False]
    assert ready == [things[:2], things[2:4]]
    assert events(archive, "thing:0.0") == events(archive, "thing:0.1.0") == ["intended"]
    assert events(archive, "thing:0.2") == []
    assert events(archive, "box:0") == ["intended", "done"]


@pytest.mark.parametrize("requires", [("thing:0.0",), ("box:0", "thing:0.0")])
def test_a_batch_that_hangs_on_what_is_in_the_air_is_not_plain(
    archive: Archive, this: Replay, requires: tuple[str, ...]
) -> None:
    _, one, part, *_ = THINGS
    other = prepared(replace(part.action, requires=requires))
    with batches([one], [other]) as found, Clerk(archive.path, this, 0) as clerk:
        first, second = [clerk.result(clerk.prepare(found, threading.Event())) for _ in range(2)]
    assert [one and one.is_plain for one in (first, second)] == [True, False]
    assert events(archive, part.action.key) == []


def test_nothing_is_prepared_any_more_once_it_is_to_stop(archive: Archive, this: Replay) -> None:
    stop = threading.Event()
    stop.set()
    with batches(THINGS[1:]) as found, Clerk(archive.path, this, 0) as clerk:
        assert clerk.result(clerk.prepare(found, stop)) is None
    assert events(archive, "thing:0.0") == []


def test_it_does_not_wait_for_a_plan_while_there_are_receipts(
    archive: Archive, this: Replay
) -> None:
    unwanted = threading.Event()

    def never(_unwanted: threading.Event) -> Iterator[Batch]:
        unwanted.wait(30)
        yield from ()

    with ahead(never) as found, Clerk(archive.path, this, 0) as clerk:
        job = clerk.prepare(found, threading.Event())
        clerk.settle(done(KEYS[0]))
        assert clerk.result(job) is None
        clerk.drain()
        assert events(archive, KEYS[0]) == ["intended", "done"]
        unwanted.set()


def test_the_first_error_comes_once_and_whatever_has_come_is_written_all_the_same(
    archive: Archive, this: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_at(monkeypatch, "settle", KEYS[0])
    first: list[BaseException] = []

    def work(clerk: Clerk) -> None:
        with batches(THINGS[1:]) as found:
            clerk.settle(done(KEYS[0]))
            job = clerk.prepare(found, threading.Event())
            clerk.settle(done(KEYS[1]))
            with pytest.raises(errors.ArchiveNotWritable, match="disk is full") as raised:
                clerk.result(job)
            first.append(raised.value)
            with pytest.raises(errors.ArchiveNotWritable) as raised:
                clerk.drain()
            first.append(raised.value)
            assert clerk.done == 0
            raise first[0]

    with pytest.raises(errors.ArchiveNotWritable) as raised:
        with_clerk(archive, this, work)
    assert [*first, raised.value] == [raised.value] * 3
    assert raised.value.__context__ is None
    assert events(archive, KEYS[0]) == ["intended"]
    assert events(archive, KEYS[1]) == ["intended", "done"]
    assert events(archive, "thing:0.0") == []


@pytest.mark.parametrize("ending", [None, errors.TargetUnavailable("gone"), KeyboardInterrupt()])
def test_an_error_that_nobody_waited_for_comes_when_the_clerk_is_left(
    archive: Archive,
    this: Replay,
    monkeypatch: pytest.MonkeyPatch,
    ending: BaseException | None,
) -> None:
    failing_at(monkeypatch, "settle", KEYS[0])

    def work(clerk: Clerk) -> None:
        clerk.settle(done(KEYS[0]))
        if ending is not None:
            raise ending

    with pytest.raises(errors.ArchiveNotWritable) as raised:
        with_clerk(archive, this, work)
    assert raised.value.__context__ is ending


def test_an_archive_that_cannot_be_opened_is_an_error_like_any_other(
    this: Replay, tmp_path: Path
) -> None:
    def work(clerk: Clerk) -> None:
        clerk.settle(done(KEYS[0]))
        clerk.drain()

    with pytest.raises(errors.ArchiveNotFound):
        with_clerk(Archive(tmp_path / "no.db", sqlite3.connect(":memory:")), this, work)
    assert not clerks()


def test_an_archive_that_another_holds_is_said_to_be_busy(
    archive: Archive, this: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(clerk: Clerk) -> None:
        clerk.settle(done(KEYS[0]))
        clerk.drain()

    def impatient(path: Path, *, read_only: bool = False) -> Archive:
        impatient = patient(path, read_only=read_only)
        impatient.connection.execute("pragma busy_timeout = 100")
        return impatient

    patient = Archive.open
    monkeypatch.setattr(Archive, "open", impatient)
    with closing(sqlite3.connect(archive.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(errors.ArchiveBusy, match="another program holds"):
            with_clerk(archive, this, work)
        other.execute("rollback")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, SystemExit])
def test_receipts_are_written_whatever_ends_it(
    archive: Archive, this: Replay, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    slowly(monkeypatch, 0.05)

    def work(clerk: Clerk) -> None:
        with batches(THINGS[1:]) as found:
            for key in KEYS:
                clerk.settle(done(key))
            clerk.prepare(found, threading.Event())
            raise error

    with pytest.raises(error):
        with_clerk(archive, this, work)
    assert [events(archive, key) for key in KEYS] == [["intended", "done"]] * len(KEYS)
    # Nobody will send it now.
    assert events(archive, "thing:0.0") == []
    assert not clerks()


def test_interrupts_while_receipts_are_written_come_after_them(
    archive: Archive, this: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(monkeypatch, 0.1)

    def work(clerk: Clerk) -> None:
        for key in KEYS:
            clerk.settle(done(key))

    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: with_clerk(archive, this, work), 0.1, 0.15, 0.25)
    assert [events(archive, key) for key in KEYS] == [["intended", "done"]] * len(KEYS)
    assert not clerks()
