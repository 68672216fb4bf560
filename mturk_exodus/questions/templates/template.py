"""A page with variables, and the questions that it gives: what many HITs share is kept once.

MTurk puts the values of a project's or a layout's variables into the page when a HIT is made, as
they are, and returns the filled page alone (AWS documentation, "HITLayout").
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

Part = str | int
"""A literal text, or the number of a slot."""

PLACEHOLDER = re.compile(r"\$\{([^{}\r\n]{1,200})\}")
"""A variable in a page, as the requester site writes it: `${name}`."""

_TRIES = 64


@dataclass(frozen=True)
class Template:
    """What questions have in common, and the places where they differ.

    Attributes:
        parts: literal texts, none of them empty, and numbers of slots, by turns. Slots are
            numbered from 0 in the order in which they first occur; a variable that is used
            twice is one number twice.
        names: by slot, what its variable is called, None where nobody knows. Variables that
            stand side by side are one slot and called `first+second`.
        escapings: by slot, how the variable's value was written into the page: a key of
            naming.ESCAPINGS, None where nobody knows.
    """

    parts: tuple[Part, ...]
    names: tuple[str | None, ...]
    escapings: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would not be the one way to write a template."""
        if not self.escapings:
            object.__setattr__(self, "escapings", (None,) * len(self.names))
        slots = list(dict.fromkeys(part for part in self.parts if isinstance(part, int)))
        if slots != list(range(len(self.names))) or len(self.escapings) != len(self.names):
            raise ValueError("slots are numbered as they occur, and each has a name or None")
        if any(
            isinstance(one, int) == isinstance(next_, int) for one, next_ in pairwise(self.parts)
        ):
            raise ValueError("literals and slots stand by turns")
        if "" in self.parts:
            raise ValueError("a literal has at least one character")

    @property
    def literal_length(self) -> int:
        """How many characters are the same in every question."""
        return sum(len(part) for part in self.parts if isinstance(part, str))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """A name for each slot, no two the same: its variable's, or `variable_1` and so on."""
        taken = {name for name in self.names if name is not None}
        labels: dict[str, None] = {}
        for number, name in enumerate(self.names, 1):
            label = name if name is not None and name not in labels else f"variable_{number}"
            while label in labels or (label in taken and label != name):
                label += "_"
            labels[label] = None
        return tuple(labels)

    def render(self, values: Sequence[str]) -> str:
        """The question with these values, one for each slot.

        Raises:
            ValueError: there are more or fewer values than slots.
        """
        if len(values) != len(self.names):
            raise ValueError(f"{len(self.names)} values are needed, not {len(values)}")
        return "".join([part if isinstance(part, str) else values[part] for part in self.parts])

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hexadecimal digits, of the template's JSON."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    def to_json(self) -> str:
        """The template as JSON in ASCII; the same template is the same text."""
        said = {"parts": self.parts, "names": self.names, "escapings": self.escapings}
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Template:
        """The template that to_json wrote.

        Raises:
            ValueError: it is not such a text.
        """
        try:
            said = json.loads(text)
            parts, names, escapings = (said[key] for key in ("parts", "names", "escapings"))
            _are(parts, str, int)
            _are(names, str, type(None))
            _are(escapings, str, type(None))
            return cls(tuple(parts), tuple(names), tuple(escapings))
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError("is not a template's JSON") from error

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[str | None, int | None]],
        names: Iterable[str | None],
        escapings: Iterable[str | None] = (),
    ) -> Template:
        """The template of which rows gives the parts."""
        parts = tuple(_part(literal, slot) for literal, slot in rows)
        return cls(parts, tuple(names), tuple(escapings))

    def rows(self) -> Iterator[tuple[str | None, int | None]]:
        """The parts as (literal, None) or (None, slot), in their order, for a table of them.

        With a row for each part and each value, SQL alone renders a question:
        `group_concat(coalesce(literal, value), '')` over the parts in their order.
        """
        for part in self.parts:
            yield (part, None) if isinstance(part, str) else (None, part)


