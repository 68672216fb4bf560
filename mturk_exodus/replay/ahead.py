"""Works ahead in a thread of its own, while whoever takes what comes of it waits for a server."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


@contextmanager
def ahead(
    make: Callable[[threading.Event], Iterator[Item]], depth: int = 2
) -> Iterator[Iterator[Item]]:
    """What an iterator gives, made in another thread from beginning to end.

    Args:
        make: makes the iterator; both it and the iterator live in that thread alone. What it is
            handed is set when nobody wants any more.
        depth: how many items wait at most.
    """
    worker = _Worker(make, depth)
    worker.start()
    try:
        yield worker.items()
    finally:
        worker.stop()


class _Worker(threading.Thread, Generic[Item]):
    def __init__(self, make: Callable[[threading.Event], Iterator[Item]], depth: int) -> None:
        super().__init__(name="plan", daemon=True)
        self._make = make
        self._made: queue.Queue[Item | _End] = queue.Queue(depth)
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
                self._made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def items(self) -> Iterator[Item]:
        """What was made, in its order."""
        while True:
            item = self._made.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def stop(self) -> None:
        """Make no more, and end."""
        self._stopped.set()
        self.join()


class _End:
    """Nothing comes after it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
