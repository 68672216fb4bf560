"""Texts and names as XML, JSON and Label Studio can hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable

LOST = "\N{REPLACEMENT CHARACTER}"

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_JSON = re.compile("[\x00\ud800-\udfff]")
_NOT_NAME = re.compile("[^A-Za-z0-9]+")
_REFERENCE = re.compile(r"\$(?=[\w\[\].{}])")
_LONGEST_NAME = 60
_RESERVED = "mturk"
_JOINER = "\N{WORD JOINER}"


def of_xml(text: str) -> str:
    """A text as XML can hold it: U+FFFD for every character that it cannot."""
    return _NOT_XML.sub(LOST, text)


def of_json(text: str) -> str:
    """A text as a database can hold it: U+FFFD for NUL, which PostgreSQL's JSON refuses, and for
    halves of characters, which UTF-8 cannot say.
    """
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_JSON.sub(LOST, text)


def of_html(text: str) -> str:
    """A text as the server leaves it when it cleans HTML: lines end with `\n`, and U+FFFD stands
    for control characters, for which it would write `?`.
    """
    return of_xml(text).replace("\r\n", "\n").replace("\r", "\n")


def inert(text: str) -> str:
    """A text in which the editor finds no reference to the task's data.

    It takes `$word` in the attribute `value` for one (`parseValue` in the editor's utils/data.ts).
    An invisible character behind the `$` keeps it from that.
    """
    return _REFERENCE.sub(f"${_JOINER}", text)


class Names:
    """Names that are like texts, no two of them alike: letters and digits with single `_` between
    them.

    Label Studio finds no data whose key has `__`, fails on a key with a space, cuts names of
    controls at `@`, and takes the names `true` and `false` for booleans. Names that begin with
    `mturk` are ours.

    Args:
        otherwise: what is called so of which nothing is left.
        taken: names that are not given.
    """

    def __init__(self, otherwise: str = "field", taken: Iterable[str] = ()) -> None:
        self._otherwise = otherwise
        self._taken = Apart(taken)

    def of(self, text: str, *endings: str) -> str:
        """The name for a text. With each of these endings it is a name of its own, and taken."""
        name = _NOT_NAME.sub("_", text).strip("_")[:_LONGEST_NAME].strip("_") or self._otherwise
        if name.lower().startswith(_RESERVED) or name in ("true", "false") or name[0].isdigit():
            name = f"{self._otherwise}_{name}"
        return self._taken.of(name, "{}_{}", *endings)


class Apart:
    """Texts, no two of them alike: what was there before gets a number.

    Args:
        taken: texts that are not given.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def of(self, text: str, pattern: str, *endings: str) -> str:
        """The text, or the pattern of it and the least number that makes it another."""
        found, number = text, self._numbers.get(text, 1)
        if number > 1:
            found = pattern.format(text, number)
        while not self._taken.isdisjoint((found, *(found + one for one in endings))):
            number += 1
            found = pattern.format(text, number)
        self._numbers[text] = number
        self._taken.update((found, *(found + one for one in endings)))
        return found
