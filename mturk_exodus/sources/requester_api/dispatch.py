"""The loop of an export: hand out units, take answers, commit, until nothing is left to do."""

from __future__ import annotations

import heapq
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from mturk_exodus.archive import runs
from mturk_exodus.archive.work import Unit
from mturk_exodus.errors import ExodusError, Interrupted, RequesterError
from mturk_exodus.sources.requester_api.absorb import Absorber
from mturk_exodus.sources.requester_api.asker import Answer, Asker
from mturk_exodus.sources.requester_api.health import Health, Patience
from mturk_exodus.sources.requester_api.operations import GET_BALANCE, WHOLE_ACCOUNT
from mturk_exodus.sources.requester_api.outcomes import CallFailed, Trouble, plain
from mturk_exodus.sources.requester_api.pacing import RATE
from mturk_exodus.sources.requester_api.replies import BadReply, Reply

_FETCH_AHEAD = 64
_WAKE_SECONDS = 0.25
_TELL_SECONDS = 1.0
_MOST_FAILURES = 8
_MOST_RESTARTS = 5
_LAST_ANSWERS_SECONDS = 5.0


@dataclass
class Dispatcher:
    """Keeps the threads busy and is the only one to write."""

    absorber: Absorber
    asker: Asker
    concurrency: int
    patience: Patience
    observe: Callable[[int], None]
    health: Health = field(init=False)
    _questions: queue.SimpleQueue[Unit | None] = field(default_factory=queue.SimpleQueue)
    _answers: queue.SimpleQueue[Answer] = field(default_factory=queue.SimpleQueue)
    _ready: deque[Unit] = field(default_factory=deque)
    _retries: deque[Unit] = field(default_factory=deque)
    _paused: list[tuple[float, int, Unit]] = field(default_factory=list)
    _asked: dict[int, Unit] = field(default_factory=dict)
    _told_at: float = 0.0

    def __post_init__(self) -> None:
        """Begin in good health. A thread that hangs in a call never keeps the program alive."""
        self.health = Health(self.patience)
        for number in range(self.concurrency):
            threading.Thread(target=self._ask, name=f"asker-{number}", daemon=True).start()

    def drain(self) -> None:
        """Do all units that are to do, and those that follow from them.

        Raises:
            Interrupted: the person stopped it.
            RequesterError: going on makes no sense; what was answered is kept.
        """
        while self._hand_out():
            self._absorb(self._take())
            self._tell()
            if self.asker.stop.is_set():
                raise Interrupted("stopped")

    def close(self) -> None:
        """Stop the threads; keep what the calls under way still bring within a few seconds."""
        self.asker.stop.set()
        for _ in range(self.concurrency):
            self._questions.put(None)
        give_up = time.monotonic() + _LAST_ANSWERS_SECONDS
        with suppress(ExodusError):
            while self._asked and time.monotonic() < give_up:
                self._absorb(self._take())
        for answer in self._take():
            answer.close()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TELL_SECONDS:
            self._told_at = now
            self.observe(self.absorber.work.count_left())

    def _ask(self) -> None:
        while (unit := self._questions.get()) is not None:
            self._answers.put(self.asker.ask(unit))

    def _hand_out(self) -> bool:
        """Keep every thread busy; False once nothing is left to do or to wait for."""
        now = time.monotonic()
        while self._paused and self._paused[0][0] <= now:
            self._retries.append(heapq.heappop(self._paused)[2])
        # While nothing answers, one call at a time finds out whether anything does.
        places = 1 if self.health.silent else self.concurrency
        while len(self._asked) < places and (unit := self._next()):
            self._asked[unit.work_id] = unit
            self._questions.put(unit)
        return bool(self._asked or self._paused or self._retries)

    def _next(self) -> Unit | None:
        if self.health.silent:
            return self._canary()
        if self._retries:
            return self._retries.popleft()
        if not self._ready:
            busy = [*self._asked, *(work_id for _, work_id, _ in self._paused)]
            self._ready.extend(self.absorber.work.next_units(_FETCH_AHEAD, busy))
        return self._ready.popleft() if self._ready else None

    def _canary(self) -> Unit | None:
        """The one unit to ask while nothing answers: the others should not pay for the silence."""
        for unit in self._retries:
            if unit.operation == GET_BALANCE:
                self._retries.remove(unit)
                return unit
        return None

    def _send_canary(self) -> None:
        waiting = (*self._asked.values(), *self._retries, *(unit for _, _, unit in self._paused))
        if not any(unit.operation == GET_BALANCE for unit in waiting):
            self.absorber.work.plan(WHOLE_ACCOUNT[0])
            self._retries.append(self.absorber.work.unit(GET_BALANCE, ""))

    def _take(self) -> list[Answer]:
        """The answers that are there, waiting a moment for the first."""
        answers = []
        with suppress(queue.Empty):
            wait: float | None = _WAKE_SECONDS
            while True:
                answers.append(
                    self._answers.get(timeout=wait) if wait else self._answers.get_nowait()
                )
                wait = None
        return answers

    def _absorb(self, answers: list[Answer]) -> None:
        """Keep the answers in one transaction, and only then speak of trouble."""
        if not answers:
            return
        try:
            self._commit(answers)
        finally:
            for answer in answers:
                answer.close()

    def _commit(self, answers: list[Answer]) -> None:
        stop: RequesterError | None = None
        archive = self.absorber.archive
        with archive.transaction():
            for answer in answers:
                self._asked.pop(answer.unit.work_id, None)
                if answer.bug is not None:
                    raise answer.bug
                try:
                    self._settle(answer)
                except RequesterError as error:
                    stop = stop or error
            runs.count_calls(archive, self.absorber.run, self.asker.calls.made)
            if self.asker.pacer.found:
                archive.set_info(RATE, f"{self.asker.pacer.rate:.3f}")
        if stop:
            raise stop

    def _settle(self, answer: Answer) -> None:
        failed = answer.failed
        if answer.reply is not None:
            failed = self._keep(answer, answer.reply)
            if failed is None:
                self.health.well()
                self._go_on(answer.unit)
        if failed is not None:
            self._failed(answer.unit, failed)

    def _keep(self, answer: Answer, reply: Reply) -> CallFailed | None:
        """Store a reply whole, or nothing of it."""
        connection = self.absorber.archive.connection
        connection.execute("savepoint reply")
        try:
            self.absorber.absorb(answer.unit, reply, answer.upload)
        except BadReply as error:
            connection.execute("rollback to reply")
            self.asker.calls.trouble(Trouble.TRANSIENT)
            return CallFailed(Trouble.TRANSIENT, plain(str(error)))
        finally:
            connection.execute("release reply")
        return None

    def _go_on(self, unit: Unit) -> None:
        """The next page of a list comes before anything new."""
        now = self.absorber.work.unit(unit.operation, unit.subject)
        if now.next_token is not None:
            self._ready.appendleft(now)

    def _failed(self, unit: Unit, failed: CallFailed) -> None:
        work = self.absorber.work
        if failed.trouble is Trouble.THROTTLED:
            self._ready.appendleft(unit)
        elif failed.trouble is Trouble.GONE:
            work.finish(unit, "gone", failed.reason)
            self.absorber.gone(unit)
        elif failed.trouble is Trouble.TOKEN and unit.restarts < _MOST_RESTARTS:
            work.restart(unit)
            self._ready.appendleft(work.unit(unit.operation, unit.subject))
        elif failed.trouble in (Trouble.TRANSIENT, Trouble.UNREACHABLE):
            self._try_later(unit, failed)
        elif failed.trouble is not Trouble.CREDENTIALS:
            work.finish(unit, "failed", failed.reason)
        if self.health.ill(failed, unit):
            self._send_canary()

    def _try_later(self, unit: Unit, failed: CallFailed) -> None:
        work = self.absorber.work
        if unit.failures + 1 >= _MOST_FAILURES and unit.operation != GET_BALANCE:
            work.finish(unit, "failed", failed.reason)
            return
        work.fail_once(unit)
        again = work.unit(unit.operation, unit.subject)
        pause = self.patience.pause(again.failures) * random.uniform(0.5, 1.0)  # noqa: S311 - only spreads calls in time
        heapq.heappush(self._paused, (time.monotonic() + pause, unit.work_id, again))
