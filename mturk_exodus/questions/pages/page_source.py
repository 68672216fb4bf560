"""The text of a page before it is parsed: whether it can be, and how it is handed over."""

from __future__ import annotations

import re

from mturk_exodus.questions.pages.surroundings import words

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
_FORM_ENDS = re.compile(r"</form\b[^>]{0,99}>", re.IGNORECASE)
FORM_ENDED = "?/mturk-exodus-form"
_MARK = f"<{FORM_ENDED}>"
"""Not a tag of its own but a bogus comment: it changes nothing, and in a comment it is its text."""


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


def marked(html: str) -> str:
    """The page with a mark behind every `</form>`.

    A control belongs to the form that was begun and not yet ended when the parser met it (the HTML
    standard's "form element pointer"), wherever in the tree it lands: people close too many a
    `div`, and put forms right inside tables. The tree does not say where a form ended.
    """
    return _FORM_ENDS.sub(rf"\g<0>{_MARK}", html)


def unmarked(text: str) -> str:
    """A text of a marked page as it was."""
    return text.replace(_MARK, "") if _MARK in text else text


def encoded(html: str) -> bytes:
    """UTF-8; halves of characters are joined where they stand together, else replaced."""
    try:
        return html.encode()
    except UnicodeEncodeError:
        return html.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
