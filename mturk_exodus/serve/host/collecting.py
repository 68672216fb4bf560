"""From the desk into the archive, now and then, while participants go on working."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence

from mturk_exodus.errors import ArchiveBusy, ExodusError, FilesRefused
from mturk_exodus.serve.host.desk import Desk, Finished
from mturk_exodus.serve.host.visits import now_in_utc

Keep = Callable[[Sequence[Finished]], Collection[str]]
"""Writes assignments into the archive; the ids of those that are there now. Each is there once."""

_AT_ONCE = 500
_LONG_SECONDS = 600
"""So often it is said that another command writes to the archive."""
_LOG = logging.getLogger(__name__)


def collect(desk: Desk, keep: Keep) -> int:
    """Bring everything that is submitted into the archive; how many assignments that was.

    What is kept is marked at the desk afterwards: killed in between, it is kept again, which
    changes nothing.

    Raises:
        FilesRefused: the archive does not take some of them. They stay at the desk, and the others
            are kept.
    """
    total, refused, last = 0, 0, None
    while some := desk.finished(last, limit=_AT_ONCE):
        kept = keep(some)
        total += desk.gathered(kept)
        refused += len(some) - len(kept)
        last = some[-1]
    if refused:
        raise FilesRefused(
            f"the archive does not take {refused} answers of the host; they stay there"
        )
    return total


class Collector(threading.Thread):
    """Collects at intervals, and clears away what ran out, until it is stopped.

    Args:
        desk: where the answers are.
        keep: writes them.
        seconds: between two times.
    """

    def __init__(self, desk: Desk, keep: Keep, seconds: float) -> None:
        super().__init__(name="collector", daemon=True)
        self._desk = desk
        self._keep = keep
        self._seconds = seconds
        self._stopped = threading.Event()
        self._busy_since: float | None = None

    def run(self) -> None:
        """Until it is stopped. What cannot be kept now is kept later: it is safe at the desk."""
        while not self._stopped.wait(self._seconds):
            self._collect()

    def _collect(self) -> None:
        try:
            collect(self._desk, self._keep)
            self._desk.abandon(now_in_utc())
        except ArchiveBusy as error:
            self._tell_of_waiting(str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the host
            said = str(error) if isinstance(error, ExodusError) else type(error).__name__
            _LOG.error("answers wait at the desk: %s", said)

        self._busy_since = None

    def _tell_of_waiting(self, said: str) -> None:
        """Not the first time: another command may be done in a minute."""
        now = time.monotonic()
        self._busy_since = self._busy_since or now
        if now - self._busy_since >= _LONG_SECONDS:
            self._busy_since = now
            _LOG.warning("answers wait at the desk, where they are safe: %s", said)

    def stop(self) -> None:
        """Collect no more in the background. Whoever stops it collects the rest."""
        self._stopped.set()
        self.join()
