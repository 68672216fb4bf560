"""What texts have in common, in the same order: the literals of the template they come from."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from mturk_exodus.questions.templates.template import Matcher, Part

Fragments = list[str | None]
"""Literal texts by turns with None, where a slot is."""

_tags: Callable[[str], list[str]] = re.compile(r"<[^<>]*>|[^<>]+|[<>]").findall
_words: Callable[[str], list[str]] = re.compile(r"[^\W\d_]+|\d+|\s+|[^\w\s]|_").findall
_DEPTH = 8
_MARKUP = frozenset('<>"=')
_SHORT = 16
_WORD = 3
_LONG = 64
_RARELY = 4

Pair = tuple[int, int]


def draft(texts: Sequence[str]) -> list[Part]:
    """Parts, no slot of them repeated, that give each of these texts; the first is where it starts.

    A literal between two slots is kept if it tells where one ends and the other begins: a word
    that the values happen to share does not.
    """
    fragments: Fragments = [texts[0]] if texts[0] else []
    for text in texts[1:]:
        fragments = common(fragments, text)
    parts = as_parts(fragments)
    rows = [row for row in map(Matcher(parts).values, texts) if row is not None]
    kept = _without_chance(fragments, rows)
    matcher = Matcher(as_parts(kept))
    rows = [row for row in map(matcher.values, texts) if row is not None]
    return as_parts(_with_edges(kept, rows))


def as_parts(fragments: Fragments) -> list[Part]:
    """Fragments with their slots numbered."""
    parts: list[Part] = []
    slot = 0
    for fragment in fragments:
        parts.append(slot if fragment is None else fragment)
        slot += fragment is None
    return parts


def as_fragments(parts: Iterable[Part]) -> Fragments:
    """Parts without the numbers of their slots."""
    return [part if isinstance(part, str) else None for part in parts]


def common(fragments: Fragments, text: str) -> Fragments:
    """The literals that a text has as well, with slots where it differs.

    First by whole tags and what is between them, then, where these differ, by words. A gap is
    gone through once at each of a few depths, so time is near linear.
    """
    made = _Literals()
    for ours, theirs, same in _runs(_pieces(fragments, _tags), _tags(text)):
        if same:
            made.add(theirs)
            continue
        if not any(ours) or not theirs:  # nothing to find
            made.slot()
            continue
        words = _words("".join(word or "" for word in theirs))
        for our_words, their_words, same_words in _runs(_pieces(ours, _words), words):
            if same_words:
                made.add(their_words)
            elif our_words or their_words:
                made.slot()
    return made.fragments()


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in these texts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_words(text))
    return counts


def most_in_common(words: Mapping[str, int], others: Mapping[str, int]) -> int:
    """A length that what `common` finds cannot exceed, by words alone: far quicker than finding it.

    Tags and what is between them are whole words, too.
    """
    return sum(len(word) * min(n, others[word]) for word, n in words.items() if word in others)


class _Literals:
    """Fragments while they grow."""

    def __init__(self) -> None:
        self._pieces: list[list[str] | None] = []

    def add(self, pieces: Iterable[str | None]) -> None:
        texts = [piece for piece in pieces if piece]
        if not texts:
            return
        if not self._pieces or self._pieces[-1] is None:
            self._pieces.append([])
        last = self._pieces[-1]
        if last is not None:
            last += texts

    def slot(self) -> None:
        if not self._pieces or self._pieces[-1] is not None:
            self._pieces.append(None)

    def fragments(self) -> Fragments:
        return [None if piece is None else "".join(piece) for piece in self._pieces]


def _pieces(fragments: Iterable[str | None], split: Callable[[str], list[str]]) -> Fragments:
    pieces: Fragments = []
    for fragment in fragments:
        if fragment is None:
            pieces.append(None)
        else:
            pieces += split(fragment)
    return pieces


def _runs(
    ours: Fragments, theirs: Sequence[str | None]
) -> Iterator[tuple[Fragments, Sequence[str | None], bool]]:
    """Both sequences in turns of what is the same and what is not."""
    one = other = 0
    for start, their_start, length in _blocks(_pairs(ours, theirs)):
        if start > one or their_start > other:
            yield ours[one:start], theirs[other:their_start], False
        one, other = start + length, their_start + length
        yield ours[start:one], theirs[their_start:other], True
    if one < len(ours) or other < len(theirs):
        yield ours[one:], theirs[other:], False


def _blocks(pairs: list[Pair]) -> Iterator[tuple[int, int, int]]:
    """Pairs that follow each other on both sides, as starts and a length."""
    start = 0
    for end in range(1, len(pairs) + 1):
        one, other = pairs[end - 1]
        if end == len(pairs) or pairs[end] != (one + 1, other + 1):
            yield (*pairs[start], end - start)
            start = end


def _pairs(ours: Fragments, theirs: Sequence[str | None]) -> list[Pair]:
    """Places that hold the same, rising on both sides."""
    pairs: list[Pair] = []
    gaps = [(0, len(ours), 0, len(theirs), 0)]
    while gaps:
        start, end, their_start, their_end, depth = gaps.pop()
        while start < end and their_start < their_end and _same(ours[start], theirs[their_start]):
            pairs.append((start, their_start))
            start, their_start = start + 1, their_start + 1
        while (
            start < end and their_start < their_end and _same(ours[end - 1], theirs[their_end - 1])
        ):
            end, their_end = end - 1, their_end - 1
            pairs.append((end, their_end))
        if start == end or their_start == their_end or depth == _DEPTH:
            continue
        if not any(ours[start:end]):
            continue
        anchors = _anchors(ours[start:end], theirs[their_start:their_end])
        if not anchors:
            continue
        one, other = start, their_start
        for ours_at, theirs_at in anchors:
            pairs.append((start + ours_at, their_start + theirs_at))
            gaps.append((one, start + ours_at, other, their_start + theirs_at, depth + 1))
            one, other = start + ours_at + 1, their_start + theirs_at + 1
        gaps.append((one, end, other, their_end, depth + 1))
    return sorted(pairs)


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _anchors(ours: Fragments, theirs: Sequence[str | None]) -> list[Pair]:
    """Pieces that both sides hold equally often, the n-th here with the n-th there.

    Rows of a table are all alike, so pieces that occur but once would be too few. Markup and
    words go first, for what is between words is everywhere.
    """
    our_places, their_places = _places(ours), _places(theirs)
    equal = [
        piece
        for piece, places in our_places.items()
        if len(places) == len(their_places.get(piece, ()))
    ]
    pieces = [piece for piece in equal if _tells(piece)] or equal
    pairs = (zip(our_places[piece], their_places[piece], strict=True) for piece in pieces)
    return _rising(sorted(chain.from_iterable(pairs)))


def _places(fragments: Sequence[str | None]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, piece in enumerate(fragments):
        if piece is not None:
            places[piece].append(place)
    return places


def _tells(piece: str) -> bool:
    return not _MARKUP.isdisjoint(piece) or len(piece.strip()) >= _WORD


def _rising(pairs: list[Pair]) -> list[Pair]:
    """The longest run of pairs, in order on both sides, that has none crossing."""
    ends: list[int] = []
    at_end: list[int] = []
    before: list[int] = []
    for number, (_, other) in enumerate(pairs):
        place = bisect_left(ends, other)
        before.append(at_end[place - 1] if place else -1)
        ends[place : place + 1] = [other]
        at_end[place : place + 1] = [number]
    rising: list[Pair] = []
    number = at_end[-1] if at_end else -1
    while number >= 0:
        rising.append(pairs[number])
        number = before[number]
    return rising[::-1]


def _without_chance(fragments: Fragments, rows: list[list[str]]) -> Fragments:
    """The fragments without literals that stand between two slots by chance."""
    kept: Fragments = []
    left = [""] * len(rows)
    slot = -1
    for place, fragment in enumerate(fragments):
        if fragment is None:
            slot += 1
            values = [row[slot] for row in rows]
            if kept and kept[-1] is None:  # what was between them is in `left` already
                left = [one + value for one, value in zip(left, values, strict=True)]
            else:
                kept.append(None)
                left = values
        elif 0 < place < len(fragments) - 1 and _is_chance(
            fragment, left, [row[slot + 1] for row in rows]
        ):
            left = [f"{one}{fragment}" for one in left]
        else:
            kept.append(fragment)
    return kept


def _is_chance(literal: str, left: list[str], right: list[str]) -> bool:
    """Whether a literal between values may be a part of them.

    A short one without markup may be; so may one that the values hold, too.
    """
    if len(literal) < _SHORT and (len(literal) == 1 or _MARKUP.isdisjoint(literal)):
        return True
    if len(literal) >= _LONG:
        return False
    ends = len(literal) - 1
    twice = sum(
        literal in one + literal[:-1] or literal in literal[1:] + other[: max(len(other), ends)]
        for one, other in zip(left, right, strict=True)
    )
    return twice * _RARELY > len(left)


def _with_edges(fragments: Fragments, rows: list[list[str]]) -> Fragments:
    """The fragments, with what all values of a slot begin and end with in the literals."""
    made = _Literals()
    columns = zip(*rows, strict=True)
    for fragment in fragments:
        if fragment is not None:
            made.add([fragment])
            continue
        values = next(columns)
        start = _whole_words(beginning(values), values)
        rest = [value[len(start) :][::-1] for value in values]
        end = _whole_words(beginning(rest), rest)[::-1]
        made.add([start])
        if any(len(value) > len(end) for value in rest):
            made.slot()
        made.add([end])
    return made.fragments()


def beginning(values: Sequence[str]) -> str:
    """What all of them begin with: what the first and the last in their order do."""
    first, last = min(values), max(values)
    length = next(
        (
            place
            for place, (one, other) in enumerate(zip(first, last, strict=False))
            if one != other
        ),
        len(first),
    )
    return first[:length]


def _whole_words(shared: str, values: Iterable[str]) -> str:
    """What values begin with, without a word or number that is longer in one of them."""
    if any(value[len(shared) : len(shared) + 1].isalnum() for value in values):
        end = len(shared)
        while end and shared[end - 1].isalnum():
            end -= 1
        return shared[:end]
    return shared
