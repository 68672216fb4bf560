"""Which files were ingested, what was in them, and which were refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.gather import settle_bonuses
from mturk_exodus.archive.runs import Run


@dataclass(frozen=True)
class KeptFile:
    """A file, as its row in `files` has it; sha256 is empty where it could not be read."""

    name: str
    sha256: str
    size_in_bytes: int | None
    source: str | None
    claim: str | None
    encoding: str | None


@dataclass(frozen=True)
class Accounts:
    """What was in a file.

    Attributes:
        columns: its header; None if it is no table.
        checks: by name, how many entries fail it, and the numbers of the first of them.
    """

    columns: tuple[str, ...] | None
    entries: int
    kept: int
    refused: int
    checks: Mapping[str, tuple[int, list[int]]]


def kept_before(archive: Archive, file: KeptFile) -> tuple[str, int] | None:
    """The name under which the same content was kept, taken for the same for the same reason, and
    how many of its entries were refused then.

    The reason counts because a file may say more beside its neighbours than alone.
    """
    row = archive.connection.execute(
        "select name, entries_refused from files"
        " where sha256 = ? and source = ? and claim = ? and outcome = 'kept'"
        " order by name = ? desc limit 1",
        [file.sha256, file.source, file.claim, file.name],
    ).fetchone()
    return (str(row[0]), int(row[1])) if row else None


def begin(archive: Archive, run: Run, file: KeptFile, authority: int) -> int:
    """A row for a file that is about to be read; its file_id."""
    archive.connection.execute(
        "insert or ignore into sources values (?, ?)", [file.source, authority]
    )
    return _put(archive, run, file, "kept", None)


def finish(archive: Archive, file_id: int, accounts: Accounts) -> None:
    """Write down what was in a file."""
    columns = None if accounts.columns is None else json.dumps(accounts.columns)
    archive.connection.execute(
        "update files set columns = ?, entries = ?, entries_kept = ?, entries_refused = ?"
        " where file_id = ?",
        [columns, accounts.entries, accounts.kept, accounts.refused, file_id],
    )
    archive.connection.executemany(
        "insert into check_failures values (?, ?, ?, ?)",
        [
            [file_id, check, entries, json.dumps(numbers)]
            for check, (entries, numbers) in sorted(accounts.checks.items())
        ],
    )


def copy(archive: Archive, run: Run, file: KeptFile, of: str) -> None:
    """A file whose content was kept under another name."""
    _put(archive, run, file, "copy", f"the same as {of}")


def refuse(archive: Archive, run: Run, file: KeptFile, reason: str) -> None:
    """A file that was not taken."""
    _put(archive, run, file, "refused", reason)


def _put(archive: Archive, run: Run, file: KeptFile, outcome: str, reason: str | None) -> int:
    row = archive.connection.execute(
        "select file_id from files where name = ? and sha256 = ? and source is ?",
        [file.name, file.sha256, file.source],
    ).fetchone()
    values = [
        file.size_in_bytes,
        file.source,
        file.claim,
        outcome,
        reason,
        file.encoding,
        run.run_id,
    ]
    archive.connection.execute(
        "delete from files where name = ? and outcome = 'refused' and file_id is not ?",
        [file.name, row[0] if row else None],
    )
    if row:
        _forget(archive, row[0])
        archive.connection.execute(
            "update files set size_in_bytes = ?, source = ?, claim = ?, outcome = ?, reason = ?,"
            " encoding = ?, run_id = ? where file_id = ?",
            [*values, row[0]],
        )
        return int(row[0])
    cursor = archive.connection.execute(
        "insert into files (name, sha256, size_in_bytes, source, claim, outcome, reason, encoding,"
        " run_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [file.name, file.sha256, *values],
    )
    return cursor.lastrowid or 0


def _forget(archive: Archive, file_id: int) -> None:
    """What an earlier reading of the same file noted."""
    for table in ("refused_entries", "check_failures"):
        archive.connection.execute(f"delete from {table} where file_id = ?", [file_id])


def settle(archive: Archive) -> None:
    """Bring together what different files told, once all of them are read."""
    settle_bonuses(archive)
