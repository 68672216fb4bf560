"""Files that people write for the audit: TOML, tables of one name and nothing else."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from mturk_exodus.errors import ExodusError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST_FILE = 10_000_000


def tables(path: Path, name: str, refused: type[ExodusError]) -> list[dict[str, Any]]:
    """The tables `[[name]]` of a file, in its order; numbers with a point are exact decimals.

    Raises:
        ExodusError: of the kind that is given: it cannot be read, or holds something else.
    """
    try:
        told = tomllib.loads(_text(path, refused), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise refused(f"{path} is not TOML that can be read: {error}") from None
    listed = told.pop(name, [])
    if told or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise refused(f"{path} must hold nothing but tables [[{name}]]")
    return listed


def _text(path: Path, refused: type[ExodusError]) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise refused(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_FILE:
        raise refused(f"{path} is too large for such a file")
    return content.decode("utf-8-sig")