def _are(given: Any, *types: type) -> None:  # noqa: ANN401 -- whatever JSON can hold
    # True is an int of Python, and no slot.
    if not isinstance(given, list) or any(type(each) not in types for each in given):
        raise TypeError


def _part(literal: str | None, slot: int | None) -> Part:
    if literal is not None and slot is None:
        return literal
    if slot is not None and literal is None:
        return slot
    raise ValueError("a part is a literal or a slot")


def numbered(pieces: Iterable[str | object]) -> tuple[tuple[Part, ...], tuple[object, ...]]:
    """Parts from literals and whatever stands for slots, and what stands for each slot.

    Pieces that are equal are one slot. Empty literals go, and literals that meet become one; two
    pieces for slots must not meet.
    """
    parts: list[Part] = []
    slots: dict[object, int] = {}
    for piece in pieces:
        if not isinstance(piece, str):
            parts.append(slots.setdefault(piece, len(slots)))
        elif piece and parts and isinstance(parts[-1], str):
            parts[-1] += piece
        elif piece:
            parts.append(piece)
    return tuple(parts), tuple(slots)


class Matcher:
    """Finds the values with which parts give a text.

    A literal is looked for where the one before it ends, so a text is gone through once, however
    many literals there are. Without repeated slots that finds values whenever there are some: what
    is found too early leaves more of the text for the rest. With repeated slots the first place
    may be wrong (a value holds the text that follows it), and later ones are tried, a bounded
    number of times. What is found gives the text back to the letter in any case.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = tuple(parts)
        self._slots = 1 + max((part for part in parts if isinstance(part, int)), default=-1)
        uses = Counter(part for part in parts if isinstance(part, int))
        self._repeated = {slot for slot, count in uses.items() if count > 1}

    def values(self, text: str) -> list[str] | None:
        """A value for each slot, or None if none were found."""
        if not self._parts:
            return None if text else []
        first, last = self._parts[0], self._parts[-1]
        if isinstance(first, str) and not text.startswith(first):
            return None
        if isinstance(last, str) and not text.endswith(last):
            return None
        return self._search(text)

    def _search(self, text: str) -> list[str] | None:
        values: list[str] = []
        choices: list[tuple[int, int, int]] = []  # part, where its value starts, where it ends
        run, index = self._known(0, values)
        start, least = len(run), len(run)
        if index == len(self._parts):
            return values if run == text else None
        for _ in range(self._slots + _TRIES):
            found = self._end(text, index, values, start, least)
            if found is not None:
                end, after, index_after = found
                if self._parts[index] in self._repeated:
                    choices.append((index, start, end))
                values.append(text[start:end])
                run, index = self._known(index_after, values)
                if text.startswith(run, after):
                    start = least = after + len(run)
                    if index < len(self._parts):
                        continue
                    if start == len(text):
                        return values
            if not choices:
                return None
            index, start, end = choices.pop()
            least = end + 1
            del values[int(self._parts[index]) :]
        return None

    def _end(
        self, text: str, index: int, values: list[str], start: int, least: int
    ) -> tuple[int, int, int] | None:
        """Where the value of the slot at index ends, no earlier than least; what comes next."""
        needle, after = self._known(index + 1, values)
        if after < len(self._parts):
            end = text.find(needle, least) if needle else least
            return None if end < 0 else (end, end + len(needle), after)
        end = len(text) - len(needle)
        if end < max(start, least) or not text.endswith(needle):
            return None
        return end, len(text), after

    def _known(self, index: int, values: list[str]) -> tuple[str, int]:
        """The text from a part on to the next slot without a value, and where that one is."""
        known: list[str] = []
        for place in range(index, len(self._parts)):
            part = self._parts[place]
            if isinstance(part, int) and part >= len(values):
                break
            known.append(part if isinstance(part, str) else values[part])
        return "".join(known), index + len(known)
