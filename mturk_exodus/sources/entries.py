"""The entries of a file into rows: what each means, what is doubtful, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.archive.gather import FromFile, Gathered, Gatherer
from mturk_exodus.archive.ingested import Accounts
from mturk_exodus.archive.tables import ASSIGNMENTS, BONUS_PAYMENTS, HITS, REVIEW_REPORTS, Table
from mturk_exodus.records import InvalidRecord, Value
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Entry, FileRefused, Found, Refused, Source

_TOGETHER = 1_000
_TOGETHER_CHARACTERS = 8_000_000
_NUMBERS_SHOWN = 100
_NAME_A_HIT = (ASSIGNMENTS, REVIEW_REPORTS)


@dataclass
class Absorbed:
    """What was in a file.

    Attributes:
        columns: its header; None if it is no table.
        entries: how many rows or objects were read.
        kept: of these, those that gave a record.
        refused: those that did not.
        failures: by check, the entries that fail it, and the numbers of the first of them.
    """

    columns: tuple[str, ...] | None = None
    kept: int = 0
    refused: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    failed_first: dict[str, list[int]] = field(default_factory=dict)
    refused_first: dict[str, list[int]] = field(default_factory=dict)
    gathered: Gathered = field(default_factory=Gathered)

    @property
    def entries(self) -> int:
        """Every entry is kept or refused."""
        return self.kept + self.refused

    def fail(self, check: str, number: int) -> None:
        """An entry is kept, and doubtful."""
        self.failures[check] += 1
        _remember(self.failed_first, check, number)

    def refuse(self, reason: str, number: int) -> None:
        """An entry is not kept."""
        self.refused += 1
        _remember(self.refused_first, reason, number)

    def accounts(self) -> Accounts:
        """What the archive notes of the file."""
        checks = {name: (self.failures[name], self.failed_first[name]) for name in self.failures}
        return Accounts(self.columns, self.entries, self.kept, self.refused, checks)


def _remember(first: dict[str, list[int]], what: str, number: int) -> None:
    numbers = first.setdefault(what, [])
    if len(numbers) < _NUMBERS_SHOWN:
        numbers.append(number)


def absorb(
    source: Source, file: SourceFile, gatherer: Gatherer, tick: Callable[[int], None]
) -> Absorbed:
    """Read a whole file into the archive, a thousand entries at a time.

    Raises:
        FileRefused: nothing of it should be kept.
    """
    absorbed = Absorbed(gathered=gatherer.gathered)
    batch = _Batch(gatherer)
    for item in _items(source, file):
        if isinstance(item, Entry):
            _take(source, item, absorbed, batch)
        elif isinstance(item, Refused):
            _refuse(item, absorbed, batch)
        else:
            absorbed.columns = item.names
        if batch.is_full:
            batch.write()
            tick(absorbed.entries)
    batch.write()
    if absorbed.entries == 0:
        raise FileRefused("holds no row")
    return absorbed


def _items(source: Source, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    try:
        yield from source.read(file)
    except (FileRefused, OSError, UnicodeError):
        raise
    except Exception as error:  # one file's fault must not cost the others
        raise FileRefused(
            f"source '{source.name}' failed on it, which is a fault of the source; please report"
            f" it: {type(error).__name__}"
        ) from error


def _take(source: Source, entry: Entry, absorbed: Absorbed, batch: _Batch) -> None:
    try:
        records, unreadable = _records(source, entry)
    except InvalidRecord as error:
        raw = {found.table.name: found.raw for found in entry.found}
        _refuse(Refused(entry.number, str(error), raw), absorbed, batch)
        return
    absorbed.kept += 1
    batch.add(records)
    for name in unreadable:
        absorbed.fail(f"{name} can be read", entry.number)
    for doubt in entry.doubts:
        absorbed.fail(doubt, entry.number)


def _records(source: Source, entry: Entry) -> tuple[list[tuple[Table, FromFile]], list[str]]:
    records, unreadable = [], []
    for found in entry.found:
        derived = source.derive(found.table.name, found.raw)
        row = row_of(found.table, derived.wire, found.context)
        records.append((found.table, FromFile(row, as_json(found), entry.number)))
        unreadable += derived.unreadable
    return records, unreadable


def row_of(
    table: Table, wire: Mapping[str, Any], context: Mapping[str, Value]
) -> dict[str, Value]:
    """The columns of a record of a file.

    Raises:
        InvalidRecord: it is none, or cannot be told from another.
    """
    if table is not BONUS_PAYMENTS:
        return table.row_of(wire, context)
    row = table.row_of(wire, {"hit_id": None, "copy": 0, **context})
    if row["grant_time"] is None:
        raise InvalidRecord("GrantTime is missing: the bonus cannot be told from others")
    return row


def as_json(found: Found) -> str:
    """A record's own words, as they are kept.

    Raises:
        InvalidRecord: JSON cannot hold them.
    """
    try:
        text = json.dumps(found.raw, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(found.raw, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise InvalidRecord(f"it cannot be kept as JSON: {error}") from error
    return text


def _refuse(refused: Refused, absorbed: Absorbed, batch: _Batch) -> None:
    absorbed.refuse(refused.reason, refused.number)
    batch.refused.append(refused)


@dataclass
class _Batch:
    """Entries that are written together."""

    gatherer: Gatherer
    records: dict[str, tuple[Table, list[FromFile]]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    entries: int = 0
    characters: int = 0

    @property
    def is_full(self) -> bool:
        return (
            self.entries + len(self.refused) >= _TOGETHER
            or self.characters > _TOGETHER_CHARACTERS
        )

    def add(self, records: list[tuple[Table, FromFile]]) -> None:
        self.entries += 1
        for table, record in records:
            self.characters += len(record.raw)
            if table.name not in self.records:
                self.records[table.name] = (table, [])
            self.records[table.name][1].append(record)

    def write(self) -> None:
        """HITs first: what names one refers to its row."""
        hits = self.records.pop(HITS.name, None)
        if hits:
            self.gatherer.put(*hits)
        for table, records in self.records.values():
            if table in _NAME_A_HIT:
                self.gatherer.imply_hits({one.row["hit_id"] for one in records})
            self.gatherer.put(table, records)
        self.gatherer.refuse(
            (one.number, one.reason, json.dumps(one.raw, default=str)) for one in self.refused
        )
        self.records, self.refused, self.entries, self.characters = {}, [], 0, 0
