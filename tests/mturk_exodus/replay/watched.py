"""An adapter that sees to it that nothing is sent which may not be, and troubles of the ledger."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from mturk_exodus import errors
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.habits import again, no_time, once
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pytest

    from mturk_exodus.archive import Archive
    from mturk_exodus.archive.ledger import Intention, Result
    from mturk_exodus.replay.adapter import Action, Loss, Receipt

THINGS = plan(boxes=1, things=32, parts=0)
"""A box, and four batches of things."""


class Watched(ShelfAdapter):
    """Sees to it that nobody calls it from elsewhere, and sends what the ledger does not know."""

    def __init__(
        self, archive: Archive, shelf: Shelf, planned: Sequence[Action | Loss] = THINGS
    ) -> None:
        super().__init__(shelf, planned)
        self.archive = archive
        self.sent: list[str] = []
        """The first action of each call."""

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Iterator[Receipt]:
        """As Adapter."""
        assert threading.current_thread() is threading.main_thread()
        self.sent.append(actions[0].key)
        assert {last(self.archive, one.key) for one in actions} == {"intended"}
        among = {one.key for one in actions}
        assert all(key in receipts or key in among for one in actions for key in one.requires)
        yield from super().apply(actions, receipts)


def last(archive: Archive, key: str) -> str | None:
    """What is written down, as another program sees it."""
    with closing(sqlite3.connect(archive.path)) as other:
        row = other.execute(
            "select event from ledger where key = ? order by entry_id desc", [key]
        ).fetchone()
    return None if row is None else row[0]


def becomes(archive: Archive, key: str, event: str, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while last(archive, key) != event:
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def when(key: str, work: Callable[[], object]) -> Callable[[str], None]:
    """Do something once, when an action's turn has come."""
    left = [work]

    def trouble(asked: str) -> None:
        if asked == key and left:
            left.pop()()

    return trouble


def full_from(monkeypatch: pytest.MonkeyPatch, method: str, key: str) -> threading.Event:
    """The disk is full as soon as the ledger is told of an action."""
    full = threading.Event()

    def wrapped(name: str) -> Callable[[Ledger, Iterable[Result | Intention]], None]:
        real = getattr(Ledger, name)

        def write(self: Ledger, some: Iterable[Result | Intention]) -> None:
            some = list(some)
            if name == method and key in {one.key for one in some}:
                full.set()
            if full.is_set() and some:
                raise errors.ArchiveNotWritable("the disk is full")
            real(self, some)

        return write

    for name in ("intend", "settle"):
        monkeypatch.setattr(Ledger, name, wrapped(name))
    return full


def assert_nobody_is_left() -> None:
    assert not [one for one in threading.enumerate() if one.name in ("clerk", "plan")]


def assert_goes_on(archive: Archive, shelf: Shelf, actions: Sequence[Action] = THINGS) -> None:
    """Another replay makes what is missing, and nothing twice."""
    shelf.before = shelf.after = lambda _key: None
    replay(archive, Watched(archive, shelf, actions), sleep=no_time)
    assert again(archive, shelf, actions).outcome.same == len(actions)
    assert shelf.keys == once(actions)
