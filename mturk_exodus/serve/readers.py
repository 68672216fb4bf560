"""Threads that read the archive, each over a connection of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from mturk_exodus.archive import Archive
from mturk_exodus.errors import ServeError

T = TypeVar("T")
Question = Callable[[Archive], Any]

THREADS = 8
_INTERRUPT_SECONDS = 0.05


class Readers:
    """A few threads that answer questions about an archive. Close them.

    A connection stays with the thread that opened it, which SQLite's Python module demands, and
    is closed there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._questions: SimpleQueue[tuple[Future[Any], Question] | None] = SimpleQueue()
        self._connections: list[sqlite3.Connection] = []
        self._threads: list[Thread] = []
        self._guard = Lock()
        self._is_closed = False

    def start(self) -> None:
        """Start the threads; each opens the archive when it is first asked."""
        for number in range(THREADS):
            thread = Thread(target=self._work, name=f"reader-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """As long as an application that asks them."""
        self.start()
        try:
            yield
        finally:
            self.close()

    async def ask(self, question: Callable[[Archive], T]) -> T:
        """What the question returns, or raises.

        Raises:
            ServeError: they are closed.
        """
        return await asyncio.wrap_future(self._asked(question))

    def wait(self, question: Callable[[Archive], T]) -> T:
        """As ask(), for whoever is in a thread and may wait."""
        return self._asked(question).result()

    def _asked(self, question: Callable[[Archive], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._guard:
            if self._is_closed:
                future.set_exception(ServeError("the server is being stopped"))
            else:
                self._questions.put((future, question))
        return future

    def close(self) -> None:
        """Break off what is being read, and close every connection; who asks now is refused."""
        with self._guard:
            self._is_closed = True
            for _ in self._threads:
                self._questions.put(None)
        while self._threads:
            # Again and again: an interrupt between two statements is lost.
            for connection in self._connections:
                with suppress(sqlite3.ProgrammingError):  # its thread has closed it
                    connection.interrupt()
            self._threads[-1].join(_INTERRUPT_SECONDS)
            if not self._threads[-1].is_alive():
                self._threads.pop()
        self._connections.clear()

    def _work(self) -> None:
        with ExitStack() as stack:
            archive: Archive | None = None
            for future, question in iter(self._questions.get, None):
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    archive = archive or self._open(stack)
                    future.set_result(question(archive))
                except BaseException as error:  # noqa: BLE001 - raised again where it was asked
                    future.set_exception(error)

    def _open(self, stack: ExitStack) -> Archive:
        archive = stack.enter_context(Archive.open(self._path, read_only=True))
        self._connections.append(archive.connection)
        return archive
