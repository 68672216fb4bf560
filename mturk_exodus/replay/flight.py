"""A call of `apply` in a thread of its own, so that the ledger is written while a target works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mturk_exodus.replay.adapter import Receipt


class Landed(NamedTuple):
    """What came of a call.

    Attributes:
        receipts: that came before its end, or before it failed.
        error: with which it failed; None if it did not.
    """

    receipts: list[Receipt]
    error: BaseException | None


def landed(apply: Callable[[], Iterable[Receipt]]) -> Landed:
    """What comes of a call, however it ends."""
    receipts: list[Receipt] = []
    try:
        receipts.extend(apply())
    except BaseException as error:  # noqa: BLE001 - it is raised again once the receipts are kept
        return Landed(receipts, error)
    return Landed(receipts, None)


class Flight(threading.Thread):
    """A call that is under way."""

    def __init__(self, apply: Callable[[], Iterable[Receipt]]) -> None:
        super().__init__(name="apply", daemon=True)
        self._apply = apply
        self._landed = Landed([], None)
        self.start()

    def run(self) -> None:
        """Make the call."""
        self._landed = landed(self._apply)

    def land(self) -> Landed:
        """Wait for its end."""
        self.join()
        return self._landed
