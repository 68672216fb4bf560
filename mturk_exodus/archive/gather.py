"""Records of files into the archive, many at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from mturk_exodus.archive import hit_types
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.forgotten import Forgotten
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    HITS,
    REVIEW_REPORTS,
    TABLE_NAMED,
    Table,
    digest_of,
)
from mturk_exodus.archive.testimony import IMPLIED, Key, Settled, Testimony, Told
from mturk_exodus.records import Value

FromFile = tuple[tuple[Value, ...], str, str, int]
"""A record of a file: the values of its table's columns, its own words as JSON, their SHA-256, and
the number of the entry in the file that holds it. A plain tuple: there are millions of them."""

_ADDED = (
    "raw",
    "raw_sha256",
    "file_row",
    "source",
    "file_id",
    "first_run_id",
    "last_run_id",
)
_NAME_A_HIT = {ASSIGNMENTS.name, REVIEW_REPORTS.name}
_IMPLIED_REMEMBERED = 10_000


@dataclass
class Gathered:
    """What became of a file's records, by table.

    Attributes:
        new: records that the archive did not have.
        known: records that it had in these very words.
        merged: records that it had in other words.
        kept_out: records of people who were forgotten.
    """

    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    kept_out: Counter[str] = field(default_factory=Counter)

    def add(self, other: Gathered) -> None:
        """Add another file's."""
        self.new.update(other.new)
        self.known.update(other.known)
        self.merged.update(other.merged)
        self.kept_out.update(other.kept_out)


