"""Spans of texts: a browser counts UTF-16 units, Label Studio counts characters.

crowd-entity-annotation runs in a browser, where a character beyond U+FFFF counts two; Amazon's
guide says "Unicode offset" and no more, and an answer holds no text to check it with. Label Studio
counts code points, as Python does (measured with texts of all kinds, `\\r\\n` counts two).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping.regions import Refused

_ASTRAL = "\U00010000"


@lru_cache(2)
def _starts(text: str) -> array[int]:
    """Where each character starts in UTF-16, and where the text ends."""
    starts, at = array("L"), 0
    for character in text:
        starts.append(at)
        at += 2 if character >= _ASTRAL else 1
    starts.append(at)
    return starts


@lru_cache(2)
def is_plain(text: str) -> bool:
    """Whether both count alike."""
    return not text or max(text) < _ASTRAL


def to_characters(offset: int, text: str) -> int:
    """An offset in UTF-16 units as one in characters.

    Raises:
        Refused: it lies outside the text, or inside a character.
    """
    if is_plain(text):
        if not 0 <= offset <= len(text):
            raise Refused("a span lies outside the text")
        return offset
    starts = _starts(text)
    if not 0 <= offset <= starts[-1]:
        raise Refused("a span lies outside the text")
    found = bisect_left(starts, offset)
    if starts[found] != offset:
        raise Refused("a span begins or ends inside a character")
    return found


def length(several: Sequence[JSON]) -> float:
    """How many units all of these hold, as far as they say."""
    said = (
        (one.get("startOffset"), one.get("endOffset")) for one in several if isinstance(one, dict)
    )
    return sum(
        end - start
        for start, end in said
        if isinstance(start, int | float) and isinstance(end, int | float) and end > start
    )


def value_of(one: JSON, text: str) -> dict[str, JSON]:
    """An entity as a result's value, without its label.

    Raises:
        Refused: it is not of its shape, or not in the text.
    """
    if not isinstance(one, dict):
        raise Refused("an annotation is no object")
    start, end = _offset(one.get("startOffset")), _offset(one.get("endOffset"))
    start, end = to_characters(start, text), to_characters(end, text)
    if start >= end:
        raise Refused("a span holds nothing")
    return {"start": start, "end": end, "text": text[start:end]}


def _offset(said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int | float) or not float(said).is_integer():
        raise Refused("an offset is no whole number")
    return int(said)
