"""Works ahead in a thread of its own, while whoever takes what comes of it waits for a server."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")

_LOOK_UP = 0.02
"""Seconds, after which whoever waits asks whether to go on."""


@contextmanager
def ahead(
    make: Callable[[threading.Event], Iterator[Item]], depth: int = 2
) -> Iterator[Ahead[Item]]:
    """What an iterator gives, made in another thread from beginning to end.

    Args:
        make: makes the iterator; both it and the iterator live in that thread alone. What it is
            handed is set when nobody wants any more.
        depth: how many items wait at most.
    """
    worker = _Worker(make, depth)
    worker.start()
    try:
        yield Ahead(worker.made)
    finally:
        worker.stop()


class Ahead(Iterator[Item]):
    """What is made, in its order."""

    def __init__(self, made: queue.Queue[Item | _End]) -> None:
        self._made = made
        self._end: _End | None = None

    def __next__(self) -> Item:
        item = self._end or self._made.get()
        if not isinstance(item, _End):
            return item
        self._end = item
        if item.error is not None:
            raise item.error
        raise StopIteration

    def soon(self, is_worth_waiting: Callable[[], bool]) -> Item | None:
        """The next, unless it is not there and no longer worth waiting for. The end, or an error,
        is left for whoever waits for it.
        """
        while self._end is None:
            try:
                item = self._made.get(timeout=_LOOK_UP)
            except queue.Empty:
                if is_worth_waiting():
                    continue
                break
            if not isinstance(item, _End):
                return item
            self._end = item
        return None


class _Worker(threading.Thread, Generic[Item]):
    def __init__(self, make: Callable[[threading.Event], Iterator[Item]], depth: int) -> None:
        super().__init__(name="plan", daemon=True)
        self._make = make
        self.made: queue.Queue[Item | _End] = queue.Queue(depth)
        self._stopped = threading.Event()

    def run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._make(self._stopped):
                if not self._put(item):
                    return
        except BaseException as raised:  # noqa: BLE001 - it is raised again by whoever waits for it
            error = raised
        self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self.made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def stop(self) -> None:
        """Make no more, and end."""
        self._stopped.set()
        self.join()


class _End:
    """Nothing comes after it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
