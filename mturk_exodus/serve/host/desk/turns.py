"""Waiting in a line: a lock or a pool of Python's may let the same threads pass again and again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from mturk_exodus.serve.host.desk.failures import DeskUnavailable


class Turns:
    """So many at once; of those who wait, the one who came first is next.

    Args:
        number: how many.
        patience: seconds after which waiting is given up.
    """

    def __init__(self, number: int, patience: float) -> None:
        self._free = number
        self._patience = patience
        self._waiting: deque[threading.Lock] = deque()
        self._guard = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a turn.

        Raises:
            DeskUnavailable: nobody has made room for too long.
        """
        self._take()
        try:
            yield
        finally:
            self._give()

    def _take(self) -> None:
        called = threading.Lock()
        called.acquire()
        with self._guard:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(called)
        is_called = False
        try:
            is_called = called.acquire(timeout=self._patience)
        finally:
            if not is_called:
                self._leave(called)
        if not is_called:
            raise DeskUnavailable("the host's database is too busy")

    def _leave(self, called: threading.Lock) -> None:
        with self._guard:
            if called in self._waiting:
                self._waiting.remove(called)
                return
        self._give()  # called at the very moment of leaving

    def _give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
