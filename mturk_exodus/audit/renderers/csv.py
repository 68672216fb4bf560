"""A report for spreadsheets and scripts: a file for each table, whole, and one of all figures.

UTF-8, CRLF. A cell that a spreadsheet would take for a formula begins with `'`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mturk_exodus import formulas
from mturk_exodus.audit.renderers.values import plain
from mturk_exodus.audit.report import Kind, Report, Table, Value
from mturk_exodus.publishing import published, refuse_existing

_FIGURES = "figures.csv"
_TABLES = "tables.csv"


class Written(NamedTuple):
    """A file that was written, and its rows without the header."""

    path: Path
    rows: int


def names(report: Report) -> list[str]:
    """The files of a report."""
    return [_FIGURES, _TABLES, *(name for name, _ in _tables(report))]


def write(report: Report, folder: Path) -> Iterator[Written]:
    """Write every table into a folder, file by file; each appears whole.

    Raises:
        OutputFailed: a file of such a name is there already, or cannot be written.
    """
    for name in names(report):
        refuse_existing(folder / name)
    yield _write(folder / _FIGURES, _FIGURE_COLUMNS, _figures(report))
    yield _write(folder / _TABLES, _TABLE_COLUMNS, _contents(report))
    for name, table in _tables(report):
        rows = (
            [plain(one.kind, value) for one, value in zip(table.columns, row, strict=True)]
            for row in table.read()
        )
        yield _write(folder / name, [one.name for one in table.columns], rows)


_FIGURE_COLUMNS = ["section", "name", "label", "kind", "value", "how"]
_TABLE_COLUMNS = ["file", "section", "title", "rows", "how"]


def _write(path: Path, header: list[str], rows: Iterable[list[Value]]) -> Written:
    number = 0
    with published(path) as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(_harmless(row))
            number += 1
    return Written(path, number)


def _harmless(row: list[Value]) -> list[str]:
    cells = ["" if value is None else str(value) for value in row]
    for place in formulas.places(cells):
        cells[place] = f"'{cells[place]}"
    return cells


def _tables(report: Report) -> Iterator[tuple[str, Table]]:
    for section in report.sections:
        for table in section.tables:
            yield f"{section.name}_{table.name}.csv", table


def _figures(report: Report) -> Iterator[list[Value]]:
    for name, fact in report.facts.items():
        yield ["report", name, name.replace("_", " "), Kind.TEXT.value, fact, "as the archive says"]
    for section in report.sections:
        for one in section.figures:
            value = plain(one.kind, one.value)
            yield [section.name, one.name, one.label, one.kind.value, value, one.how]


def _contents(report: Report) -> Iterator[list[Value]]:
    for section in report.sections:
        for table in section.tables:
            name = f"{section.name}_{table.name}.csv"
            yield [name, section.name, table.title, table.total, table.how]
