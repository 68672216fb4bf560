"""What else in a text can lead to a person, taken out of what workers and requesters typed."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Collection

# What is written as JSON has escapes in front of words: `\nann@example.org`.
_START = r"(?:(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<![\w\\.+-]))"
_EMAIL = re.compile(
    rf"{_START}[A-Za-z0-9._+-]{{1,64}}(?:@|%40)(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}",
    re.ASCII,
)
_IP = re.compile(
    rf"{_START}(?:(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\w|\.\d)"
    r"|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:]|\.\d))",
    re.ASCII,
)
_PHONE = re.compile(
    rf"{_START}(?:\+[1-9]\d{{0,2}}(?:[ ./-]?\(?\d{{1,4}}\)?){{2,5}}"
    r"|(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])\d{3}[ .-]\d{4})(?![\w-]|\.\d)",
    re.ASCII,
)
_FEWEST_DIGITS = 8

Tag = Callable[[str, str], str]


def _is_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_number(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _FEWEST_DIGITS


KINDS: dict[str, tuple[str, re.Pattern[str], Callable[[str], bool]]] = {
    "emails": ("EMAIL", _EMAIL, lambda _: True),
    "ips": ("IP", _IP, _is_address),
    "phones": ("PHONE", _PHONE, _is_number),
}
"""What can be scrubbed: e-mail addresses, IP addresses, telephone numbers with a country's code or
in the North American form. No pattern finds all of them."""


class Scrubber:
    """Puts a tag in place of each: `EMAIL3F0K...`, the same for the same address.

    So two texts that differ go on to differ, and whatever compares them finds what it found.

    Args:
        kinds: of KINDS.
        tag: of a kind and a text.
    """

    def __init__(self, kinds: Collection[str], tag: Tag) -> None:
        self._kinds = [name for name in KINDS if name in kinds]
        self._tag = tag
        self.found: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """The text without them."""
        for kind in self._kinds:
            text = self._without(kind, text)
        return text

    def _without(self, kind: str, text: str) -> str:
        word, pattern, is_one = KINDS[kind]

        def tagged(found: re.Match[str]) -> str:
            said = found.group()
            if not is_one(said):
                return said
            self.found[kind] += 1
            return self._tag(word, said.lower().replace("%40", "@"))

        return pattern.sub(tagged, text)
