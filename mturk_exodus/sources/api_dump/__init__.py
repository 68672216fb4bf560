"""Dumps of API replies: what boto3 and the AWS CLI gave, as people kept it.

JSON and JSON Lines, what Python prints, and the XML of the API before 2017: whole replies, lists
of them, bare lists of records, one record for each line, records by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.sources.api_dump import legacy_xml, meaning
from mturk_exodus.sources.api_dump.claims import claim, dialect_of, is_xml
from mturk_exodus.sources.api_dump.documents import Broken, Window, node
from mturk_exodus.sources.api_dump.walk import Balance, Kept, Left, Unit, Walk, shown
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Refused

_BROKEN = "broken or cut off from here on: what follows could not be read"
_STRANGERS = 10_000


class APIDump:
    """Files that hold replies of MTurk's API, or records out of them."""

    name: ClassVar[str] = "api_dump"
    title: ClassVar[str] = "dumps of API replies"
    authority: ClassVar[int] = 10

    def claims(self, file: SourceFile) -> str | None:
        """JSON, Python's own writing or old XML that names MTurk's members."""
        return claim(file)

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every record of a file, in its order.

        Raises:
            FileRefused: there is no record in it.
        """
        units = legacy_xml.units(file) if is_xml(file.start) else _units(file)
        kept, balances, number = 0, 0, 0
        first: str | None = None
        for unit in units:
            if isinstance(unit, Balance):
                balances += 1
                continue
            number += 1
            if isinstance(unit, Kept):
                kept += 1
                yield Entry(number, unit.found, unit.doubts)
            else:
                first = first or unit.reason
                yield Refused(number, unit.reason, shown(unit.value))
            if not kept and number >= _STRANGERS:
                break
        if not kept:
            raise FileRefused(_without_records(balances, first))

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a record's members mean."""
        return meaning.derive(table, raw)


def _without_records(balances: int, first: str | None) -> str:
    if balances:
        return "a balance without a date says nothing"
    return "holds no MTurk record" + (f": {first}" if first else "")


def _units(file: SourceFile) -> Iterator[Unit]:
    with file.text() as stream:
        yield from _documents(Window(stream, dialect_of(file.start)))


def _documents(window: Window) -> Iterator[Unit]:
    walk = Walk()
    while window.begins():
        yield from _document(window, walk)


def _document(window: Window, walk: Walk) -> Iterator[Unit]:
    try:
        yield from walk.through(node(window))
    except Broken:
        yield Left(_BROKEN, window.beginning())
        window.leap()
