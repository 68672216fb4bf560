"""References to characters in XML, as people and programs wrote them."""

from __future__ import annotations

import re

XML_NAMES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_HALF = r"(?:x[dD][89abAB][0-9a-fA-F]{2}|55(?:29[6-9]|[3-9]\d\d)|56(?:[0-2]\d\d|3[01]\d))"
_OTHER_HALF = (
    r"(?:x[dD][c-fC-F][0-9a-fA-F]{2}|56(?:3[2-9]\d|[4-9]\d\d)|57(?:[0-2]\d\d|3[0-3]\d|34[0-3]))"
)
AMPERSANDS = re.compile(
    f"&(?:#(?P<high>{_HALF});&#(?P<low>{_OTHER_HALF});"
    r"|#(?P<code>x[0-9a-fA-F]{1,8}|\d{1,9});|(?P<name>[A-Za-z][A-Za-z0-9]{1,31});)?",
    re.ASCII,
).sub
LOST = "\N{REPLACEMENT CHARACTER}"
_SURROGATES = (0xD800, 0xDFFF)
_ALLOWED_CONTROLS = {9, 10, 13}
_FIRST_PRINTABLE = 0x20
_LAST_CHARACTER = 0x10FFFF


def number_of(code: str) -> int:
    """What a reference says between `&#` and `;`."""
    return int(code[1:], 16) if code[0] == "x" else int(code)


def is_allowed(code: int) -> bool:
    """Whether XML 1.0 has such a character."""
    if code < _FIRST_PRINTABLE:
        return code in _ALLOWED_CONTROLS
    first, last = _SURROGATES
    return code <= _LAST_CHARACTER and not first <= code <= last and code not in (0xFFFE, 0xFFFF)


def joined(match: re.Match[str]) -> str:
    """The character that two halves of AMPERSANDS are (an emoji that was written in UTF-16)."""
    high, low = number_of(match["high"]), number_of(match["low"])
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
