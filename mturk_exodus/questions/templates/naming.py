"""What variables are called: told by a batch file's values, or by the page they were put into."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape as xml_escape

from mturk_exodus.questions.templates.template import PLACEHOLDER, Matcher, Part, Template, numbered

ESCAPINGS: Mapping[str, Callable[[str], str]] = {
    "none": str,
    "xml": xml_escape,
    "html": lambda text: html.escape(text).replace("&#x27;", "&#39;"),
    "html_quot": lambda text: xml_escape(text, {'"': "&quot;"}),
    "html_hex": html.escape,
    "html_decimal": lambda text: xml_escape(text, {'"': "&#34;", "'": "&#39;"}),
    "url": lambda text: quote(text, safe="", errors="replace"),
    "url_path": lambda text: quote(text, errors="replace"),
    "url_plus": lambda text: quote_plus(text, errors="replace"),
}
"""How a value can have been written into a page.

none: as it is, which is what MTurk does. xml: `&amp; &lt; &gt;`. html_quot: also `&quot;`. html:
also `&quot; &#39;`. html_hex: Python's html.escape, `&quot; &#x27;`. html_decimal: Jinja's and
amti's, `&#34; &#39;`. url, url_path (which leaves `/`), url_plus (`+` for a space): percent
signs, as the command line tools' `${helper.urlencode($x)}` gives.
"""

_URLS = frozenset({"url", "url_path", "url_plus"})
_SPECIAL = re.compile("[&<>\"']").search
_is_plain = re.compile(r"[\w.~-]*", re.ASCII).fullmatch
_CDATA, _CDATA_ENDS = "<![CDATA[", "]]>"
_ENDS_OF_LINES = re.compile(r"\r\n?|\n")
_WORDS = re.compile(r"[A-Za-z0-9 ,.:;-]{8,}").findall
_STEPS = 4
_PLACES = 64


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A page or a question file of the requester's own, with its `${names}`.

    Attributes:
        name: what it is called, a file's name for example.
        text: all of it.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a slot's values come from.

    Attributes:
        names: the variables that stand there, side by side.
        escaping: a key of ESCAPINGS.
    """

    names: tuple[str, ...]
    escaping: str | None

    def value(self, given: Mapping[str, str], escaping: str) -> str | None:
        """What the slot holds with these values, None if one of them is not given."""
        values = [given.get(name) for name in self.names]
        texts = [ESCAPINGS[escaping](value) for value in values if value is not None]
        return "".join(texts) if len(texts) == len(values) else None

    def borne_out(self, value: str, given: Mapping[str, str], escapings: list[str]) -> list[str]:
        """Those ways to write the variables that give what a slot holds; all if none is given."""
        plain = self.value(given, "none")
        if plain is None:
            return escapings
        if plain == value and (_is_plain(plain) or not (_URLS & {*escapings} or _SPECIAL(plain))):
            return escapings
        return [one for one in escapings if self.value(given, one) == value]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A slot of which nobody knows where its values come from; the number tells it from others."""

    number: int


Piece = str | Source | Unnamed


def template_of(pieces: Sequence[Piece]) -> tuple[Template, tuple[Source | None, ...]]:
    """The template that literals and sources make, and each slot's source."""
    parts, slots = numbered(pieces)
    sources = tuple(slot if isinstance(slot, Source) else None for slot in slots)
    names = tuple("+".join(source.names) if source else None for source in sources)
    escapings = tuple(source.escaping if source else None for source in sources)
    return Template(parts, names, escapings), sources


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces by turns: no empty literal, no two literals or two slots side by side.

    Of slots side by side nothing says where the first ends, so they are one.
    """
    made: list[Piece] = []
    for piece in pieces:
        last = made[-1] if made else None
        if piece == "":
            continue
        if last is None or isinstance(piece, str) != isinstance(last, str):
            made.append(piece)
        elif isinstance(piece, str) and isinstance(last, str):
            made[-1] = last + piece
        elif (
            isinstance(piece, Source)
            and isinstance(last, Source)
            and piece.escaping == last.escaping
        ):
            made[-1] = Source(last.names + piece.names, last.escaping)
        else:
            made[-1] = Unnamed(-len(made))
    return made


def known_pieces(known: KnownTemplate, question: str) -> Iterator[list[Piece]]:
    """The ways in which a question may have been made from a page, as pieces that give it.

    The page is looked for as the whole question and as what its CDATA section holds: MTurk and
    programs put pages into an HTMLQuestion, with white space round them and ends of lines as they
    liked. A placeholder that no HIT has a value for stays as it is: it is none.
    """
    if _longest_words(known.text) not in question:
        return
    for frame, inside, end in _frames(question):
        for page in _spellings(known.text, inside):
            room = len(inside) - len(inside.lstrip())
            head, tail = inside[:room], inside[len(inside.rstrip()) :]
            for ends in (("", ""), (head, tail)):
                core = page if ends == ("", "") else page.strip()
                pieces = joined([frame + ends[0], *_pieces_of(core, inside), ends[1] + end])
                if Matcher(template_of(pieces)[0].parts).values(question) is not None:
                    yield pieces


@lru_cache(1024)
def _longest_words(page: str) -> str:
    """Words of a page that stand in every question made from it, however that is spelled."""
    words = (match for part in PLACEHOLDER.split(page)[::2] for match in _WORDS(part))
    return max(words, key=len, default="")


def _frames(question: str) -> Iterator[tuple[str, str, str]]:
    yield "", question, ""
    start, end = question.find(_CDATA), question.rfind(_CDATA_ENDS)
    if 0 <= start < end:
        start += len(_CDATA)
        yield question[:start], question[start:end], question[end:]


def _spellings(page: str, inside: str) -> Iterator[str]:
    """A page as files, programs and XML spell it."""
    spelled = page.removeprefix("\ufeff")
    yield spelled
    for end in ("\n", "\r\n"):
        other = _ENDS_OF_LINES.sub(end, spelled)
        if other != spelled and end in inside:
            yield other


def _pieces_of(page: str, inside: str) -> Iterator[Piece]:
    page = page.replace("]]>", "]]]]><![CDATA[>") if "]]]]><![CDATA[>" in inside else page
    at = 0
    for found in PLACEHOLDER.finditer(page):
        if found[0] in inside:
            continue
        yield page[at : found.start()]
        yield Source((found[1],), None)
        at = found.end()
    yield page[at:]


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the values that its HIT was made from.

    Attributes:
        text: the question.
        row: the values of a draft's slots in it.
        given: the variables' values.
    """

    text: str
    row: Sequence[str]
    given: Mapping[str, str]


