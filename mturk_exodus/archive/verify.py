"""An archive held against itself: nothing is asked of anyone, nothing is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mturk_exodus.archive import adding_up, answer_table, gaps, hit_types, rederive, uploads, whole
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.rederive import Meaning
from mturk_exodus.archive.tables import digest_of


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


def verify(archive: Archive, meanings: Mapping[str, Meaning] | None = None) -> Iterator[Finding]:
    """Everything that is wrong with an archive, row by row.

    Args:
        archive: it is only read.
        meanings: of the sources of files, by name. What a source says that is not among them
            cannot be derived again; `rederive.unexplained` names such sources.
    """
    # What cannot be made whole is one finding, and must not hide the others.
    whole.install(archive.connection, damaged="")
    yield from _sqlite(archive)
    for check, where, what in rederive.findings(archive, meanings or {}):
        yield Finding(check, where, what)
    yield from _quarantine(archive)
    yield from _hit_types(archive)
    yield from _uploads(archive)
    yield from _counters(archive)
    yield from _references(archive)
    for where, what in adding_up.check(archive):
        yield Finding("payments", where, what)
    for what in answer_table.check(archive):
        yield Finding("answers", "answers", what)


def _sqlite(archive: Archive) -> Iterator[Finding]:
    for (message,) in archive.connection.execute("pragma integrity_check"):
        if message != "ok":
            yield Finding("sqlite", str(archive.path), message)
    for table, rowid, parent, _ in archive.connection.execute("pragma foreign_key_check"):
        yield Finding("sqlite", f"{table} row {rowid}", f"refers to a row that {parent} lacks")


def _quarantine(archive: Archive) -> Iterator[Finding]:
    rows = archive.connection.execute("select rowid, raw, raw_sha256 from quarantine")
    for rowid, raw, digest in rows:
        if digest_of(str(raw)) != digest:
            yield Finding(
                "digest", f"quarantine row {rowid}", "raw is not the record that was stored"
            )


def _hit_types(archive: Archive) -> Iterator[Finding]:
    for first, second, what in (
        (hit_types.STORED, hit_types.ALL_DERIVED, "is not what its HITs say"),
        (hit_types.ALL_DERIVED, hit_types.STORED, "is missing, or not what its HITs say"),
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
        "select rowid from bonus_payments where source = 'requester_api'"
        " and assignment_id not in (select assignment_id from assignments)"
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
        "select rowid from qualifications where source = 'requester_api'"
        " and qualification_type_id not in"
        " (select qualification_type_id from qualification_types)",
    ),
)


def _references(archive: Archive) -> Iterator[Finding]:
    for table, what, query in _REFERENCES:
        for (rowid,) in archive.connection.execute(query):
            yield Finding("references", f"{table} row {rowid}", what)
