"""JSON as people's programs write it: NaN, numbers of any length, names that come twice."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

from mturk_exodus.sources.api_dump.documents import Dialect

_LONGEST_INTEGER = 300
_EXACT_FLOAT = 15


def integer(text: str) -> int | str:
    """A whole number; one that no program could use stays text."""
    return int(text) if len(text) <= _LONGEST_INTEGER else text


def decimal(text: str) -> float | str:
    """A number with a fraction, or, where a float would not be the same number, its text."""
    number = float(text)
    if len(text) <= _EXACT_FLOAT and "e" not in text and "E" not in text:
        return number
    if math.isfinite(number) and len(text) <= _LONGEST_INTEGER:
        shortest = repr(number)
        return number if text == shortest or Decimal(text) == Decimal(shortest) else text
    return text


def _constant(name: str) -> str | None:
    # pandas writes NaN where a value is missing.
    return None if name == "NaN" else name


def structure(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members; of two with one name the last has it, as in any reader of JSON.

    The ones before stay beside it as `name (2)`, `name (3)`.
    """
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    members = {}
    for name, value in pairs:
        if name in members:
            members[_free(name, members)] = members[name]
        members[name] = value
    return members


def _free(name: str, members: dict[str, Any]) -> str:
    number = 2
    while f"{name} ({number})" in members:
        number += 1
    return f"{name} ({number})"


_DECODER = json.JSONDecoder(
    object_pairs_hook=structure,
    parse_int=integer,
    parse_float=decimal,
    parse_constant=_constant,
)

# Commas between records are left over from lists; brackets, from documents that broke off.
JSON = Dialect(_DECODER.raw_decode, re.compile(r"[\s,\]}]*"))
