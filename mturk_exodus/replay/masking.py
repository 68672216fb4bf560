"""Secrets are taken out of what a target says, however it spells them."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from html import escape


class Mask:
    """Puts `***` for secrets: as they are, as JSON, addresses and HTML write them.

    Args:
        secrets: what nobody may read.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        self._secrets = sorted((one for one in secrets if one), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for pattern in self._patterns:
            text = pattern.sub("***", text)
        return text

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile("".join(map(_spellings, one))) for one in self._secrets]


def _spellings(char: str) -> str:
    r"""A pattern of every way to write a character: `/`, `\/`, `\u002f`, `%2F`, `&#47;`.

    What is written into a text that is written into another has more than one backslash.
    """
    utf_16 = char.encode("utf-16-be", "surrogatepass").hex()
    units = (utf_16[start : start + 4] for start in range(0, len(utf_16), 4))
    octets = char.encode("utf-8", "surrogatepass")
    ways = [
        rf"\\{{0,3}}{re.escape(char)}",
        "".join(rf"\\{{1,4}}u(?i:{unit})" for unit in units),
        "".join(f"%(?:25)?(?i:{octet:02x})" for octet in octets),
        rf"&#(?:0{{0,5}}{ord(char)}|[xX]0{{0,5}}(?i:{ord(char):x}));",
    ]
    if escape(char) != char:
        ways.append(re.escape(escape(char)))
    return f"(?:{'|'.join(ways)})"
