"""Standing in line for a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio

from mturk_exodus.serve.host.desk import DeskUnavailable

T = TypeVar("T")


class Line:
    """So many threads, and visitors who wait for one of them.

    Args:
        threads: at the same time.
        patience: seconds after which a visitor is sent away, to come again.
    """

    def __init__(self, threads: int, patience: float) -> None:
        self._free = anyio.Semaphore(threads)
        self._limit = anyio.CapacityLimiter(threads)
        self._patience = patience

    async def run(self, work: Callable[[], T]) -> T:
        """What the work returns, or raises.

        Raises:
            DeskUnavailable: the line is too long. The work was not begun.
        """
        try:
            with anyio.fail_after(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise DeskUnavailable("too many visitors wait for the host's database") from None
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limit)
        finally:
            self._free.release()
