"""Places at the host of people whose visit is over at the panel: they may be somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from mturk_exodus.archive import Archive
from mturk_exodus.cli.host_options import is_there, place_of_desk
from mturk_exodus.serve.host.desk import Desk

_AT_ONCE = 500


class Freeing:
    """Frees places, visit by visit.

    Args:
        desk: the host's; None if there is none, and nothing is held.
        panel: where the visits are from.

    Attributes:
        places: that were freed.
    """

    def __init__(self, desk: Desk | None, panel: str) -> None:
        self._desk = desk
        self._panel = panel
        self._over: list[str] = []
        self.places = 0

    def over(self, session_id: str) -> None:
        """This visit is over."""
        self._over.append(session_id)
        if len(self._over) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Free what is left."""
        if self._desk is not None:
            now = datetime.now(timezone.utc)
            self.places += self._desk.release(self._panel, self._over, now)
        self._over.clear()


@contextmanager
def freeing(archive: Archive, database: str | None, panel: str) -> Iterator[Freeing]:
    """What frees places of an archive's host.

    Raises:
        DeskError: the host's database cannot be reached, or is not this archive's.
    """
    place = place_of_desk(database, archive.path)
    if not is_there(place):
        yield Freeing(None, panel)
        return
    with Desk.open(place) as desk:
        desk.belong(archive.archive_id)
        one = Freeing(desk, panel)
        yield one
        one.flush()
