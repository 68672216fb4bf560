"""What several sources say of one record: kept beside its row, weighed, written down together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.merge import Merged, Statement, merge
from mturk_exodus.archive.tables import Table
from mturk_exodus.records import Value

Row = dict[str, Value]
Key = tuple[Value, ...]

REQUESTER_API = "requester_api"
IMPLIED = "implied"
"""The source of a HIT that nothing is known of but its id: an assignment names it."""

PROVENANCE = (
    "source",
    "file_id",
    "file_row",
    "own_values",
    "raw",
    "raw_sha256",
    "first_run_id",
    "last_run_id",
)
"""The columns that records share, after those that follow from the record."""


class Told(NamedTuple):
    """One source's words on a record, and what they mean.

    Attributes:
        values: by column.
        file_id: None for the API.
        file_row: the number of its entry in the file.
    """

    source: str
    values: Mapping[str, Value]
    raw: str
    raw_sha256: str
    file_id: Value
    file_row: Value
    first_run_id: Value
    last_run_id: Value


class Settled(NamedTuple):
    """What a record's row says after a statement was weighed.

    Attributes:
        source: whose raw stands in the row.
        values: by column.
    """

    source: str
    values: Mapping[str, Value]


@dataclass
class Testimony:
    """Writes what sources say of records that others have told of."""

    archive: Archive

    def __post_init__(self) -> None:
        """Read whose word counts."""
        self._authority: dict[str, int] = dict(
            self.archive.connection.execute("select source, authority from sources")
        )

    def authority(self, source: str) -> int:
        """How much a source counts; less is more."""
        return self._authority[source]

    def add(self, table: Table, key: Key, new: Told) -> Settled | None:
        """Weigh a new statement on a record that has its row; None if it is not new.

        A statement of the API takes the place of the API's earlier one. One of a file stands
        beside all others.
        """
        told = self.told(table, key)
        for place, one in enumerate(told):
            if (one.source, one.raw_sha256) == (new.source, new.raw_sha256):
                self._seen_again(table, key, one, new, in_row=place == 0)
                return None
        if new.source == REQUESTER_API:
            told = [one for one in told if one.source != REQUESTER_API]
        return self.write(table, key, [*(one for one in told if one.source != IMPLIED), new])

    def retract(self, table: Table, key: Key) -> None:
        """Take back what the API said of a record, and the row if nothing else tells of it."""
        told = [one for one in self.told(table, key) if one.source != REQUESTER_API]
        if told:
            self.write(table, key, told)
            return
        self.archive.connection.execute(f"delete from {table.name} where {table.where}", key)

    def settled(self, table: Table, key: Key) -> Settled:
        """What a record's row says."""
        told = self.told(table, key)
        return Settled(told[0].source, self.weigh(table, told).values)

    def told(self, table: Table, key: Key) -> list[Told]:
        """Everything that is said of a record; the one whose raw is in its row comes first.

        Raises:
            LookupError: it has no row.
        """
        names = table.told
        row = self.archive.connection.execute(
            f"select {table.selected((*names, *PROVENANCE))} from {table.name} where {table.where}",
            key,
        ).fetchone()
        if row is None:
            raise LookupError(table.name)
        values: Row = dict(zip((*names, *PROVENANCE), row, strict=True))
        values |= json.loads(str(values["own_values"] or "{}"))
        main = Told(
            source=str(values["source"]),
            values={name: values[name] for name in names},
            raw=str(values["raw"]),
            raw_sha256=str(values["raw_sha256"]),
            file_id=values["file_id"],
            file_row=values["file_row"],
            first_run_id=values["first_run_id"],
            last_run_id=values["last_run_id"],
        )
        return [main, *self._beside(table, key)]

    def _beside(self, table: Table, key: Key) -> list[Told]:
        rows = self.archive.connection.execute(
            "select source, said, raw, raw_sha256, file_id, file_row, first_run_id, last_run_id"
            " from source_records where record_table = ? and record_key = ?",
            [table.name, json.dumps(key)],
        )
        return [Told(source, json.loads(said), *others) for source, said, *others in rows]

    def weigh(self, table: Table, told: Sequence[Told]) -> Merged:
        """What they say together."""
        return merge(
            table,
            [
                Statement(one.source, self.authority(one.source), one.values, one.raw_sha256)
                for one in told
            ],
        )

    def write(self, table: Table, key: Key, told: Sequence[Told]) -> Settled:
        """Make a record's row, and what stands beside it, what all these say."""
        merged = self.weigh(table, told)
        main = told[merged.main]
        own = json.dumps(merged.own_values, ensure_ascii=False) if merged.own_values else None
        written: Row = {
            **merged.values,
            "source": main.source,
            "file_id": main.file_id,
            "file_row": main.file_row,
            "own_values": own,
            "raw": main.raw,
            "raw_sha256": main.raw_sha256,
            "first_run_id": main.first_run_id,
            "last_run_id": main.last_run_id,
        }
        settings = ", ".join(f"{name} = ?" for name in written)
        self.archive.connection.execute(
            f"update {table.name} set {settings} where {table.where}",
            [*written.values(), *key],
        )
        self._write_beside(table, key, [one for one in told if one is not main])
        self._write_disagreements(table, key, merged)
        return Settled(main.source, merged.values)

    def _write_beside(self, table: Table, key: Key, told: Sequence[Told]) -> None:
        """A HIT that was polled a thousand times has a thousand statements: most stay."""
        connection, record = self.archive.connection, [table.name, json.dumps(key)]
        held = set(
            connection.execute(
                "select source, raw_sha256 from source_records"
                " where record_table = ? and record_key = ?",
                record,
            )
        )
        wanted = {(one.source, one.raw_sha256): one for one in told}
        connection.executemany(
            "delete from source_records where record_table = ? and record_key = ?"
            " and source = ? and raw_sha256 = ?",
            [[*record, *name] for name in held - wanted.keys()],
        )
        connection.executemany(
            "insert into source_records (record_table, record_key, source, said, raw, raw_sha256,"
            " file_id, file_row, first_run_id, last_run_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [*record, one.source, _said(one.values), *one[2:]]
                for name, one in wanted.items()
                if name not in held
            ],
        )

    def _write_disagreements(self, table: Table, key: Key, merged: Merged) -> None:
        record = [table.name, json.dumps(key)]
        self.archive.connection.execute(
            "delete from disagreements where record_table = ? and record_key = ?", record
        )
        self.archive.connection.executemany(
            "insert into disagreements values (?, ?, ?, ?, ?, ?, ?)",
            [[*record, *line] for line in self.listed(merged)],
        )

    def disagreements(self, table: Table, key: Key) -> list[tuple[str | None, ...]]:
        """Those that are written down of a record."""
        return self.archive.connection.execute(
            "select member, kept, kept_source, other, other_source from disagreements"
            " where record_table = ? and record_key = ? order by member, other_source, other",
            [table.name, json.dumps(key)],
        ).fetchall()

    def listed(self, merged: Merged) -> list[tuple[str | None, ...]]:
        """Those that are to be written down."""
        lines = {
            (one.member, _as_text(one.kept), one.kept_source, _as_text(one.other), one.other_source)
            for one in merged.disagreements
        }
        return sorted(lines, key=lambda line: (line[0], line[4], line[3]))

    def _seen_again(self, table: Table, key: Key, old: Told, new: Told, *, in_row: bool) -> None:
        if in_row:
            self.archive.connection.execute(
                f"update {table.name} set last_run_id = ? where {table.where}",
                [new.last_run_id, *key],
            )
            return
        self.archive.connection.execute(
            "update source_records set last_run_id = ? where record_table = ? and record_key = ?"
            " and source = ? and raw_sha256 = ?",
            [new.last_run_id, table.name, json.dumps(key), old.source, old.raw_sha256],
        )


def _said(values: Mapping[str, Value]) -> str:
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


def _as_text(value: Value) -> str | None:
    return None if value is None else str(value)
