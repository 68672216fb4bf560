"""What the columns of batch results are called, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from mturk_exodus.batch_columns import OF_THE_ASSIGNMENT, OF_THE_HIT, is_answer, is_input
from mturk_exodus.sources import turkle_columns

IDS = ("HITId", "AssignmentId")
_FEW = 3
_NOT_COUNTED = re.compile(r"[\s_\"']")
_FIXED = {name.casefold(): name for name in (*OF_THE_HIT, *OF_THE_ASSIGNMENT)}
_ONLY_OF_COMMAND_LINE_TOOLS = {"hitstatus", "viewhit", "assignmentsubmittime"}


@lru_cache(8192)
def fixed_name(column: str) -> str | None:
    """Which of the 27 a column is; `hit_id`, `HIT ID` and `Hitid` are HITId."""
    return _FIXED.get(_NOT_COUNTED.sub("", column).casefold())


def member_names(columns: Sequence[str]) -> tuple[str, ...]:
    """What each column's cells are called in a record: MTurk's name, or the column's own.

    Of two columns that are the same one of the 27, it is the one that is spelled as MTurk spells
    it, or else the first; the other keeps its own name. A second column without a name gets one,
    with a blank before it, as no column of a file has.
    """
    taken = {name for name in columns if fixed_name(name) == name}
    names: list[str] = []
    for place, column in enumerate(columns, 1):
        fixed = fixed_name(column)
        if fixed is not None and fixed not in taken:
            taken.add(fixed)
            column = fixed  # noqa: PLW2901 - it is called so from here on
        names.append(column if column or "" not in names else f" ({place})")
    return tuple(names)


def missing_ids(columns: Iterable[str]) -> list[str]:
    """The ids that there is no column for."""
    fixed = {fixed_name(name) for name in columns}
    return [name for name in IDS if name not in fixed]


def why_ids_matter(missing: Sequence[str]) -> str:
    """Why a file without columns of ids is not taken."""
    what = f"has no {' and no '.join(missing)} column: "
    if "AssignmentId" in missing:
        return f"{what}its rows cannot be told apart from each other; keep the file"
    return f"{what}nothing says which HIT a row belongs to; keep the file"


def claim(header: Sequence[str]) -> str | None:
    """Why these are columns of batch results, whole or not; None if they are not."""
    fixed = {name for column in header if (name := fixed_name(column)) is not None}
    answers = sum(map(is_answer, header))
    others = len(fixed - set(IDS))
    missing = missing_ids(header)
    if not missing and (others or answers or any(map(is_input, header))):
        return f"has HITId, AssignmentId and {others} more columns of batch results"
    if missing and ((answers and others) or (len(missing) == 1 and others > _FEW)):
        return f"has columns of batch results, but no {' and no '.join(missing)}"
    return None


def is_of_another_program(header: Sequence[str], start: str) -> bool:
    """Whether the columns are nearly the same, and are the command line tools' or Turkle's."""
    if _ONLY_OF_COMMAND_LINE_TOOLS.intersection(header):
        return True
    return turkle_columns.claim(header, start) is not None
