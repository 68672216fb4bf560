"""Lists of HITs: what loadHITs made, a HIT for each row of its .input, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from mturk_exodus.archive.tables import HITS
from mturk_exodus.sources.cells import by_name
from mturk_exodus.sources.command_line_tools.columns import (
    HIT_ID,
    HIT_TYPE_ID,
    INPUT,
    first_line,
)
from mturk_exodus.sources.delimited import Line, opened, unsound
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Entry, FileRefused, Found, Refused

_SUCCESS = ".success"
_INPUT = ".input"
_FAILURE = ".failure"
_TAB = "\t"

_CAN_BE_READ = "the .input beside it can be read"
_AS_MANY = "the .input beside it has as many rows, so that each HIT's row is known"
_NONE_FAILED = "no .failure lies beside it, so that each HIT's row is known"


def is_such(file: SourceFile) -> bool:
    """Whether a table has these two columns and no other."""
    return sorted(first_line(file)) == [HIT_ID, HIT_TYPE_ID]


def read(file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    """Every HIT, with its row of the .input beside it where that is known.

    loadHITs leaves out the rows that gave no HIT, and appends where it is run again: only if
    there are as many rows as HITs, and none failed, does a row belong to the HIT in its place.

    Raises:
        FileRefused: it is no table.
    """
    rows, doubt = _rows_beside(file)
    with opened(file, _TAB) as sheet:
        yield Columns(sheet.columns)
        for line, variables in zip(sheet.lines(), rows, strict=False):
            item = _item(sheet.columns, line, variables)
            if doubt is not None and isinstance(item, Entry):
                item, doubt = item._replace(doubts=(doubt,)), None
            yield item


def _item(
    columns: tuple[str, ...], line: Line, variables: dict[str, str] | None
) -> Entry | Refused:
    bad = unsound(columns, line)
    if bad is not None:
        return bad
    raw = by_name(columns, line.cells)
    if not raw.get(HIT_ID, "").strip():
        return Refused(line.number, f"{HIT_ID} is empty", line.cells)
    found = Found(HITS, raw if not variables else {**raw, INPUT: variables})
    return Entry(line.number, (found,))


def _rows_beside(file: SourceFile) -> tuple[Iterator[dict[str, str] | None], str | None]:
    """The rows of the .input, and the check that fails if they are not to be had."""
    beside = _sibling(file, _INPUT)
    if beside is None:
        return repeat(None), None
    if _sibling(file, _FAILURE) is not None:
        return repeat(None), _NONE_FAILED
    try:
        if _count(beside) != _count(file):
            return repeat(None), _AS_MANY
    except FileRefused:
        return repeat(None), _CAN_BE_READ
    return _rows(beside), None


def _sibling(file: SourceFile, ending: str) -> SourceFile | None:
    """`X.input` and `X.input.failure` beside `X.input.success`; `X.input` beside `X.success`."""
    name = file.base_name
    if not name.endswith(_SUCCESS):
        return None
    stem = name.removesuffix(_SUCCESS)
    if ending == _INPUT:
        return file.sibling(f"{stem.removesuffix(_INPUT)}{_INPUT}")
    return file.sibling(f"{stem}{ending}")


def _count(file: SourceFile) -> int:
    with opened(file, _TAB) as sheet:
        return sum(1 for _ in sheet.lines())


def _rows(file: SourceFile) -> Iterator[dict[str, str] | None]:
    with opened(file, _TAB) as sheet:
        for line in sheet.lines():
            yield by_name(sheet.columns, line.cells)