def named_pieces(parts: Sequence[Part], examples: Sequence[Example]) -> list[Piece] | None:
    """A draft's parts again, as pieces: slots are where the variables are, if examples tell.

    They are still to be joined.

    From left to right through all examples at once: what they share is literal up to where some
    variable's values stand in all of them. Where none does, a slot of the draft is left unnamed.
    """
    columns = dict(_columns(examples))
    if not columns:
        return None
    texts = [example.text for example in examples]
    ends = [_ends(parts, example.row) for example in examples]
    at = [0] * len(texts)
    pieces: list[Piece] = []
    for _ in range(_STEPS * len(parts) + _STEPS):
        shared = _shared(texts, at)
        if all(place + shared == len(text) for text, place in zip(texts, at, strict=True)):
            pieces.append(texts[0][at[0] :])
            return pieces
        found = _variable(columns, texts, at, shared)
        if found is not None:
            offset, source = found
            pieces += [texts[0][at[0] : at[0] + offset], source]
            at = [place + offset + len(x) for place, x in zip(at, columns[source], strict=True)]
            continue
        after = _next_end(ends, [place + shared for place in at])
        if after is None:
            return None
        pieces += [texts[0][at[0] : at[0] + shared], Unnamed(len(pieces))]
        at = after
    return None


def _columns(examples: Sequence[Example]) -> Iterator[tuple[Source, list[str]]]:
    """By variable and escaping, what it would be in each question; only those that vary."""
    names = set(examples[0].given).intersection(*(example.given for example in examples))
    for name in [name for name in examples[0].given if name in names]:
        seen: list[list[str]] = []
        for escaping, escape in ESCAPINGS.items():
            column = [escape(example.given[name]) for example in examples]
            if len(set(column)) > 1 and column not in seen:
                seen.append(column)
                yield Source((name,), escaping), column


def _ends(parts: Sequence[Part], row: Sequence[str]) -> list[int]:
    """Where each slot of a draft ends in a text."""
    at, ends = 0, []
    for part in parts:
        at += len(part if isinstance(part, str) else row[part])
        if isinstance(part, int):
            ends.append(at)
    return ends


def _next_end(ends: list[list[int]], at: list[int]) -> list[int] | None:
    """The first end of a slot that lies beyond, in all texts and in one of them truly."""
    for column in zip(*ends, strict=True):
        pairs = list(zip(column, at, strict=True))
        if all(end >= place for end, place in pairs) and any(end > place for end, place in pairs):
            return list(column)
    return None


def _shared(texts: Sequence[str], at: Sequence[int]) -> int:
    """How many characters are the same in all texts from these places on."""
    first, start = texts[0], at[0]
    shared, size = 0, 1 << 16
    while size:
        piece = first[start + shared : start + shared + size]
        if len(piece) == size and all(
            text.startswith(piece, place + shared) for text, place in zip(texts, at, strict=True)
        ):
            shared += size
        else:
            size >>= 1
    return shared


def _variable(
    columns: Mapping[Source, list[str]], texts: Sequence[str], at: Sequence[int], shared: int
) -> tuple[int, Source] | None:
    """The variable that accounts for where texts begin to differ, and how far on it starts.

    If several do, the one that accounts for most of the texts.
    """
    best: tuple[int, int, Source] | None = None
    for source, column in columns.items():
        longest = max(range(len(column)), key=lambda number: len(column[number]))
        value, text, place = column[longest], texts[longest], at[longest]
        start = place + max(0, shared - len(value) + 1)
        for _ in range(_PLACES):
            start = text.find(value, start, place + shared + len(value))
            if start < 0:
                break
            offset = start - place
            if all(
                other.startswith(x, there + offset)
                for other, there, x in zip(texts, at, column, strict=True)
            ):
                found = (-sum(map(len, column)), offset, source)
                best = found if best is None or found[:2] < best[:2] else best
                break
            start += 1
    return None if best is None else best[1:]
