"""The course of a replay: batch after batch, and while the target has one, the ledger's work on the
one before it and the one after it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from mturk_exodus.replay.ahead import Ahead
from mturk_exodus.replay.batches import Batch
from mturk_exodus.replay.clerk import Clerk
from mturk_exodus.replay.engine import Engine
from mturk_exodus.replay.states import States

Progress = Callable[[int], None]
"""Is told how many more actions have been dealt with."""


class _Sent(NamedTuple):
    """A batch whose receipts the clerk may still have to write."""

    actions: int
    given: int
    """How many jobs the clerk had been given when it had come to its end."""


class Course:
    """Takes batches through the engine.

    A plain batch is sent when the ledger has its intention. While the target has it, the clerk
    writes the receipts of the one before it, and intends the next one if that is plain too. For
    any other batch the clerk is drained: its steps need a ledger that is up to date.

    Args:
        engine: carries them out.
        clerk: writes in the ledger while the target works.
        stop: ends it before the next batch is sent.
        progress: is told of each batch when it is in the ledger.
    """

    def __init__(
        self, engine: Engine, clerk: Clerk, stop: threading.Event, progress: Progress
    ) -> None:
        self._engine = engine
        self._clerk = clerk
        self._stop = stop
        self._progress = progress
        self._sent: deque[_Sent] = deque()

    def run(self, batches: Ahead[Batch]) -> None:
        """Until there are no more, or it is stopped.

        Raises:
            ExodusError: as Engine.carry_out; or the ledger cannot be written.
        """
        states = self._next(batches)
        while states is not None and not self._stop.is_set():
            if states.is_plain:
                states = self._send(states, batches)
            else:
                self._engine.carry_out(states)
                self._progress(len(states.batch))
                states = None
            states = states or self._next(batches)
        self._rest()

    def _send(self, states: States, batches: Ahead[Batch]) -> States | None:
        """Send a batch. The next one, if it was planned before the answer came."""
        job = self._clerk.prepare(batches, self._stop)
        self._engine.send(states, self._clerk)
        self._sent.append(_Sent(len(states.batch), self._clerk.given))
        following = self._clerk.result(job)
        self._tell()
        if following is None or following.is_plain:
            return following
        return self._begin(following.batch)

    def _next(self, batches: Ahead[Batch]) -> States | None:
        """The next batch, however long that takes."""
        self._rest()
        return None if self._stop.is_set() else self._begin(next(batches, None))

    def _begin(self, batch: Batch | None) -> States | None:
        self._rest()
        if batch is None or self._stop.is_set():
            return None
        return self._engine.begin(batch)

    def _rest(self) -> None:
        """Wait until all is written."""
        if self._sent:
            self._clerk.drain()
            self._tell()

    def _tell(self) -> None:
        while self._sent and self._sent[0].given <= self._clerk.done:
            self._progress(self._sent.popleft().actions)
