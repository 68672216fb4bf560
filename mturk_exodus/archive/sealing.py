"""Digests over everything that an archive holds, so that another look can be held against this one.

A record's digest is the SHA-256 of what it says: its columns, its source and its raw record. When
it came, in which run, under which row's number is not in it, so a second export of the same account
has the same digests. A table's digest is the SHA-256 of its records' digests in ascending order, so
the order of rows does not matter. A sum of digests would be as free of order, and quicker to bring
up to date; but for sums of 256 bits, other records of the same sum can be found (Wagner, "A
Generalized Birthday Problem", 2002), and a seal must withstand somebody who wants to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from mturk_exodus.archive import uploads
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import ACCOUNT_BALANCES, TABLES, Table

NOTES = "notes"
"""The kind of what is told of the archive itself: runs, work, files, the ledger. Another export has
others."""

_SAID_BESIDE = ("record_table", "record_key", "source", "said", "raw")
_DERIVED = {
    *("answers", "answers_made", "hit_types", "question_templates", "question_parts"),
    *("upload_parts", "_sqlite_migrations"),
}
_OF_PEOPLE = {"forgetting_key", "pseudonym_key"}


class Sealed(NamedTuple):
    """A record's digest.

    Attributes:
        table: where it is.
        kind: its source, or NOTES.
        key: as JSON.
        digest: 64 hexadecimal digits.
    """

    table: str
    kind: str
    key: str
    digest: str


@dataclass(frozen=True)
class Part:
    """Records of a table, or those of one kind among them."""

    records: int
    digest: str


def sealed(archive: Archive) -> Iterator[Sealed]:
    """Every record of an archive, in no order that means anything."""
    for table in TABLES:
        if table is not ACCOUNT_BALANCES:
            yield from _records(archive, table)
    yield from _beside(archive)
    yield from _uploads(archive)
    for name, columns in _noted(archive):
        yield from _notes(archive, name, columns)


def digest_of_all(digests: Iterable[str]) -> str:
    """One digest for several, which come in ascending order."""
    whole = sha256()
    for digest in digests:
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()


def _records(archive: Archive, table: Table) -> Iterator[Sealed]:
    columns = (*table.columns, "source", "raw")
    places = [columns.index(name) for name in table.key]
    source = columns.index("source")
    rows = archive.connection.execute(f"select {table.selected(columns)} from {table.name}")
    for row in rows:
        key = json.dumps([row[place] for place in places])
        yield Sealed(table.name, row[source], key, _digest(table.name, row))


def _beside(archive: Archive) -> Iterator[Sealed]:
    rows = archive.connection.execute(f"select {', '.join(_SAID_BESIDE)} from source_records")
    for row in rows:
        digest = _digest("source_records", row)
        # Several statements of a source on one record differ in nothing but what they say.
        table, key, source, *_ = row
        yield Sealed(
            "source_records", source, json.dumps([table, key, source, digest[:16]]), digest
        )


def _uploads(archive: Archive) -> Iterator[Sealed]:
    keys = archive.connection.execute(
        "select assignment_id, question_identifier from uploads"
    ).fetchall()
    for key in keys:
        content = sha256()
        for part in uploads.parts(archive, *key):
            content.update(part)
        digest = _digest("uploads", (*key, content.hexdigest()))
        yield Sealed("uploads", "requester_api", json.dumps(key), digest)


def _noted(archive: Archive) -> Iterator[tuple[str, list[str]]]:
    known = {table.name for table in TABLES if table is not ACCOUNT_BALANCES}
    names = archive.connection.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
        " order by name"
    ).fetchall()
    for (name,) in names:
        if name not in {*known, *_DERIVED, "source_records", "uploads"}:
            info = archive.connection.execute(f"pragma table_info({name})")
            yield name, [column[1] for column in info]


def _notes(archive: Archive, table: str, columns: list[str]) -> Iterator[Sealed]:
    for row in archive.connection.execute(f"select {', '.join(columns)} from {table}"):
        if table == "archive_info" and row[0] in _OF_PEOPLE:
            continue
        digest = _digest(table, row)
        yield Sealed(table, NOTES, json.dumps([digest[:16]]), digest)


def _digest(table: str, values: Iterable[Any]) -> str:
    text = json.dumps([table, *values], ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
