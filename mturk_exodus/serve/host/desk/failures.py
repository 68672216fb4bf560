"""What can be wrong with the desk's database. None of it tells an id, an answer or a password."""

from __future__ import annotations

from mturk_exodus.errors import DeskError

__all__ = ["DeskError", "DeskTooNew", "DeskUnavailable", "NotADesk", "OtherArchive"]


class DeskUnavailable(DeskError):
    """It cannot be reached, read or written now; what was acknowledged is there."""


class DeskTooNew(DeskError):
    """A later version of this program has made it."""


class OtherArchive(DeskError):
    """It holds what was worked on for another archive."""


class NotADesk(DeskError):
    """The file exists, but is not a desk of mturk-exodus."""
