"""An archive held against itself: nothing is asked of anyone, nothing is changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from mturk_exodus.archive import gaps, uploads
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import HIT_TYPE_COLUMNS, TABLES, Raw, Table
from mturk_exodus.records import InvalidRecord

_PERSONAL = {"worker_id"}
"""Columns whose values are not shown; a row that they identify goes by its number."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        check: which of the checks found it.
        where: table and row.
        what: what is wrong there.
    """

    check: str
    where: str
    what: str


def verify(archive: Archive) -> Iterator[Finding]:
    """Everything that is wrong with an archive, row by row."""
    yield from _sqlite(archive)
    for table in TABLES:
        yield from _rows(archive, table)
    yield from _quarantine(archive)
    yield from _hit_types(archive)
    yield from _uploads(archive)
    yield from _counters(archive)
    yield from _references(archive)


def _sqlite(archive: Archive) -> Iterator[Finding]:
    for (message,) in archive.connection.execute("pragma integrity_check"):
        if message != "ok":
            yield Finding("sqlite", str(archive.path), message)
    for table, rowid, parent, _ in archive.connection.execute("pragma foreign_key_check"):
        yield Finding("sqlite", f"{table} row {rowid}", f"refers to a row that {parent} lacks")


def _rows(archive: Archive, table: Table) -> Iterator[Finding]:
    columns = (*table.columns, "raw", "raw_sha256", "rowid")
    query = f"select {', '.join(columns)} from {table.name} order by rowid"
    for values in archive.connection.execute(query):
        row = dict(zip(columns, values, strict=True))
        where = _where(table, row)
        if _sha256(row["raw"]) != row["raw_sha256"]:
            yield Finding("digest", where, "raw is not the record that was stored")
        for name in _underivable(table, row):
            yield Finding("columns", where, f"{name} is not what raw says")


def _underivable(table: Table, row: dict[str, object]) -> list[str]:
    context = {name: row[name] for name in table.context if name != "alike"}
    try:
        raw = str(row["raw"])
        derived = table.row(Raw(raw, json.loads(raw)), context)  # type: ignore[arg-type] # columns hold values
    except (InvalidRecord, ValueError, RecursionError):
        return ["the row"]
    return [name for name in table.columns if derived[name] != row[name]]


def _where(table: Table, row: dict[str, object]) -> str:
    if _PERSONAL & set(table.key):
        return f"{table.name} row {row['rowid']}"
    return f"{table.name} {' '.join(str(row[name]) for name in table.key)}"


def _quarantine(archive: Archive) -> Iterator[Finding]:
    rows = archive.connection.execute("select rowid, raw, raw_sha256 from quarantine")
    for rowid, raw, digest in rows:
        if _sha256(raw) != digest:
            yield Finding(
                "digest", f"quarantine row {rowid}", "raw is not the record that was stored"
            )


def _hit_types(archive: Archive) -> Iterator[Finding]:
    columns = ", ".join(HIT_TYPE_COLUMNS)
    named = (*HIT_TYPE_COLUMNS, "as_of_hit_id")
    derived = (
        f"select {columns}, hit_id as as_of_hit_id from hits where hit_id in"
        " (select min(hit_id) from hits where hit_type_id is not null group by hit_type_id)"
    )
    stored = f"select {', '.join(named)} from hit_types"
    for first, second, what in (
        (stored, derived, "is not what its HITs say"),
        (derived, stored, "is missing, or not what its HITs say"),
    ):
        for row in archive.connection.execute(f"{first} except {second}"):
            yield Finding("hit types", f"hit_types {row[0]}", what)


def _uploads(archive: Archive) -> Iterator[Finding]:
    rows = archive.connection.execute(
        "select assignment_id, question_identifier, size_in_bytes, sha256 from uploads"
    ).fetchall()
    for assignment_id, question, size, sha256 in rows:
        digest, held = hashlib.sha256(), 0
        for part in uploads.parts(archive, assignment_id, question):
            digest.update(part)
            held += len(part)
        if (held, digest.hexdigest()) != (size, sha256):
            yield Finding(
                "digest",
                f"uploads {assignment_id} {question}",
                "the content is not the file that was stored",
            )


def _counters(archive: Archive) -> Iterator[Finding]:
    for hit_id in gaps.disagreeing_hits(archive, 0):
        expected, held, completed, reviewed = archive.connection.execute(
            "select assignments_expected, assignments_held, reviewed_expected, reviewed_held"
            " from hit_counts where hit_id = ?",
            [hit_id],
        ).fetchone()
        yield Finding(
            "counters",
            f"hits {hit_id}",
            f"its counters say {expected} assignments, {completed} of them reviewed;"
            f" held are {held}, {reviewed} of them reviewed",
        )


_REFERENCES = (
    (
        "bonus_payments",
        "its assignment is not held",
        "select rowid from bonus_payments where assignment_id not in"
        " (select assignment_id from assignments)"
        # What is known to be missing is a gap, and no damage.
        " and hit_id not in (select subject from work"
        " where operation = 'ListAssignmentsForHIT' and state <> 'done')"
        " and hit_id not in (select subject from quarantine"
        " where operation = 'ListAssignmentsForHIT' and resolved_run_id is null)",
    ),
    (
        "bonus_payments",
        "its assignment belongs to another HIT",
        "select bonus_payments.rowid from bonus_payments join assignments using (assignment_id)"
        " where bonus_payments.hit_id <> assignments.hit_id",
    ),
    (
        "qualifications",
        "its qualification type is not held",
        "select rowid from qualifications where qualification_type_id not in"
        " (select qualification_type_id from qualification_types)",
    ),
)


def _references(archive: Archive) -> Iterator[Finding]:
    for table, what, query in _REFERENCES:
        for (rowid,) in archive.connection.execute(query):
            yield Finding("references", f"{table} row {rowid}", what)


def _sha256(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()
