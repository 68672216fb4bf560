"""Cells of a table by their columns' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

TOO_MANY = "has more cells than the header"

Meaning = Mapping[str, tuple[str, Callable[[str], str | int | None]]]
"""By a column's name: MTurk's member, and how a cell becomes its value; None if it means none."""

# A table program that met an empty cell in a column of whole numbers adds .0 to the others.
_WHOLE = re.compile(r"([0-9]{1,18})(?:\.0*)?")
_MONEY = re.compile(
    r"(?:USD)? ?\$? ?([0-9]{1,15}(?:\.[0-9]{1,10})?|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,4}\.[0-9]{2})"
)


def by_name(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """The cells that are not empty. A column without a name goes by its place."""
    return {
        name or f"(column {place})": cell
        for place, (name, cell) in enumerate(zip(columns, cells, strict=False), 1)
        if cell
    }


def has_too_many(columns: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether something stands where no column is: then nothing tells which cell is which."""
    return any(cell.strip() for cell in cells[len(columns) :])


def told(cells: Mapping[str, Any], meaning: Meaning, odd: list[str]) -> dict[str, Any]:
    """The members that cells tell of; columns whose cells mean nothing are added to `odd`."""
    wire = {}
    for column, (member, convert) in meaning.items():
        cell = cells.get(column)
        if cell is None or cell == "":
            continue
        value = convert(cell) if isinstance(cell, str) else None
        if value is None:
            odd.append(column)
        else:
            wire[member] = value
    return wire


@lru_cache(4096)
def whole_number(text: str) -> int | None:
    """The number that a cell says, at most 18 digits; None if it says none."""
    match = _WHOLE.fullmatch(text.strip())
    return None if match is None else int(match[1])


@lru_cache(4096)
def money(text: str) -> str | None:
    """`$0.05` as `0.05`; `1,234` may be either more than a thousand or less than two."""
    match = _MONEY.fullmatch(text.strip())
    return None if match is None else match[1].replace(",", "")
