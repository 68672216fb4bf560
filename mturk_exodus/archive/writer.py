"""Raw records to rows: new ones, changed ones, and those that no column can hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mturk_exodus.archive import hit_types
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.forgotten import Forgotten
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.tables import BONUS_PAYMENTS, HITS, REVIEW_REPORTS, Raw, Table
from mturk_exodus.archive.testimony import REQUESTER_API, Settled, Testimony, Told
from mturk_exodus.records import InvalidRecord, Value

Row = dict[str, Value]


@dataclass(frozen=True)
class Origin:
    """What gave the records: an operation of the API, and whom it was asked about."""

    operation: str
    subject: str


@dataclass(frozen=True)
class Stored:
    """What became of a page of records.

    Attributes:
        rows: the good ones, as rows.
        earlier: what the API said before of those that the archive already had, by key.
        first_seen: how many of them this pass had not seen before.
        refused: how many went to quarantine, or are of people who were forgotten.
    """

    rows: list[Row]
    earlier: dict[tuple[Value, ...], Row]
    first_seen: int
    refused: int


class Writer:
    """Writes what the API brings in one run. Call it inside `archive.transaction()` alone."""

    def __init__(self, archive: Archive, run: Run) -> None:
        self.archive = archive
        self.run = run
        self._testimony = Testimony(archive)
        self._forgotten = Forgotten(archive)

    def put(
        self,
        table: Table,
        raws: Sequence[Raw],
        origin: Origin,
        context: Mapping[str, Value] | None = None,
        copies: Counter[str] | None = None,
    ) -> Stored:
        """Store a page of records. A record that is already there, unchanged, is only marked seen.

        What a changed record said before stays readable in `revisions`. For bonuses, `copies`
        counts how often each has come in this list: two may be alike in every member.
        """
        good, refused = self._sort_out(table, raws, origin, context or {}, copies)
        there = self._there(table, good)
        earlier: dict[tuple[Value, ...], Row] = {}
        for row in good:
            key = _key(table, row)
            old = there.get(key)
            if old is None:
                self._insert(table, row)
                settled = Settled(REQUESTER_API, row)
            elif old["source"] == REQUESTER_API and not self._has_other_words(table, key):
                earlier[key] = old
                self._replace(table, old, row)
                settled = Settled(REQUESTER_API, row)
            else:
                settled = self._weigh(table, key, row, earlier)
            if table is HITS:
                self._put_hit_type(old, {**settled.values, "hit_id": row["hit_id"]})
        seen_before = sum(self._was_seen(old) for old in earlier.values())
        return Stored(good, earlier, len(good) - seen_before, refused)

    def withdraw(self, table: Table, where: str, values: Sequence[Value]) -> None:
        """Take out records that the source has replaced; what they said stays in `revisions`."""
        columns = (*table.columns, "raw", "raw_sha256", "last_run_id")
        rows = self.archive.connection.execute(
            f"select {', '.join(columns)} from {table.name} where source = ? and {where}",
            [REQUESTER_API, *values],
        ).fetchall()
        for row in rows:
            old = dict(zip(columns, row, strict=True))
            self._keep_revision(table, old, {**old, "raw": "{}"})
            self._testimony.retract(table, _key(table, old))

    def _sort_out(
        self,
        table: Table,
        raws: Sequence[Raw],
        origin: Origin,
        context: Mapping[str, Value],
        copies: Counter[str] | None,
    ) -> tuple[list[Row], int]:
        rows: dict[tuple[Value, ...], Row] = {}
        refused = 0
        for given in raws:
            raw = given
            if table is REVIEW_REPORTS and self._forgotten:
                raw = self._forgotten.without(given)
            digest = raw.sha256
            try:
                row = table.row(raw, context)
            except InvalidRecord as error:
                refused += 1
                self._quarantine(table, raw, origin, str(error))
                continue
            if self._forgotten and self._forgotten.keeps_out(table, row):
                refused += 1
                continue
            row |= {"raw": raw.text, "raw_sha256": digest}
            if copies is not None:
                alike = str(row["alike"])
                row["copy"] = copies[alike]
                copies[alike] += 1
            rows[_key(table, row)] = row
        return list(rows.values()), refused

    def _has_other_words(self, table: Table, key: tuple[Value, ...]) -> bool:
        row = self.archive.connection.execute(
            "select 1 from source_records where record_table = ? and record_key = ?",
            [table.name, json.dumps(key)],
        )
        return row.fetchone() is not None

    def _weigh(
        self,
        table: Table,
        key: tuple[Value, ...],
        row: Row,
        earlier: dict[tuple[Value, ...], Row],
    ) -> Settled:
        """Store what the API says beside what files say."""
        told = self._testimony.told(table, key)
        before = next((one for one in told if one.source == REQUESTER_API), None)
        if before is not None:
            earlier[key] = {**before._asdict(), **before.values, **_as_row(table, key)}
            if before.raw_sha256 != row["raw_sha256"]:
                self._keep_revision(table, earlier[key], row)
        new = Told(
            source=REQUESTER_API,
            values={name: row[name] for name in table.told},
            raw=str(row["raw"]),
            raw_sha256=str(row["raw_sha256"]),
            file_id=None,
            file_row=None,
            first_run_id=before.first_run_id if before else self.run.run_id,
            last_run_id=self.run.run_id,
        )
        settled = self._testimony.add(table, key, new) or self._testimony.settled(table, key)
        if table is BONUS_PAYMENTS:
            # The API was asked about the HIT; a file's bonus may not have known it.
            self.archive.connection.execute(
                "update bonus_payments set hit_id = ? where alike = ? and copy = ?",
                [row["hit_id"], *key],
            )
        return settled

    def _there(self, table: Table, rows: Sequence[Row]) -> dict[tuple[Value, ...], Row]:
        names = ", ".join(table.key)
        marks = ", ".join("?" * len(table.key))
        columns = (*table.columns, "source", "raw", "raw_sha256", "last_run_id")
        query = f"select {table.selected(columns)} from {table.name} where ({names}) = ({marks})"
        found = {}
        for row in rows:
            key = _key(table, row)
            values = self.archive.connection.execute(query, key).fetchone()
            if values is not None:
                found[key] = dict(zip(columns, values, strict=True))
        return found

    def _was_seen(self, old: Row) -> bool:
        return int(old["last_run_id"] or 0) >= self.run.pass_id

    def _insert(self, table: Table, row: Row) -> None:
        columns = (*table.columns, "raw", "raw_sha256", "source", "first_run_id", "last_run_id")
        values = [row.get(name) for name in columns[:-3]]
        values += [REQUESTER_API, self.run.run_id, self.run.run_id]
        self.archive.connection.execute(
            f"insert into {table.name} ({', '.join(columns)})"
            f" values ({', '.join('?' * len(columns))})",
            values,
        )

    def _replace(self, table: Table, old: Row, row: Row) -> None:
        changed: list[str] = []
        if old["raw_sha256"] != row["raw_sha256"]:
            changed = [name for name in table.columns if name not in table.key]
            changed += ["raw", "raw_sha256"]
            self._keep_revision(table, old, row)
        settings = ", ".join(f"{name} = ?" for name in (*changed, "last_run_id"))
        self.archive.connection.execute(
            f"update {table.name} set {settings} where {table.where}",
            [*(row.get(name) for name in changed), self.run.run_id, *_key(table, row)],
        )

    def _keep_revision(self, table: Table, old: Row, row: Row) -> None:
        before, now = json.loads(str(old["raw"])), json.loads(str(row["raw"]))
        key = json.dumps(_key(table, row))
        for member in sorted(before.keys() | now.keys()):
            if before.get(member) == now.get(member):
                continue
            earlier = json.dumps(before[member], ensure_ascii=True) if member in before else None
            self.archive.connection.execute(
                "insert into revisions (record_table, record_key, member, earlier, seen_run_id,"
                " replaced_run_id) values (?, ?, ?, ?, ?, ?)",
                [table.name, key, member, earlier, old["last_run_id"], self.run.run_id],
            )

    def _quarantine(self, table: Table, raw: Raw, origin: Origin, reason: str) -> None:
        if self._forgotten.is_named_in(raw.text):
            return
        self.archive.connection.execute(
            "insert into quarantine (record_table, operation, subject, reason, raw, raw_sha256,"
            " run_id) values (?, ?, ?, ?, ?, ?, ?) on conflict do update"
            " set resolved_run_id = null, reason = excluded.reason",
            [
                table.name,
                origin.operation,
                origin.subject,
                reason,
                raw.text,
                raw.sha256,
                self.run.run_id,
            ],
        )

    def ask_again(self, origin: Origin) -> None:
        """Whom we are about to ask afresh may now give good records for those in quarantine."""
        self.archive.connection.execute(
            "update quarantine set resolved_run_id = ? where operation = ? and subject = ?"
            " and resolved_run_id is null",
            [self.run.run_id, origin.operation, origin.subject],
        )

    def _put_hit_type(self, old: Row | None, hit: Mapping[str, Value]) -> None:
        before = None if old is None else old["hit_type_id"]
        hit_types.moved(self.archive, before, hit, self._testimony.authority(REQUESTER_API))


def _key(table: Table, row: Row) -> tuple[Value, ...]:
    return tuple(row[name] for name in table.key)


def _as_row(table: Table, key: tuple[Value, ...]) -> Row:
    return dict(zip(table.key, key, strict=True))
