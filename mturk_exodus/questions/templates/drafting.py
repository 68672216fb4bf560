"""Drafts of templates, made from a sample of questions and mended by those that do not fit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from mturk_exodus.questions.templates.alignment import (
    as_fragments,
    as_parts,
    common,
    most_in_common,
    word_counts,
)
from mturk_exodus.questions.templates.alignment import draft as draft_parts
from mturk_exodus.questions.templates.known_pages import KnownPages
from mturk_exodus.questions.templates.naming import (
    ESCAPINGS,
    Example,
    Piece,
    Source,
    Unnamed,
    joined,
    named_pieces,
    template_of,
)
from mturk_exodus.questions.templates.template import Matcher, Part, Template

_CDATA, _CDATA_ENDS = "<![CDATA[", "]]>"
_chunks = re.compile(r"<[^<>]*>|[^<>\n]+").findall
_tag_names = re.compile(r"</?[a-zA-Z][^\s<>/]*").findall
_ALIKE = 0.3
_LEAST_LITERAL = 0.1
_ENOUGH_LITERAL = 200
_SAME_PAGE = 0.9
_LEADERS = 16
_CLOSELY = 24
_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Item:
    """A question, with the values that its HIT was made from where they are known."""

    text: str
    given: Mapping[str, str] | None = None


class Draft:
    """A template that may still change, and what is known of its slots so far.

    Attributes:
        template: the template as it is now.
        is_known: whether it is a page of the requester's own.
        count: how many questions it has taken.
    """

    def __init__(
        self, pieces: Sequence[Piece], examples: Sequence[Item], *, is_known: bool = False
    ) -> None:
        self.is_known = is_known
        self._examples = list(examples[:_EXAMPLES])
        self._has_values = False
        self.count = 0
        self._set(pieces)
        self._least = self.template.literal_length * _SAME_PAGE

    def _set(self, pieces: Sequence[Piece]) -> None:
        self._pieces = joined(pieces)
        self.template, self._sources = template_of(self._pieces)
        self._matcher = Matcher(self.template.parts)
        self._words: Counter[str] | None = None
        self._all_named = None not in self._sources
        self._escapings = [_possible(source) for source in self._sources]

    def start_again(self) -> None:
        """Forget what was counted, not what the template is."""
        self.count = 0
        self._escapings = [_possible(source) for source in self._sources]

    @property
    def order(self) -> tuple[bool, int, str]:
        """Known pages come first, then those that say most."""
        return not self.is_known, -self.template.literal_length, self.template.digest

    def values(self, text: str, given: Mapping[str, str] | None) -> list[str] | None:
        """The values with which the template gives a text, None if it does not."""
        if given and self._all_named:
            values = [
                source.value(given, left[0])
                for source, left in zip(self._sources, self._escapings, strict=True)
                if source and left
            ]
            texts = [value for value in values if value is not None]
            if len(texts) == len(self._sources) and self.template.render(texts) == text:
                return texts
        return self._matcher.values(text)

    def take(self, item: Item) -> bool:
        """Whether it gives a question; if so, count it, and see which names it bears out."""
        values = self.values(item.text, item.given)
        if values is None or self.template.render(values) != item.text:
            return False
        self.count += 1
        if item.given:
            self._has_values = True
            for slot, (source, value) in enumerate(zip(self._sources, values, strict=True)):
                if source:
                    left = self._escapings[slot]
                    self._escapings[slot] = source.borne_out(value, item.given, left)
        return True

    def named(self) -> Template:
        """The template, with the names that all questions bear out.

        Those of a known page are its own, whatever a table says; how values were written into it
        is told only where a table shows it.
        """
        names = list(self.template.names)
        escapings: list[str | None] = [None] * len(names)
        for slot, left in enumerate(self._escapings):
            if left and self._has_values:
                escapings[slot] = left[0]
            elif not left and not self.is_known:
                names[slot] = None
        return Template(self.template.parts, tuple(names), tuple(escapings))

    def take_apart(self, item: Item) -> bool:
        """Whether it gives this question, too, once a slot that holds several values is as many."""
        if self._matcher.values(item.text) is not None:
            return True
        values = Matcher(_apart(self._pieces)).values(item.text)
        if values is None:
            return False
        self._set(_split(self._pieces, values))
        return True

    def most_in_common(self, words: Mapping[str, int]) -> int:
        """What is literal in it and may be in a text of these words; 0 for another page's."""
        if self._words is None:
            self._words = word_counts(part for part in self.template.parts if isinstance(part, str))
        length = most_in_common(self._words, words)
        return length if length >= self._least else 0

    def take_in(self, item: Item) -> bool:
        """Keep what it has in common with a question; whether that is still the same page."""
        fragments = common(as_fragments(_apart(self._pieces)), item.text)
        if sum(len(fragment) for fragment in fragments if fragment) < self._least:
            return False
        self._examples = [item, *self._examples[: _EXAMPLES - 1]]
        self._set(_pieces(as_parts(fragments), self._examples))
        return True


def _possible(source: Source | None) -> list[str]:
    """Ways in which a variable can have been written, the likeliest first."""
    if source is None:
        return []
    first = source.escaping or "none"
    return [first, *(escaping for escaping in ESCAPINGS if escaping != first)]


def _apart(pieces: Sequence[Piece]) -> list[Part]:
    """The parts, with no slot repeated."""
    return as_parts([piece if isinstance(piece, str) else None for piece in pieces])


