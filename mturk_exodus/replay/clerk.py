"""Writes in the ledger in a thread of its own, while whoever asks it to waits for a target."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger, Replay, Result
from mturk_exodus.replay.ahead import Ahead
from mturk_exodus.replay.batches import Batch
from mturk_exodus.replay.states import States, intended

Made = TypeVar("Made")


class Job(Generic[Made]):
    """Something that the clerk does when everything before it is done.

    Args:
        work: is handed the clerk's ledger.
        is_owed: whether it is to be tried even after an error, and when nobody waits any more.
    """

    def __init__(self, work: Callable[[Ledger], Made], *, is_owed: bool) -> None:
        self._work = work
        self.is_owed = is_owed
        self.is_over = False
        self._made: list[Made] = []
        self._latch = threading.Lock()
        self._latch.acquire()

    def do(self, ledger: Ledger) -> None:
        """Do it; only the clerk does."""
        self._made.append(self._work(ledger))

    def finish(self) -> None:
        """Whether it was done or not: nobody needs to wait for it."""
        self.is_over = True
        self._latch.release()

    def wait(self) -> None:
        """Until it is over."""
        while not self.is_over:
            self._latch.acquire()

    @property
    def made(self) -> Made:
        """What came of it."""
        return self._made[0]


class Clerk:
    """Does jobs in the order in which they come, over a connection of its own.

    Nobody else writes in the ledger unless the clerk is drained. After the first error nothing is
    intended any more, and that error comes out of whatever is waited for; what has come from the
    target is written even then, if it can be. So it is when the clerk is left: that takes until
    every receipt is written, and whatever interrupts it comes after that.

    Args:
        path: of the archive. Whoever calls has the right to write to it.
        replay: that writes.
        began_at: the number of the ledger's last entry when this replay began.
        make_ready: is handed each batch that is intended ahead, before anybody waits for it.
    """

    def __init__(
        self,
        path: Path,
        replay: Replay,
        began_at: int,
        make_ready: Callable[[Batch], None] = lambda _batch: None,
    ) -> None:
        self._path = path
        self._replay = replay
        self._began_at = began_at
        self._make_ready = make_ready
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._book: Ledger | None = None
        self._error: BaseException | None = None
        self._is_closing = False
        self._is_gone = False
        self._gone = threading.Lock()
        self.given = 0
        """Jobs so far."""
        self.done = 0
        """How many of them, from the first on, have been done without an error."""

    def prepare(self, batches: Ahead[Batch], stop: threading.Event) -> Job[States | None]:
        """Look what the ledger knows of the next batch, and if it is plain, intend it. It is waited
        for until there is something else to do.
        """
        return self._give(Job(lambda book: self._prepared(batches, stop, book), is_owed=False))

    def settle(self, results: Iterable[Result]) -> None:
        """What came of some actions is to be written, and nobody waits for it."""
        some = list(results)
        if some:
            self._give(Job(lambda book: book.settle(some), is_owed=True))

    def drain(self) -> None:
        """Wait until everything is done.

        Raises:
            ExodusError: the ledger cannot be written, or read.
        """
        self.result(self._give(Job(lambda _book: None, is_owed=False)))

    def result(self, job: Job[Made]) -> Made:
        """What came of a job, and of all before it.

        Raises:
            ExodusError: the ledger cannot be written, or read.
        """
        job.wait()
        if self._error is not None:
            raise self._error
        return job.made

    def __enter__(self) -> Clerk:
        self._gone.acquire()
        # A daemon: if all else fails, what is not written is looked for by the next replay.
        try:
            threading.Thread(target=self._run, name="clerk", daemon=True).start()
        except BaseException:
            # Who is interrupted here never leaves the clerk, who may have begun.
            self._jobs.put(None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        interruption = self._end()
        if self._error is not None and self._error is not error:
            raise self._error
        if interruption is not None:
            raise interruption

    def _end(self) -> BaseException | None:
        """Wait until every receipt is written and the connection closed; what interrupted that."""
        interruption: BaseException | None = None
        while not self._is_gone:
            try:
                self._is_closing = True
                self._jobs.put(None)
                self._gone.acquire()
            except BaseException as raised:  # noqa: BLE001, PERF203 - it comes after the receipts
                interruption = raised
        return interruption

    def _prepared(
        self, batches: Ahead[Batch], stop: threading.Event, book: Ledger
    ) -> States | None:
        batch = batches.soon(self._jobs.empty)
        if batch is None or stop.is_set() or self._is_closing:
            return None
        states = intended(book, batch, self._began_at)
        if states.is_plain:
            self._make_ready(batch)
        return states

    def _give(self, job: Job[Made]) -> Job[Made]:
        self.given += 1
        self._jobs.put(job)
        return job

    def _run(self) -> None:
        try:
            with ExitStack() as opened:
                for job in iter(self._jobs.get, None):
                    self._do(job, opened)
        except BaseException as error:  # noqa: BLE001 - it is raised by whoever leaves the clerk
            self._error = self._error or error
        finally:
            self._is_gone = True
            self._gone.release()

    def _do(self, job: Job[Any], opened: ExitStack) -> None:
        try:
            if job.is_owed or not (self._error or self._is_closing):
                job.do(self._ledger(opened))
        except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
            self._error = self._error or error
        finally:
            self.done += self._error is None
            job.finish()

    def _ledger(self, opened: ExitStack) -> Ledger:
        if self._book is None:
            archive = opened.enter_context(Archive.open(self._path))
            self._book = Ledger(archive, self._replay)
        return self._book
