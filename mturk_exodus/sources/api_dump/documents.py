"""Documents of any size, one after the other, out of a bounded part of their text.

A value that fits into the window is decoded whole. One that does not, or that is broken somewhere,
is taken apart: its members or elements come one by one. So a list of a gigabyte is read record by
record, and of a file that was cut off, the records before the cut are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TextIO

WINDOW = 256 * 1024
"""Characters in which a list or a structure must end to be decoded whole.

A HIT's question has at most 65,535 bytes. What is larger is read all the same, member by member.
"""

LONGEST = 64 * 1024 * 1024
"""Characters of one text, and of all texts of one record."""

# A list of pages of records by id has four levels; what is deeper is decoded whole or not at all.
_LEVELS = 8
_SPACE = re.compile(r"\s*")
_NEXT_LINE = re.compile(r"\n(?=[\[{])")
_LINE_END = re.compile(r"[ \t\r]*\n[\[{]")
_ENDS = {"[": "]", "{": "}"}
_NEAR = 1024

Scan = Callable[[str, int], tuple[Any, int]]


class Broken(Exception):
    """From here on the text is not what it should be, or a value is too large."""


class Dialect(NamedTuple):
    """A way to write values.

    Attributes:
        scan: the value at a position of a text, and where it ends. Raises ValueError or
            RecursionError where there is none.
        between: what may stand before a document.
    """

    scan: Scan
    between: re.Pattern[str]


class Window:
    """The part of a text that is looked at."""

    def __init__(self, stream: TextIO, dialect: Dialect) -> None:
        self._stream = stream
        self._size = WINDOW
        self._dialect = dialect
        self._text = ""
        self._at = 0
        self._moved = False
        self._ended = False

    def begins(self) -> bool:
        """Go on to the next document; whether there is one."""
        while self._skip(self._dialect.between):
            pass
        self._moved = False
        return self.peek() != ""

    def leap(self) -> None:
        """Go on to the next line that begins as a document does; it may begin right here."""
        if self._moved:
            self._at = max(self._at - 1, 0)
        while not (match := _NEXT_LINE.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - 1)
            if not self._more():
                self._at = len(self._text)
                return
        self._at = match.end()

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        first = self._text[self._at : self._at + 1]
        if first > " ":
            return first
        while self._skip(_SPACE):
            pass
        return self._text[self._at : self._at + 1]

    def beginning(self) -> str:
        """What comes next, as it is written."""
        return self._text[self._at : self._at + _NEAR]

    def step(self) -> None:
        """Go past the character that `peek` showed."""
        self._at += 1
        self._moved = True

    def ends_line(self) -> bool:
        """Whether nothing more comes on this line, and the next one begins as a document does."""
        if len(self._text) - self._at < _NEAR:
            self._more()
        return _LINE_END.match(self._text, self._at) is not None

    def has_line_end(self) -> bool:
        """Whether a line ends in what is seen already. No text of either dialect goes beyond."""
        return self._text.find("\n", self._at) >= 0

    def take(self, longest: int = 0) -> Any:  # noqa: ANN401 - whatever a document holds
        """The value that begins here.

        Args:
            longest: how many characters it may have; at least as many as the window.

        Raises:
            Broken: there is none, or it is longer.
        """
        while True:
            try:
                value, end = self._dialect.scan(self._text, self._at)
            except (ValueError, RecursionError):
                if not self._more(longest):
                    raise Broken from None
                continue
            if end < len(self._text) or isinstance(value, (dict, list)) or self._ended:
                self._at = end
                self._moved = True
                return value
            # A number or a text that ends where the window ends may go on behind it.
            if not self._more(longest) and not self._ended:
                raise Broken

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Go past the pattern; whether it may go on in text that has come since."""
        if len(self._text) - self._at < _NEAR:
            self._more()
        if match := pattern.match(self._text, self._at):
            self._at = match.end()
        return self._at == len(self._text) and self._more()

    def _more(self, longest: int = 0) -> bool:
        """Look further ahead; False where the text ends, or that much is seen already."""
        ahead = len(self._text) - self._at
        if self._ended or ahead > max(longest, self._size):
            return False
        block = self._stream.read(max(self._size, ahead // 2 if longest else 0))
        # The character before is kept: `leap` looks at it.
        passed = max(self._at - 1, 0)
        self._text = self._text[passed:] + block
        self._at -= passed
        self._ended = not block
        return not self._ended


class Whole(NamedTuple):
    """A value that was decoded at once."""

    value: Any


class Parts:
    """A list or a structure that is taken apart. Use each part up before the next one."""

    def __init__(self, window: Window, level: int) -> None:
        self._window = window
        self._level = level
        self._end = _ENDS[window.peek()]
        self.is_list = self._end == "]"

    def __iter__(self) -> Iterator[tuple[str, Whole | Parts]]:
        """Pairs of name and value; the names of a list's elements are empty.

        Raises:
            Broken: it does not go on as it should.
        """
        window = self._window
        window.step()
        while window.peek() != self._end:
            name = "" if self.is_list else self._name()
            yield name, node(window, self._level + 1)
            if window.peek() == ",":
                window.step()
            elif window.peek() != self._end:
                raise Broken
        window.step()

    def _name(self) -> str:
        if self._window.peek() in _ENDS:
            raise Broken
        name = self._window.take()
        if self._window.peek() != ":":
            raise Broken
        self._window.step()
        # A line that was cut off behind its colon does not take the next line for its value.
        if self._window.ends_line():
            raise Broken
        self._window.peek()
        return str(name)


def node(window: Window, level: int = 0) -> Whole | Parts:
    """The value that begins here.

    Raises:
        Broken: there is none, or it is too large and cannot be taken apart.
    """
    try:
        return Whole(window.take())
    except Broken:
        first = window.peek()
        if first in _ENDS and level < _LEVELS:
            return Parts(window, level)
        if first in {'"', "'"} and not window.has_line_end():
            return Whole(window.take(LONGEST))
        raise
