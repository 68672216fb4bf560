"""A task's row: what its project's template shows, and columns for people who read results.

    mturk_hit_id   the HIT's id; by it a task is known again
    mturk_hit      what MTurk said of the HIT, as JSON
    mturk_page     what the page is made of, as JSON; the only column that the template has
    NAME           a variable of the page's template; others are together in mturk_variables

A row is ASCII. A cell that begins with `"` is a JSON text. So what Turkle gives back is exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mturk_exodus_turkle.mapping.texts import cell_of, in_ascii, text_of

JSON = Any
Row = Mapping[str, JSON]

HIT_ID = "mturk_hit_id"
HIT = "mturk_hit"
PAGE = "mturk_page"
VARIABLES = "mturk_variables"

_OURS = (HIT_ID, HIT, PAGE, VARIABLES)
_COLUMN = re.compile("(?!mturk)[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}(?<! )", re.IGNORECASE).fullmatch
_CELL = re.compile(r'"([^"]*(?:""[^"]*)*)"(?:(,)|\n|\Z)')


def csv_of(rows: Sequence[Row], required: Iterable[str] = ()) -> str:
    """Rows as the CSV that Turkle takes.

    Args:
        rows: payloads of tasks; none for the header alone.
        required: columns that the project's template wants beside ours.
    """
    names = dict.fromkeys(name for row in rows for name in row["variables"] if _COLUMN(name))
    columns = [*names, *(one for one in required if one not in names and one not in _OURS), *_OURS]
    lines = [columns, *(_cells(row, columns) for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\r\n" for line in lines)


def rows_of(text: str, at_least: int = 0) -> Iterator[Row]:
    """The payloads of what `/input/` gives; rows that are not ours are left out.

    Args:
        text: all of it.
        at_least: how many rows there must be, whosever they are.

    Raises:
        ValueError: it is no CSV, or ends too early.
    """
    lines = _lines(text)
    columns, others = next(lines, []), list(lines)
    if len(others) < at_least:
        raise ValueError("rows are missing")
    for line in others:
        if len(line) != len(columns):
            raise ValueError("a row has more or fewer cells than columns")
        row = dict(zip(columns, line, strict=True))
        if row.get(HIT_ID):
            yield _payload(row)


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    variables: Mapping[str, str] = row["variables"]
    others = {name: value for name, value in variables.items() if not _COLUMN(name)}
    ours = {
        HIT_ID: cell_of(row[HIT_ID]),
        HIT: in_ascii(row[HIT]),
        PAGE: in_ascii(row[PAGE]),
        VARIABLES: in_ascii(others) if others else "",
    }
    return [ours[name] if name in ours else cell_of(variables.get(name)) for name in columns]


def _payload(row: Mapping[str, str]) -> Row:
    variables = {
        name: text
        for name, cell in row.items()
        if _COLUMN(name) and (text := text_of(cell)) is not None
    }
    others = json.loads(row[VARIABLES]) if row.get(VARIABLES) else {}
    if not isinstance(others, dict):
        raise ValueError("are no variables")  # noqa: TRY004 - the cell is wrong, not its type
    return {
        HIT_ID: text_of(row[HIT_ID]),
        HIT: json.loads(row.get(HIT) or "null"),
        PAGE: json.loads(row.get(PAGE) or "null"),
        "variables": {**variables, **others},
    }


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _lines(text: str) -> Iterator[list[str]]:
    """Lines of a CSV in which every cell is quoted, as Turkle writes it."""
    line: list[str] = []
    end = 0
    while end < len(text):
        match = _CELL.match(text, end)
        if match is None:
            raise ValueError("is no CSV, or ends too early")
        line.append(match[1].replace('""', '"'))
        end = match.end()
        if match[2] is None:
            yield line
            line = []
    if line:
        raise ValueError("ends too early")
