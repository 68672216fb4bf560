"""Pages of the requester's own, and the questions that were made from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mturk_exodus.questions.templates.naming import (
    KnownTemplate,
    Piece,
    Source,
    joined,
    template_of,
)
from mturk_exodus.questions.templates.template import PLACEHOLDER, Matcher

_CDATA, _CDATA_ENDS = "<![CDATA[", "]]>"
_ENDS_OF_LINES = re.compile(r"\r\n?|\n")
_words = re.compile(r"[A-Za-z0-9]+").findall
_inner_words = re.compile(r"(?<=[^A-Za-z0-9])[A-Za-z0-9]+(?=[^A-Za-z0-9])").findall


class KnownPages:
    """Pages that questions may have been made from.

    Most pages have a word that a question has not, so they are told from it by their words alone.
    """

    def __init__(self, known: Iterable[KnownTemplate]) -> None:
        self._pages = [(_page_words(one.text), one.text) for one in known]

    def pieces(self, question: str) -> list[Piece] | None:
        """The pieces of the first page that gives a question, None if none of them does."""
        words = set(_words(question)) if self._pages else set()
        for page_words, page in self._pages:
            if page_words <= words:
                pieces = next(_ways(page, question), None)
                if pieces is not None:
                    return pieces
        return None


def _page_words(page: str) -> frozenset[str]:
    """Words of a page that stand in every question made from it, however that is spelled.

    What touches a placeholder may be a part of a longer word there.
    """
    literals = PLACEHOLDER.split(page)[::2]
    return frozenset(word for literal in literals for word in _inner_words(literal))


def _ways(page: str, question: str) -> Iterator[list[Piece]]:
    """The ways in which a question may have been made from a page, as pieces that give it.

    The page is looked for as the whole question and as what its CDATA section holds: MTurk and
    programs put pages into an HTMLQuestion, with white space round them and ends of lines as they
    liked. A placeholder that no HIT has a value for stays as it is: it is none.
    """
    for frame, inside, end in _frames(question):
        standing = frozenset(found[0] for found in PLACEHOLDER.finditer(inside))
        for head, core, tail in _cores(page, inside):
            if inside.startswith(_beginning(core), len(head)):
                pieces = joined([frame + head, *_pieces_of(core, standing), tail + end])
                if Matcher(template_of(pieces)[0].parts).values(question) is not None:
                    yield pieces


def _frames(question: str) -> Iterator[tuple[str, str, str]]:
    yield "", question, ""
    start, end = question.find(_CDATA), question.rfind(_CDATA_ENDS)
    if 0 <= start < end:
        start += len(_CDATA)
        yield question[:start], question[start:end], question[end:]


def _cores(page: str, inside: str) -> Iterator[tuple[str, str, str]]:
    """A page as it may stand there, with what is before it and after it."""
    head = inside[: len(inside) - len(inside.lstrip())]
    tail = inside[len(inside.rstrip()) :]
    for spelled in _spellings(page, inside):
        yield from dict.fromkeys([("", spelled, ""), (head, spelled.strip(), tail)])


def _spellings(page: str, inside: str) -> Iterator[str]:
    """A page as files, programs and XML spell it."""
    spelled = page.removeprefix("\ufeff")
    if "]]]]><![CDATA[>" in inside:
        spelled = spelled.replace("]]>", "]]]]><![CDATA[>")
    yield spelled
    for end in ("\n", "\r\n"):
        other = _ENDS_OF_LINES.sub(end, spelled)
        if other != spelled and end in inside:
            yield other


def _beginning(core: str) -> str:
    """What comes before the first placeholder."""
    found = PLACEHOLDER.search(core)
    return core[: found.start()] if found else core


def _pieces_of(core: str, standing: frozenset[str]) -> Iterator[Piece]:
    at = 0
    for found in PLACEHOLDER.finditer(core):
        if found[0] in standing:
            continue
        yield core[at : found.start()]
        yield Source((found[1],), None)
        at = found.end()
    yield core[at:]
