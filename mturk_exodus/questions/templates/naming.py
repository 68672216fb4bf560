"""What variables are called and how their values were written, told by a batch file's values."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape as xml_escape

from mturk_exodus.questions.templates.alignment import beginning
from mturk_exodus.questions.templates.template import Part, Template, numbered

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
_STEPS = 4
_BEGINNINGS = (8, 4, 2, 1)


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
    variables = _Variables(examples)
    if not variables:
        return None
    texts = [example.text for example in examples]
    ends = zip(*[_ends(parts, example.row) for example in examples], strict=True)
    at = [0] * len(texts)
    pieces: list[Piece] = []
    for _ in range(_STEPS * len(parts) + _STEPS):
        shared = _shared(texts, at)
        if all(place + shared == len(text) for text, place in zip(texts, at, strict=True)):
            pieces.append(texts[0][at[0] :])
            return pieces
        found = variables.find(texts, at, shared)
        if found is not None:
            offset, column = found
            pieces += [texts[0][at[0] : at[0] + offset], column.source]
            at = [place + offset + len(x) for place, x in zip(at, column.values, strict=True)]
            continue
        after = _next_end(ends, [place + shared for place in at])
        if after is None:
            return None
        pieces += [texts[0][at[0] : at[0] + shared], Unnamed(len(pieces))]
        at = after
    return None


@dataclass(frozen=True, slots=True)
class _Column:
    """What a variable would be in each example, written in one way.

    Attributes:
        source: the variable, and the way.
        values: by example, not all the same.
        shared: how many characters all of them begin with.
        longest: the example with the longest of them.
    """

    source: Source
    values: tuple[str, ...]
    shared: int
    longest: int

    @property
    def rest(self) -> str:
        """What the longest value goes on with where they begin to differ; never empty."""
        return self.values[self.longest][self.shared :]

    @property
    def reach(self) -> int:
        """How much later than the values the texts may begin to differ.

        Not at all, unless one value ends there: what follows it may be as the others go on.
        """
        ends = any(len(value) == self.shared for value in self.values)
        return len(self.rest) - 1 if ends else 0

    def stands(self, texts: Sequence[str], at: Sequence[int], offset: int) -> bool:
        """Whether each text holds its value so far on from its place."""
        return all(
            text.startswith(value, place + offset)
            for text, place, value in zip(texts, at, self.values, strict=True)
        )


class _Variables:
    """The variables of examples, found by what is where the texts begin to differ.

    They are looked up by how the longest value goes on there, so what a slot costs does not grow
    with the number of variables. Columns that reach back are kept apart: only for them are the
    places before that one looked at, and each place of a text is so for one slot alone.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        columns = list(_columns(examples))
        self._order = {column.source: number for number, column in enumerate(columns)}
        self._indexes = [
            _Index(column for column in columns if not column.reach),
            _Index(column for column in columns if column.reach),
        ]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._order)

    def find(
        self, texts: Sequence[str], at: Sequence[int], shared: int
    ) -> tuple[int, _Column] | None:
        """The variable that accounts for where texts begin to differ, and how far on it starts.

        If several do, the one that accounts for most of the texts.
        """
        best: tuple[tuple[int, int, int], _Column] | None = None
        for index in self._indexes:
            for back in range(min(shared, index.reach) + 1):
                for column in index.at(texts, at, shared - back):
                    offset = shared - back - column.shared
                    if offset >= 0 and back <= column.reach and column.stands(texts, at, offset):
                        rank = -sum(map(len, column.values)), offset, self._order[column.source]
                        best = (rank, column) if best is None or rank < best[0] else best
        return best and (best[0][1], best[1])


class _Index:
    """Columns by the beginning of how their longest value goes on."""

    def __init__(self, columns: Iterable[_Column]) -> None:
        self.reach = 0
        self._columns: dict[tuple[int, int], dict[str, list[_Column]]] = {}
        for column in columns:
            self.reach = max(self.reach, column.reach)
            length = next(length for length in _BEGINNINGS if length <= len(column.rest))
            alike = self._columns.setdefault((column.longest, length), {})
            alike.setdefault(column.rest[:length], []).append(column)

    def at(self, texts: Sequence[str], at: Sequence[int], offset: int) -> Iterator[_Column]:
        """Those that may go on so far on from these places."""
        for (example, length), columns in self._columns.items():
            start = at[example] + offset
            yield from columns.get(texts[example][start : start + length], ())


def _columns(examples: Sequence[Example]) -> Iterator[_Column]:
    """By variable and escaping, what it would be in each question; only those that vary."""
    names = set(examples[0].given).intersection(*(example.given for example in examples))
    for name in [name for name in examples[0].given if name in names]:
        seen: set[tuple[str, ...]] = set()
        for escaping, escape in ESCAPINGS.items():
            values = tuple(escape(example.given[name]) for example in examples)
            if len(set(values)) > 1 and values not in seen:
                seen.add(values)
                longest = max(range(len(values)), key=lambda number: len(values[number]))
                yield _Column(Source((name,), escaping), values, len(beginning(values)), longest)


def _ends(parts: Sequence[Part], row: Sequence[str]) -> list[int]:
    """Where each slot of a draft ends in a text."""
    at, ends = 0, []
    for part in parts:
        at += len(part if isinstance(part, str) else row[part])
        if isinstance(part, int):
            ends.append(at)
    return ends


def _next_end(ends: Iterator[tuple[int, ...]], at: Sequence[int]) -> list[int] | None:
    """The first end of a slot that lies beyond, in all texts and in one of them truly.

    Ends that do not lie beyond are behind for good, as places only go on.
    """
    for column in ends:
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
