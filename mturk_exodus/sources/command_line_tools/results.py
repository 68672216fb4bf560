"""Results: a row for each assignment, and one for each HIT that has none.

As getResults writes them (tab separated, every cell quoted), saved again as CSV, and as
Submiterator writes them again: with `,` or `;`, and with columns of its own in front.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.sources.cells import TOO_MANY, by_name, has_too_many
from mturk_exodus.sources.command_line_tools import meaning
from mturk_exodus.sources.command_line_tools.columns import (
    ANSWER,
    ANSWERS,
    ASSIGNMENT_ID,
    HIT_ID,
    HIT_TYPE_ID,
    OF_ASSIGNMENTS,
    OF_HITS,
    first_line,
    named,
)
from mturk_exodus.sources.delimited import CUT_OFF, Line, opened
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Entry, Found, Refused

_ONE_OF = (ASSIGNMENT_ID, "hitstatus", "viewhit")
_NO_ANSWERS = "none"
_HITS_REMEMBERED = 4_096

Cells = dict[str, str]


def is_such(file: SourceFile) -> bool:
    """Whether a table has the tools' columns, in lower case as they write them."""
    names = first_line(file)
    return HIT_ID in names and HIT_TYPE_ID in names and any(name in names for name in _ONE_OF)


def read(file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    """Every row.

    Raises:
        FileRefused: it is no table.
    """
    with opened(file) as sheet:
        yield Columns(sheet.columns)
        rows = _Rows(sheet.columns)
        for line in sheet.lines():
            if not rows.is_header(line.cells):
                yield rows.item(line)


class _Rows:
    """The rows of a file, and the HITs that were last seen in it."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._names = tuple(columns)
        self._hits: OrderedDict[str, int] = OrderedDict()

    def is_header(self, cells: list[str]) -> bool:
        """Take a row that is a header. getResults appends, and other HITs have other answers."""
        if HIT_ID not in cells or HIT_TYPE_ID not in cells or ASSIGNMENT_ID not in cells:
            return False
        self._names = named(cells)
        return True

    def item(self, line: Line) -> Entry | Refused:
        cells = _with_answers_joined(self._names, line.cells)
        if line.cut_off:
            return Refused(line.number, CUT_OFF, line.cells)
        if has_too_many(self._names, cells):
            return Refused(line.number, TOO_MANY, line.cells)
        row = by_name(self._names, cells)
        if not row.get(HIT_ID, "").strip():
            return Refused(line.number, f"{HIT_ID} is empty", row)
        if row.get(ASSIGNMENT_ID, "").strip():
            return self._assignment(line.number, row)
        return self._hit(line.number, row)

    def _assignment(self, number: int, row: Cells) -> Entry:
        hit = {name: row[name] for name in OF_HITS if name in row}
        rest = {name: cell for name, cell in row.items() if name == HIT_ID or name not in hit}
        found = [Found(ASSIGNMENTS, rest)]
        if self._is_news(hit):
            found.insert(0, Found(HITS, hit))
        return Entry(number, tuple(found), meaning.doubts(row))

    def _hit(self, number: int, row: Cells) -> Entry | Refused:
        if _says_work(row):
            return Refused(number, f"{ASSIGNMENT_ID} is empty, and other cells tell of work", row)
        self._is_news(row)
        return Entry(number, (Found(HITS, row),), meaning.doubts(row))

    def _is_news(self, hit: Cells) -> bool:
        said = hash(tuple(hit.items()))
        if len(hit) == 1 or self._hits.get(hit[HIT_ID]) == said:
            return False
        self._hits[hit[HIT_ID]] = said
        if len(self._hits) > _HITS_REMEMBERED:
            self._hits.popitem(last=False)
        return True


def _with_answers_joined(names: Sequence[str], cells: list[str]) -> list[str]:
    """A row of the older tools, whose one column of answers runs over many cells."""
    extra = len(cells) - len(names)
    if extra <= 0 or ANSWERS not in names:
        return cells
    start = names.index(ANSWERS)
    end = start + extra + 1
    return [*cells[:start], "\t".join(cells[start:end]), *cells[end:]]


def _says_work(row: Mapping[str, str]) -> bool:
    if row.get(ANSWERS, _NO_ANSWERS) != _NO_ANSWERS:
        return True
    return any(name in OF_ASSIGNMENTS or name.startswith(ANSWER) for name in row)
