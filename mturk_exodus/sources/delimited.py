"""Delimited text: cells between commas, semicolons or tabs, quoted as spreadsheets quote them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from sys import maxsize
from typing import NamedTuple, TextIO

from mturk_exodus.batch_columns import MARKS
from mturk_exodus.sources.cells import TOO_MANY, has_too_many
from mturk_exodus.sources.files import FileRefused, SourceFile
from mturk_exodus.sources.interface import Columns, Entry, Refused

CUT_OFF = "the file ends inside this row"

CELL_LIMIT = 32 << 20
"""Characters. csv counts with one limit for the whole process: it is only ever set to this."""

ROW_LIMIT = 2 * CELL_LIMIT

_DELIMITERS = ",;\t"
_BOM = "\ufeff"
_DECLARED = re.compile(r'\ufeff*"?sep=(.)"?[,;\t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
"""The line with which Excel is told the delimiter; it shows up in no sheet."""

_NO_TABLE = re.compile(r"\ufeff*\s*[<{\[]|[^\r\n]*[\x00-\x08\x0e-\x1f]")
"""How markup, JSON and what is no text begin."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class Line(NamedTuple):
    """A row of a sheet.

    Attributes:
        number: 1 for the first one under the heading.
        cells: as many as the row has; often fewer than there are columns.
        cut_off: whether the file ends inside this row, as far as that can be seen.
    """

    number: int
    cells: list[str]
    cut_off: bool


class Sheet:
    """A table in a file, while the file is open.

    Attributes:
        columns: the heading's cells, stripped; a repeated name gets ` (2)`, ` (3)`; an empty one
            stays empty.
    """

    def __init__(self, text: TextIO, delimiter: str, *, cut: bool, whole_line: bool) -> None:
        self._cut = cut
        self._whole_line = whole_line
        self._taken = [0]
        self._rows = csv.reader(_bounded(text, self._taken), delimiter=delimiter)
        self._heading = self._first()
        self.columns = _distinct([cell.strip() for cell in self._heading])

    def _first(self) -> list[str]:
        try:
            row = next(filter(_has_words, self._rows), None)
        except (csv.Error, _TooLongError) as error:
            raise _too_long("the heading", error) from error
        if row is None:
            raise FileRefused("is empty")
        self._taken[0] = 0
        return row

    def lines(self) -> Iterator[Line]:
        """The rows, once. Rows without a word, and repetitions of the heading, are left out.

        A row is handed over when the next one is there, for only then is it known that the file
        goes on.

        Raises:
            FileRefused: a row is too long for any memory, or there is no end to the heading.
        """
        heading, taken, new = self._heading, self._taken, tuple.__new__
        number, shortest, first = 0, maxsize, heading[0]
        held: list[str] = []
        row = heading
        try:
            for row in self._rows:
                taken[0] = 0
                if (row and row[0] and row[0] != first) or (any(row) and row != heading):
                    if number:
                        if len(held) < shortest:  # noqa: PLR1730 - min() takes as long as the rest
                            shortest = len(held)
                        yield new(Line, (number, held, False))  # Line() takes twice as long
                    number += 1
                    held = row
        except (csv.Error, _TooLongError) as error:
            raise _too_long(f"row {number + 1}", error) from error
        if row is heading:
            raise FileRefused("ends inside its heading, or a quotation there has no end")
        yield from self._last(number, held, row, shortest)

    def _last(
        self, number: int, held: list[str], final: list[str], shortest: int
    ) -> Iterator[Line]:
        """The last row, and whether the file ends in it.

        Args:
            number: of the last row that says something; 0 if there is none.
            held: its cells.
            final: what the reader gave at the end of the file: nothing, unless a quotation that
                began never ended.
            shortest: cells in the shortest of the other rows.
        """
        if final and final is not held:
            if number:
                yield Line(number, held, False)
            yield Line(number + 1, final, True)
        elif number:
            short = not self._whole_line and len(held) < self._least(shortest)
            yield Line(number, held, bool(final) or self._cut or short)

    def _least(self, shortest: int) -> int:
        """How many cells a whole row has at least."""
        if shortest != maxsize:
            return shortest
        return len(self.columns) - len(MARKS) * (self.columns[-2:] == MARKS)


