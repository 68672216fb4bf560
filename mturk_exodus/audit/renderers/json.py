"""A report for programs; docs/audit.schema.json says what is where."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from mturk_exodus.audit.renderers.values import plain
from mturk_exodus.audit.report import Figure, Picture, Report, Section, Table

VERSION = 1
"""Of the form. What is there stays under its name; further figures and tables may come."""

JSON = dict[str, Any]


class _Rows(list[JSON]):
    """Rows that are read as they are written: there may be millions."""

    def __init__(self, table: Table, top: int) -> None:
        super().__init__()
        self._table = table
        self._top = top

    def __iter__(self) -> Iterator[JSON]:
        return _rows(self._table, self._top)

    def __len__(self) -> int:
        return min(self._top, self._table.total)


def pieces(report: Report, top: int) -> Iterator[str]:
    """The document as text, piece by piece."""
    streaming = _document(report, lambda table: _table(table, top, _Rows(table, top)))
    yield from json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(streaming)
    yield "\n"


def document(report: Report, top: int) -> JSON:
    """The report; `top` rows of each table at most, how many there are, and whether that is all."""
    return _document(report, lambda table: _table(table, top, list(_rows(table, top))))


def _document(report: Report, form: Callable[[Table], JSON]) -> JSON:
    return {
        "version": VERSION,
        "facts": report.facts,
        "sections": {one.name: _section(one, form) for one in report.sections},
    }


def _section(section: Section, form: Callable[[Table], JSON]) -> JSON:
    return {
        "title": section.title,
        "about": section.about,
        "figures": {one.name: _figure(one) for one in section.figures},
        "pictures": {one.name: _picture(one) for one in section.pictures},
        "tables": {one.name: form(one) for one in section.tables},
        "notes": list(section.notes),
    }


def _figure(figure: Figure) -> JSON:
    return {
        "label": figure.label,
        "kind": figure.kind.value,
        "value": plain(figure.kind, figure.value),
        "how": figure.how,
        "is_warning": figure.is_warning,
    }


def _picture(picture: Picture) -> JSON:
    return {
        "title": picture.title,
        "how": picture.how,
        "kind": picture.kind.value,
        "along": list(picture.along),
        "series": {
            name: [plain(picture.kind, value) for value in values]
            for name, values in picture.series
        },
    }


def _table(table: Table, top: int, rows: list[JSON]) -> JSON:
    return {
        "title": table.title,
        "how": table.how,
        "columns": [
            {"name": one.name, "label": one.label, "kind": one.kind.value} for one in table.columns
        ],
        "total": table.total,
        "is_whole": table.total <= top,
        "rows": rows,
    }


def _rows(table: Table, top: int) -> Iterator[JSON]:
    for row in islice(table.read(), top):
        cells = zip(table.columns, row, strict=True)
        yield {one.name: plain(one.kind, value) for one, value in cells}