def _split(pieces: Sequence[Piece], values: Sequence[str]) -> list[Piece]:
    """The pieces, with a slot that holds several values taken for as many."""
    made: list[Piece] = []
    firsts: dict[Piece, str] = {}
    others: dict[tuple[Piece, str], Piece] = {}
    numbers = count(1 + max((p.number for p in pieces if isinstance(p, Unnamed)), default=0))
    slot = iter(values)
    for piece in pieces:
        if isinstance(piece, str):
            made.append(piece)
            continue
        value = next(slot)
        if firsts.setdefault(piece, value) == value:
            made.append(piece)
        else:
            made.append(others.setdefault((piece, value), Unnamed(next(numbers))))
    return made


def mend(made: Sequence[Draft], item: Item) -> bool:
    """Change one of the drafts so that it gives a question, too; whether one of them can.

    To see what a text and a draft have in common takes long, so that is done for one draft alone:
    the one that may have the most.
    """
    own = [draft for draft in made if not draft.is_known and draft.template.parts]
    if not own:
        return False
    if any(draft.take_apart(item) for draft in own):
        return True
    words = word_counts([item.text])
    lengths = [draft.most_in_common(words) for draft in own]
    most = max(lengths)
    return most > 0 and own[lengths.index(most)].take_in(item)


def drafts(items: Sequence[Item], known: KnownPages) -> list[Draft]:
    """Templates for a sample of questions, each of which gives two of them at least.

    One that a known page gives is enough to know that it is that page.
    """
    made: list[Draft] = []
    rest: list[Item] = []
    for item in items:
        if not _is_taken(made, item):
            pieces = known.pieces(item.text)
            if pieces is None:
                rest.append(item)
            else:
                made.append(Draft(pieces, [item], is_known=True))
    for cluster in _clusters(rest):
        left = [item for item in cluster if not _is_taken(made, item)]
        made += _of_cluster(left)
    return made


def _is_taken(made: Sequence[Draft], item: Item) -> bool:
    return any(draft.values(item.text, item.given) is not None for draft in made)


def _of_cluster(items: list[Item]) -> list[Draft]:
    """The draft of questions that are alike, or several if that takes less to write down.

    An edited page has other tags than before. So do values with markup in them, but then one
    template for each costs more than it saves.
    """
    whole = _of(items)
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        groups[hash(tuple(_tag_names(item.text)))].append(item)
    drawn = [(_of(group), len(group)) for group in groups.values() if len(group) > 1]
    apart = [(draft, size) for draft, size in drawn if draft is not None]
    if whole is None:
        return [draft for draft, _ in apart]
    literal = whole.template.literal_length
    saved = sum(size * (draft.template.literal_length - literal) for draft, size in apart)
    cost = sum(draft.template.literal_length for draft, _ in apart) - literal
    return [draft for draft, _ in apart] if saved > cost > 0 else [whole]


def _of(items: list[Item]) -> Draft | None:
    if len(items) <= 1:
        return None
    step = -(-len(items) // _CLOSELY)
    chosen = items[::step]
    parts = draft_parts([item.text for item in chosen])
    literal = sum(len(part) for part in parts if isinstance(part, str))
    frame = len(chosen[0].text) - len(_inside(chosen[0].text))
    shortest = min(len(item.text) for item in chosen) - frame
    if not literal or literal - frame < min(_LEAST_LITERAL * shortest, _ENOUGH_LITERAL):
        return None
    return Draft(_pieces(parts, chosen), chosen)


def _pieces(parts: Sequence[Part], items: Sequence[Item]) -> list[Piece]:
    """A draft's parts as pieces: named where values tell, repeated where all examples do."""
    rows = [Matcher(parts).values(item.text) or [] for item in items]
    examples = [
        Example(item.text, row, item.given)
        for item, row in zip(items, rows, strict=True)
        if item.given and row
    ]
    named = joined(named_pieces(parts, examples) or []) if len(examples) > 1 else []
    if named and _give_all(named, items):
        return _merged(named, items)
    return _merged([part if isinstance(part, str) else Unnamed(part) for part in parts], items)


def _merged(pieces: list[Piece], items: Sequence[Item]) -> list[Piece]:
    """The pieces, with unnamed slots one that have the same values in all examples."""
    apart = Matcher(_apart(pieces))
    rows = [row for row in (apart.values(item.text) for item in items) if row is not None]
    columns = iter(zip(*rows, strict=True))
    slots: dict[tuple[str, ...], Unnamed] = {}
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            merged.append(piece)
            continue
        column = next(columns, ())
        is_source = isinstance(piece, Source)
        merged.append(piece if is_source else slots.setdefault(column, Unnamed(len(slots))))
    return merged if _give_all(merged, items) else pieces


def _give_all(pieces: Sequence[Piece], items: Sequence[Item]) -> bool:
    draft = Draft(pieces, [])
    return all(draft.values(item.text, item.given) is not None for item in items)


def _clusters(items: Sequence[Item]) -> list[list[Item]]:
    """Questions by what they hold in common, the largest cluster first."""
    leaders: list[tuple[frozenset[str], list[Item]]] = []
    for item in items:
        chunks = frozenset(chunk.strip() for chunk in _chunks(_inside(item.text))) - {""}
        likeness, members = max(
            ((_likeness(leader, chunks), members) for leader, members in leaders),
            key=lambda pair: pair[0],
            default=(0.0, []),
        )
        if likeness >= _ALIKE:
            members.append(item)
        elif len(leaders) < _LEADERS:
            leaders.append((chunks, [item]))
    return sorted((members for _, members in leaders), key=len, reverse=True)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of pieces that both have, of the one that has fewer."""
    return len(one & other) / (min(len(one), len(other)) or 1)


def _inside(question: str) -> str:
    """What a CDATA section holds: what is round it is the same for pages that are not."""
    start, end = question.find(_CDATA), question.rfind(_CDATA_ENDS)
    return question[start + len(_CDATA) : end] if 0 <= start < end else question
