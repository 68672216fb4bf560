"""Which pages are not parsed, because it would take too long."""

from __future__ import annotations

import re

from mturk_exodus.questions.surroundings import words

LONGEST_PAGE = 2 * 1024 * 1024
"""Characters. MTurk takes questions of 65,535 bytes; the longest public template has 590,640."""
_SURE = 50_000
_MOST_STEPS = 500_000_000
_MOST_ATTRIBUTES = 10_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,20})")
_BEGINNING = re.compile(r"<[a-zA-Z]")
_NEST_LITTLE = words(
    "area base br col embed hr img input link meta source track wbr p option td th tr dd dt"
)


def why_too_large(html: str) -> str | None:
    """Why a page is not parsed: lexbor's time grows with tags times depth, and attributes squared.

    A rough guess from the text alone, on the safe side. Questions that MTurk can hold all pass.
    """
    if len(html) > LONGEST_PAGE:
        return f"is longer than {LONGEST_PAGE} characters"
    if len(html) <= _SURE:
        return None
    tags = depth = deepest = 0
    for match in _TAG.finditer(html):
        tags += 1
        if match[2].lower() not in _NEST_LITTLE:
            depth = max(depth - 1, 0) if match[1] else depth + 1
            deepest = max(deepest, depth)
    if tags * deepest > _MOST_STEPS:
        return "has too many elements inside each other"
    for part in html.split(">"):
        tag = _BEGINNING.search(part) if len(part) > _MOST_ATTRIBUTES else None
        if tag and len(part[tag.start() :].split()) > _MOST_ATTRIBUTES:
            return "has an element with too many attributes"
    return None
