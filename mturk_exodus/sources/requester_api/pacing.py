"""One limiter for all calls of a run: as fast as the endpoint lets us, never faster than asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

FIRST_RATE = 5.0
"""Calls a second to begin with. MTurk publishes no limit; requesters report 1 to 6."""

RATE = "export.rate"
"""In archive_info: the rate that was found where the endpoint throttles."""

_SLOWEST = 0.05
_GROWTH = 1.05
_FIRST_GROWTH = 2.0
_CUT = 0.8
_DEEPEST_FIRST_CUT = 0.25
_SHORTEST_LOOK = 0.25


class Pacer:
    """Hands out the moments at which calls may start.

    The rate doubles every second until the endpoint throttles for the first time, then grows by
    5 % a second. The first throttled call cuts it to what was answered in the last second, to a
    quarter at most, and every later one by a fifth; once a second at most. It grows only while
    calls are waiting for it. All figures are calls a second.
    """

    def __init__(
        self,
        *,
        rate: float,
        most: float | None = None,
        found: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start at `rate`; `found` says that it is a rate at which the endpoint has throttled."""
        self.most = most
        self.rate = min(rate, most) if most else rate
        self.found = found
        self.throttled = 0
        self._clock = clock
        self._lock = threading.Lock()
        now = clock()
        self._next = now
        self._began = now
        self._grown_at = now
        self._cut_at = now - 1.0
        self._waited = False
        self._answered: deque[float] = deque()

    def wait_time(self) -> float:
        """Take the next moment, and say how many seconds from now it is."""
        with self._lock:
            now = self._clock()
            self._grow(now)
            self._waited = self._waited or self._next > now
            start = max(self._next, now)
            self._next = start + 1 / self.rate
            return max(0.0, start - now)

    def acquire(self, stop: threading.Event) -> bool:
        """Wait for the next moment; False if `stop` was set meanwhile."""
        wait = self.wait_time()
        return not (stop.wait(wait) if wait > 0 else stop.is_set())

    def answered(self) -> None:
        """The endpoint has answered a call."""
        with self._lock:
            self._answered.append(self._clock())
            self._forget()

    def throttle(self) -> None:
        """The endpoint has refused a call for being too early."""
        with self._lock:
            now = self._clock()
            self.throttled += 1
            if now - self._cut_at < 1.0:
                return
            self.rate = max(min(self.rate * _CUT, self._borne(now)), _SLOWEST)
            self.found = True
            self._cut_at = self._grown_at = now

    def _borne(self, now: float) -> float:
        """The rate that the endpoint has shown to bear, while doubling ran past it."""
        if self.found:
            return self.rate
        self._forget()
        looked = max(min(now - self._began, 1.0), _SHORTEST_LOOK)
        return max(len(self._answered) / looked, self.rate * _DEEPEST_FIRST_CUT)

    def _forget(self) -> None:
        while self._answered and self._answered[0] < self._clock() - 1.0:
            self._answered.popleft()

    def _grow(self, now: float) -> None:
        if now - self._grown_at < 1.0:
            return
        if self._waited:
            self.rate *= _GROWTH if self.found else _FIRST_GROWTH
            if self.most:
                self.rate = min(self.rate, self.most)
        self._grown_at = now
        self._waited = False
