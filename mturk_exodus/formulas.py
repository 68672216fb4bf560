"""Cells that a spreadsheet would take for formulas, and run."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BEGINNINGS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""As OWASP's "CSV Injection" lists them, the wide forms of East Asian scripts among them."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def places(cells: Sequence[str]) -> list[int]:
    """Where in a row they are."""
    return [
        place
        for place, cell in enumerate(cells)
        if cell and cell[0] in _BEGINNINGS and not _NUMBER.fullmatch(cell)
    ]
