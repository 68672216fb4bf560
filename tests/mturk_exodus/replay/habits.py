"""How replays to a shelf are started, troubled and looked at."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING

from mturk_exodus import errors
from mturk_exodus.replay.replaying import Replayed, replay
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from mturk_exodus.archive import Archive
    from mturk_exodus.replay.adapter import Action


def no_time(_seconds: float) -> None:
    """Nobody waits here."""


def again(
    archive: Archive, shelf: Shelf, actions: Sequence[Action], stop: threading.Event | None = None
) -> Replayed:
    shelf.calls.clear()
    progress = None if stop is None else (lambda _count: stop.set())
    adapter = ShelfAdapter(shelf, actions)
    return replay(archive, adapter, stop=stop, progress=progress, sleep=no_time)


def once(actions: Sequence[Action]) -> Counter[str]:
    return Counter(one.key for one in actions)


def events(archive: Archive, key: str) -> list[str]:
    rows = archive.connection.execute(
        "select event from ledger where key = ? order by entry_id", [key]
    )
    return [event for (event,) in rows]


def failing(times: int, error: Callable[[], BaseException], key: str) -> Callable[[str], None]:
    left = [times]

    def fail(asked: str) -> None:
        if asked == key and left[0]:
            left[0] -= 1
            raise error()

    return fail


def unknown() -> BaseException:
    return errors.OutcomeUnknown("the answer was lost")


def rejected() -> BaseException:
    return errors.TargetRejected("it is too green")


def interrupted(work: Callable[[], object], *seconds: float) -> None:
    """Ctrl-C comes after so many seconds; when the work has ended, it is nobody's.

    Raises:
        KeyboardInterrupt: one came in time.
    """

    def interrupt(_number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code is work.__code__:
                raise KeyboardInterrupt
            frame = frame.f_back

    before = signal.signal(signal.SIGINT, interrupt)
    timers = [threading.Timer(one, os.kill, (os.getpid(), signal.SIGINT)) for one in seconds]
    try:
        for one in timers:
            one.start()
        work()
    finally:
        for one in timers:
            one.join()
        signal.signal(signal.SIGINT, before)
