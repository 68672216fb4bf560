"""Cells of a table by their columns' names."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOO_MANY = "has more cells than the header"

# A table program that met an empty cell in a column of whole numbers adds .0 to the others.
_WHOLE = re.compile(r"\s*([0-9]{1,18})(?:\.0+)?\s*")


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


def whole_number(text: str) -> int | None:
    """The number that a cell says, at most 18 digits; None if it says none."""
    match = _WHOLE.fullmatch(text)
    return None if match is None else int(match[1])
