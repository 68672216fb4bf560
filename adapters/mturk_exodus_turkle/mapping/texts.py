"""Texts as Turkle can hold them, and as nothing of them is lost on the way back.

Turkle takes neither NUL nor half a character, and strips what it takes. Its API cuts what it sends
off where that holds anything but ASCII: it counts characters, and says they were bytes (3.1.0).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

LOST = "\N{REPLACEMENT CHARACTER}"

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile("[ !#-~][ -~]*").fullmatch


def of_turkle(text: str, longest: int) -> str:
    """A name as Turkle holds it: without white space round it."""
    return _NOT_TEXT.sub(LOST, text)[:longest].strip()


def in_ascii(value: Any) -> str:  # noqa: ANN401 - JSON's
    """JSON in ASCII, in which a template finds neither a variable nor the end of a script."""
    said = json.dumps(value, separators=(",", ":"))
    return said.replace("<", "\\u003c").replace("$", "\\u0024")


def cell_of(text: str | None) -> str:
    """A text as a cell: as it is if it is plain ASCII, else as JSON; empty for none."""
    if text is None:
        return ""
    return text if _PLAIN(text) else json.dumps(text)


def text_of(cell: str) -> str | None:
    """The other way.

    Raises:
        ValueError: it is no such cell.
    """
    if not cell.startswith('"'):
        return cell or None
    said = json.loads(cell)
    if not isinstance(said, str):
        raise ValueError("is no text")  # noqa: TRY004 - the cell is wrong, not its type
    return said


def marker(archive_id: str, kind: str, key: str) -> str:
    """The file name by which a project or a batch is known again. Turkle shows it to nobody who
    works there, and takes any.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return f"mturk-exodus/{archive_id}/{kind}-{digest}.{'csv' if kind == 'batch' else 'html'}"


def sound(text: str) -> str:
    """A text without halves of characters, which no UTF-8 says."""
    return text if text.isascii() else _HALF.sub(LOST, text)


def sound_all(said: Any) -> Any:  # noqa: ANN401 - JSON's
    """The same in all texts of JSON."""
    if isinstance(said, str):
        return sound(said)
    if isinstance(said, dict):
        return {sound(name): sound_all(value) for name, value in said.items()}
    return [sound_all(one) for one in said] if isinstance(said, list) else said
