"""Records of files into the archive, many at a time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mturk_exodus.archive import hit_types
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import HITS, Table
from mturk_exodus.archive.testimony import IMPLIED, PROVENANCE, Key, Settled, Testimony, Told
from mturk_exodus.records import Value


class FromFile(NamedTuple):
    """A record of a file.

    Attributes:
        row: the table's columns, by name.
        raw: the source's own words, as JSON.
        number: of the entry in the file that holds it.
    """

    row: Mapping[str, Value]
    raw: str
    number: int


@dataclass
class Gathered:
    """What became of a file's records, by table.

    Attributes:
        new: records that the archive did not have.
        known: records that it had in these very words.
        merged: records that it had in other words.
    """

    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)


@dataclass
class Gatherer:
    """Writes the records of one file. Call it inside one transaction alone."""

    archive: Archive
    run: Run
    source: str
    file_id: int
    gathered: Gathered = field(default_factory=Gathered)

    def __post_init__(self) -> None:
        """Know whose word counts."""
        self._testimony = Testimony(self.archive)

    def put(self, table: Table, records: Sequence[FromFile]) -> None:
        """Store records of one table.

        Almost all records of almost all files are new, so they are inserted first, and looked up
        only if SQLite says that some were there.
        """
        first, again = _by_key(table, records)
        before = self.archive.connection.total_changes
        self._insert(table, first.values())
        inserted = self.archive.connection.total_changes - before
        self.gathered.new[table.name] += inserted
        there = self._there_before(table, first) if inserted < len(first) else {}
        if table is HITS:
            self._offer_hit_types(one.row for key, one in first.items() if key not in there)
        for key, record in (*there.items(), *again):
            self._weigh(table, key, record)

    def imply_hits(self, hit_ids: Iterable[Value]) -> None:
        """A row for each HIT that an assignment names and nothing else tells of."""
        self.archive.connection.executemany(
            "insert or ignore into hits (hit_id, source, file_id, raw, raw_sha256, first_run_id,"
            " last_run_id) values (?, ?, ?, ?, ?, ?, ?)",
            [self._implied(str(hit_id)) for hit_id in hit_ids],
        )

    def refuse(self, entries: Iterable[tuple[int, str, str]]) -> None:
        """Keep entries that give no record as they are: number, reason, their words."""
        self.archive.connection.executemany(
            "insert into refused_entries values (?, ?, ?, ?)",
            ((self.file_id, *entry) for entry in entries),
        )

    def _implied(self, hit_id: str) -> list[Value]:
        raw = f'{{"HITId":"{hit_id}"}}'
        return [hit_id, IMPLIED, self.file_id, raw, _sha256(raw), *[self.run.run_id] * 2]

    def _insert(self, table: Table, records: Iterable[FromFile]) -> None:
        columns = (*table.columns, *PROVENANCE)
        run_id, source, file_id = self.run.run_id, self.source, self.file_id
        self.archive.connection.executemany(
            f"insert into {table.name} ({', '.join(columns)})"
            f" values ({', '.join('?' * len(columns))}) on conflict do nothing",
            (
                (
                    *map(row.__getitem__, table.columns),
                    source,
                    file_id,
                    number,
                    None,
                    raw,
                    _sha256(raw),
                    run_id,
                    run_id,
                )
                for row, raw, number in records
            ),
        )

    def _there_before(
        self, table: Table, first: Mapping[Key, FromFile]
    ) -> dict[Key, FromFile]:
        where = " and ".join(f"{name} = ?" for name in table.key)
        query = f"select first_run_id, file_id, file_row from {table.name} where {where}"
        return {
            key: record
            for key, record in first.items()
            if self.archive.connection.execute(query, key).fetchone()
            != (self.run.run_id, self.file_id, record.number)
        }

    def _weigh(self, table: Table, key: Key, record: FromFile) -> None:
        told = Told(
            source=self.source,
            values={name: record.row[name] for name in table.columns if name not in table.key},
            raw=record.raw,
            raw_sha256=_sha256(record.raw),
            file_id=self.file_id,
            file_row=record.number,
            first_run_id=self.run.run_id,
            last_run_id=self.run.run_id,
        )
        if table is HITS:
            self._weigh_hit(key, told)
        else:
            self._count(table, self._testimony.add(table, key, told))

    def _weigh_hit(self, key: Key, told: Told) -> None:
        (before,) = self.archive.connection.execute(
            "select hit_type_id from hits where hit_id = ?", key
        ).fetchone()
        settled = self._testimony.add(HITS, key, told)
        self._count(HITS, settled)
        if settled is not None:
            hit = {**settled.values, "hit_id": key[0]}
            hit_types.moved(self.archive, before, hit, self._testimony.authority(settled.source))

    def _count(self, table: Table, settled: Settled | None) -> None:
        counts = self.gathered.known if settled is None else self.gathered.merged
        counts[table.name] += 1

    def _offer_hit_types(self, rows: Iterable[Mapping[str, Value]]) -> None:
        best: dict[Value, Mapping[str, Value]] = {}
        for row in rows:
            type_id = row["hit_type_id"]
            if type_id is not None and (
                type_id not in best or str(row["hit_id"]) < str(best[type_id]["hit_id"])
            ):
                best[type_id] = row
        for row in best.values():
            hit_types.offer(self.archive, row, self._testimony.authority(self.source))


def _by_key(
    table: Table, records: Sequence[FromFile]
) -> tuple[dict[Key, FromFile], list[tuple[Key, FromFile]]]:
    """Each key's first record, and those whose key came again."""
    first: dict[Key, FromFile] = {}
    again = []
    names = table.key
    for record in records:
        key = tuple(map(record.row.__getitem__, names))
        if key in first:
            again.append((key, record))
        else:
            first[key] = record
    return first, again


def settle_bonuses(archive: Archive) -> None:
    """Bonuses of files name an assignment, and no HIT: where it is known now, they get it."""
    archive.connection.execute(
        "update bonus_payments set hit_id = (select hit_id from assignments"
        " where assignments.assignment_id = bonus_payments.assignment_id)"
        " where hit_id is null"
    )


def _sha256(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
