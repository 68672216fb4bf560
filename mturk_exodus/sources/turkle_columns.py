"""Turkle's columns are nearly MTurk's: what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

from mturk_exodus.sources.delimited import header_of

USERNAME = "turkle.username"
"""`Turkle.username` in the change log of 2.1, which has it first; `Turkle.Username` since."""

BATCH = ("HITTypeId", "Title", "CreationTime")

_IDS = {"HITId", "AssignmentId"}
_NEVER = {"Reward", "Description", "RequesterAnnotation", "AssignmentStatus"}


def claim(columns: Sequence[str], start: str) -> str | None:
    """Why a table that begins so is Turkle's; None if it is not.

    Args:
        columns: its header.
        start: the beginning of the file.
    """
    if any(name.casefold() == USERNAME for name in columns):
        return "has the column Turkle.Username"
    if {*_IDS, *BATCH}.issubset(columns) and _NEVER.isdisjoint(columns):
        older = _numbers_its_hits(columns, start)
        return "has the columns of an older Turkle, and its numbers" if older else None
    return None


def _numbers_its_hits(columns: Sequence[str], start: str) -> bool:
    """These columns' names have no line ends, so the second line begins the first row."""
    row = header_of(start.partition("\n")[2])
    place = columns.index("HITId")
    return len(row) > place and row[place].isdecimal()