def unsound(columns: Sequence[str], line: Line, *, cut_off: str = CUT_OFF) -> Refused | None:
    """A row of which nobody can tell which cell is which; None if it is none.

    Args:
        columns: the heading.
        line: the row.
        cut_off: what to say if the file ends inside it.
    """
    if line.cut_off:
        return Refused(line.number, cut_off, line.cells)
    if has_too_many(columns, line.cells):
        return Refused(line.number, TOO_MANY, line.cells)
    return None


def entries(
    file: SourceFile, entry: Callable[[tuple[str, ...], Line], Entry | Refused]
) -> Iterator[Columns | Entry | Refused]:
    """The heading of a table, then what `entry` makes of the heading and each row.

    Raises:
        FileRefused: it is no table.
    """
    with opened(file) as sheet:
        yield Columns(sheet.columns)
        for line in sheet.lines():
            yield entry(sheet.columns, line)


@contextmanager
def opened(file: SourceFile, delimiters: str = _DELIMITERS) -> Iterator[Sheet]:
    """A file as a table, with the one of some delimiters that gives its heading most cells.

    Raises:
        FileRefused: it is empty, or no text.
    """
    contents = file.contents
    if contents.has_nul:
        raise FileRefused("has NUL bytes: it is damaged, or not a text")
    csv.field_size_limit(CELL_LIMIT)
    delimiter, _ = _heading_of(file.start, delimiters)
    with file.text() as text:
        yield Sheet(
            text,
            delimiter,
            cut=contents.ends_in_character,
            whole_line=contents.ends_with_newline,
        )


def header_of(start: str, delimiters: str = _DELIMITERS) -> tuple[str, ...]:
    """The cells of the first row of a file's head; none if it is not the head of a table."""
    if _NO_TABLE.match(start):
        return ()
    _, cells = _heading_of(start, delimiters)
    return _distinct([cell.strip() for cell in cells])


def _heading_of(start: str, delimiters: str) -> tuple[str, list[str]]:
    declared = _DECLARED.match(start)
    begin = declared.end() if declared else 0
    if declared and declared[1] in delimiters:
        delimiters = declared[1]
    found = ((delimiter, _first_row(start, begin, delimiter)) for delimiter in delimiters)
    return max(found, key=lambda choice: len(choice[1]))


def _first_row(start: str, begin: int, delimiter: str) -> list[str]:
    lines = (match[0].lstrip(_BOM) for match in _LINE.finditer(start, begin))
    try:
        return next(filter(_has_words, csv.reader(lines, delimiter=delimiter)), [])
    except csv.Error:
        return []


def _has_words(row: list[str]) -> bool:
    """Whether a row is more than delimiters, whichever they are."""
    return any(cell.strip(_DELIMITERS) for cell in row)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    distinct = []
    for name in names:
        distinct.append(name if not name else _unused(name, taken))
        taken[distinct[-1]] = None
    return tuple(distinct)


def _unused(name: str, taken: dict[str, None]) -> str:
    repeated, count = name, 1
    while repeated in taken:
        count += 1
        repeated = f"{name} ({count})"
    return repeated


class _TooLongError(Exception):
    """A row goes on and on."""


def _too_long(what: str, error: Exception) -> FileRefused:
    """Of csv's own errors, only the one about a cell is left: NULs are refused before."""
    if isinstance(error, _TooLongError):
        return FileRefused(f"{what} is longer than {ROW_LIMIT:,} characters")
    return FileRefused(f"{what} has a cell of more than {CELL_LIMIT:,} characters")


def _bounded(text: TextIO, taken: list[int]) -> Iterator[str]:
    """The lines of a text, then an empty one.

    The reader makes an empty row of the empty line, unless it is inside a quotation: so it is seen
    whether the text ends there.

    Args:
        text: what the lines are of.
        taken: how many characters the reader took; whoever gets its rows sets it back.
    """
    line = text.readline(ROW_LIMIT + 1).lstrip(_BOM)
    if _DECLARED.match(line):
        line = text.readline(ROW_LIMIT + 1)
    while line:
        taken[0] += len(line)
        if taken[0] > ROW_LIMIT:
            raise _TooLongError
        yield line
        line = text.readline(ROW_LIMIT + 1)
    yield ""