@dataclass
class Gatherer:
    """Writes the records of one file. Call it inside one transaction alone."""

    archive: Archive
    run: Run
    source: str
    file_id: int
    gathered: Gathered = field(default_factory=Gathered)
    _there: set[Value] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Know whose word counts."""
        self._testimony = Testimony(self.archive)
        self._forgotten = Forgotten(self.archive)

    def put_all(self, records: Mapping[str, Sequence[FromFile]]) -> None:
        """Store records by table. HITs come first: others refer to their rows."""
        if self._forgotten:
            records = self._of_others(records)
        for name in sorted(records, key=lambda name: name != HITS.name):
            table = TABLE_NAMED[name]
            if name in _NAME_A_HIT:
                place = table.columns.index("hit_id")
                self._imply_hits({record[0][place] for record in records[name]})
            self.put(table, records[name])

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
            self._new_hits([one for key, one in first.items() if key not in there])
        for key, record in (*there.items(), *again):
            self._weigh(table, key, record)

    def _of_others(self, records: Mapping[str, Sequence[FromFile]]) -> dict[str, list[FromFile]]:
        """Those that are not about people who were forgotten."""
        others = {}
        for name, several in records.items():
            table = TABLE_NAMED[name]
            others[name] = [
                one
                for one in several
                if not self._forgotten.keeps_out(
                    table, dict(zip(table.columns, one[0], strict=True))
                )
            ]
            if len(others[name]) < len(several):
                self.gathered.kept_out[name] += len(several) - len(others[name])
        return {name: several for name, several in others.items() if several}

    def refuse(self, entries: Iterable[tuple[int, str, str]]) -> None:
        """Keep entries that give no record as they are: number, reason, their words."""
        self.archive.connection.executemany(
            "insert into refused_entries values (?, ?, ?, ?)",
            (
                (self.file_id, number, reason, self._unless_forgotten(raw))
                for number, reason, raw in entries
            ),
        )

    def _unless_forgotten(self, raw: str) -> str:
        return "{}" if self._forgotten.is_named_in(raw) else raw

    def _imply_hits(self, hit_ids: set[Value]) -> None:
        """A row for each HIT that a record names and nothing else tells of."""
        missing = hit_ids - self._there
        self.archive.connection.executemany(
            "insert or ignore into hits (hit_id, source, file_id, raw, raw_sha256, first_run_id,"
            " last_run_id) values (?, ?, ?, ?, ?, ?, ?)",
            [self._implied(str(hit_id)) for hit_id in missing],
        )
        self._remember(missing)

    def _implied(self, hit_id: str) -> list[Value]:
        raw = json.dumps({"HITId": hit_id}, separators=(",", ":"))
        digest = digest_of(raw)
        return [hit_id, IMPLIED, self.file_id, raw, digest, self.run.run_id, self.run.run_id]

    def _remember(self, hit_ids: Iterable[Value]) -> None:
        """HITs that have a row; the rows of a HIT mostly stand together."""
        if len(self._there) > _IMPLIED_REMEMBERED:
            self._there.clear()
        self._there.update(hit_ids)

    def _insert(self, table: Table, records: Collection[FromFile]) -> None:
        columns = (*table.columns, *_ADDED)
        added = (self.source, self.file_id, self.run.run_id, self.run.run_id)
        rows = [(*values, raw, digest, number, *added) for values, raw, digest, number in records]
        # The sqlite3 module takes longer over a None than over all other values of a row.
        cells = enumerate(zip(*rows, strict=True))
        told = [place for place, column in cells if column.count(None) < len(rows)]
        self.archive.connection.executemany(
            f"insert into {table.name} ({', '.join(columns[place] for place in told)})"
            f" values ({', '.join('?' * len(told))}) on conflict do nothing",
            map(itemgetter(*told), rows),
        )

    def _there_before(self, table: Table, first: Mapping[Key, FromFile]) -> dict[Key, FromFile]:
        query = f"select first_run_id, file_id, file_row from {table.name} where {table.where}"
        return {
            key: record
            for key, record in first.items()
            if self.archive.connection.execute(query, key).fetchone()
            != (self.run.run_id, self.file_id, record[3])
        }

    def _weigh(self, table: Table, key: Key, record: FromFile) -> None:
        values, raw, digest, number = record
        told = Told(
            source=self.source,
            values=_told(table, values),
            raw=raw,
            raw_sha256=digest,
            file_id=self.file_id,
            file_row=number,
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
        self._remember(key)
        if settled is not None:
            hit = {**settled.values, "hit_id": key[0]}
            hit_types.moved(self.archive, before, hit, self._testimony.authority(settled.source))

    def _count(self, table: Table, settled: Settled | None) -> None:
        counts = self.gathered.known if settled is None else self.gathered.merged
        counts[table.name] += 1

    def _new_hits(self, records: Sequence[FromFile]) -> None:
        columns = HITS.columns
        hit_id, hit_type_id = columns.index("hit_id"), columns.index("hit_type_id")
        self._remember(record[0][hit_id] for record in records)
        smallest: dict[Value, tuple[Value, ...]] = {}
        for values, *_ in records:
            held = smallest.setdefault(values[hit_type_id], values)
            if str(values[hit_id]) < str(held[hit_id]):
                smallest[values[hit_type_id]] = values
        smallest.pop(None, None)
        for values in smallest.values():
            hit = dict(zip(columns, values, strict=True))
            hit_types.offer(self.archive, hit, self._testimony.authority(self.source))


def _by_key(
    table: Table, records: Sequence[FromFile]
) -> tuple[dict[Key, FromFile], list[tuple[Key, FromFile]]]:
    """Each key's first record, and those whose key came again."""
    places = [table.columns.index(name) for name in table.key]
    first: dict[Key, FromFile] = {}
    again = []
    for record in records:
        values = record[0]
        key = tuple([values[place] for place in places])
        if key in first:
            again.append((key, record))
        else:
            first[key] = record
    return first, again


def _told(table: Table, values: tuple[Value, ...]) -> dict[str, Value]:
    row = dict(zip(table.columns, values, strict=True))
    return {name: row[name] for name in table.told}


def settle_bonuses(archive: Archive) -> None:
    """A file's bonus names an assignment, and no HIT: it gets the HIT of its assignment."""
    of_assignment = (
        "select hit_id from assignments"
        " where assignments.assignment_id = bonus_payments.assignment_id"
    )
    archive.connection.execute(
        f"update bonus_payments set hit_id = ({of_assignment})"
        f" where source <> 'requester_api' and hit_id is not ({of_assignment})"
    )
