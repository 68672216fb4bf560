"""The text of a page before it is parsed: whether it can be, and how it is handed over."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from mturk_exodus.questions.pages.surroundings import words

LONGEST_PAGE = 1024 * 1024
"""Characters. MTurk takes questions of 65,535 bytes; the longest public template has 590,640."""
_MOST_TAGS = 40_000
_MOST_STEPS = 150_000_000
_MOST_COMPARISONS = 100_000_000
_MOST_COPIES = 1_000_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_TAG_BEGINS = re.compile(r"<[a-zA-Z]")
_BEFORE_ATTRIBUTE = re.compile(r"[\s/]+|[\"']")
_FORMATTING = re.compile(
    r"<(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)(?![^\s/>])", re.IGNORECASE
)
_FOREIGN = re.compile(r"<(?:svg|math)", re.IGNORECASE)
_NEST_LITTLE = words(
    "area base br col embed hr img input link meta source track wbr p option td th tr dd dt"
)
_FORM_ENDS = re.compile(r"</form\b[^>]{0,99}>", re.IGNORECASE)
FORM_ENDED = "?/mturk-exodus-form"
_MARK = f"<{FORM_ENDED}>"
"""Not a tag of its own but a bogus comment: it changes nothing, and in a comment it is its text."""


def why_too_large(html: str) -> str | None:
    """Why a page is not parsed: what in it takes lexbor more than time that grows with its length.

    Guessed from the text alone, on the safe side: nothing here knows what is a comment or a script.
    """
    if len(html) > LONGEST_PAGE:
        return f"is longer than {LONGEST_PAGE} characters"
    tags = _TAG.findall(html)
    if len(tags) > _MOST_TAGS:
        return f"has more than {_MOST_TAGS} tags"
    if _depths(tags, () if _FOREIGN.search(html) else _NEST_LITTLE) > _MOST_STEPS:
        return "has too many elements inside each other"
    attributes = [(tag, len(_BEFORE_ATTRIBUTE.findall(tag))) for tag in _beginnings(html)]
    if sum(count * count for _, count in attributes) > _MOST_COMPARISONS:
        return "has elements with too many attributes"
    # What is bold goes on in the next paragraph as a copy, as do up to three that are alike.
    copied = {tag: count + 1 for tag, count in attributes if _FORMATTING.search(tag)}
    if len(tags) * sum(copied.values()) > _MOST_COPIES:
        return "has too many elements that a browser copies"
    return None


def _depths(tags: Iterable[tuple[str, str]], nest_little: Container[str]) -> int:
    """How deep each tag stands at most, in sum: what is closed in disorder counts as open."""
    above: list[str] = []
    steps = 0
    for ends, written in tags:
        name = written.lower()
        if not ends and name not in nest_little:
            above.append(name)
        elif ends and above and above[-1] == name:
            above.pop()
        steps += len(above)
    return steps


def _beginnings(html: str) -> Iterator[str]:
    """The tags that begin elements, each with what may be in it if its quotes are read so."""
    end = 0
    while match := _TAG_BEGINS.search(html, end):
        end = _end_of_tag(html, match.end())
        yield html[match.start() : end]


def _end_of_tag(html: str, start: int) -> int:
    """The first `>` that cannot be in quotes, however those before it are read."""
    quotes: list[str] = []
    while (end := html.find(">", start)) >= 0:
        part = html[start:end]
        quotes = [quote for quote in "\"'" if _may_be_open(quote, part, quote in quotes)]
        if not quotes:
            return end
        start = end + 1
    return len(html)


def _may_be_open(quote: str, part: str, was_open: bool) -> bool:
    before, found, _ = part.rpartition(quote)
    return before.rstrip().endswith("=") if found else was_open


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
