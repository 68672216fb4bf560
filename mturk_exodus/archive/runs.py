"""Runs: which command of which source brought what, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.records import iso


@dataclass(frozen=True)
class Run:
    """One invocation of an export or an ingest.

    Attributes:
        pass_id: the run that began the pass which this run belongs to. A pass is a whole look
            at the source; when it is interrupted, further runs go on with it.
    """

    run_id: int
    pass_id: int


def begin(
    archive: Archive,
    source: str,
    arguments: Mapping[str, Any],
    *,
    pass_id: int | None,
    account: str | None = None,
    endpoint: str | None = None,
) -> Run:
    """A row for a run that starts now; `pass_id` None begins a new pass."""
    cursor = archive.connection.execute(
        "insert into runs (pass_id, source, arguments, program_version, account, endpoint,"
        " started_at) values (?, ?, ?, ?, ?, ?, ?)",
        [
            pass_id or 0,
            source,
            json.dumps(dict(arguments), sort_keys=True),
            version("mturk-exodus"),
            account,
            endpoint,
            iso(datetime.now(timezone.utc)),
        ],
    )
    run_id = cursor.lastrowid or 0
    if pass_id is None:
        archive.connection.execute("update runs set pass_id = run_id where run_id = ?", [run_id])
    return Run(run_id, pass_id or run_id)


def unfinished_pass(archive: Archive, source: str) -> int | None:
    """The pass that the latest run of this source did not bring to its end, if any."""
    row = archive.connection.execute(
        "select pass_id, outcome from runs where source = ? order by run_id desc limit 1", [source]
    ).fetchone()
    if row is None or row[1] in ("complete", "gaps"):
        return None
    pass_id: int = row[0]
    return pass_id


def arguments(archive: Archive, run_id: int) -> dict[str, Any]:
    """What a run was asked to do."""
    (text,) = archive.connection.execute(
        "select arguments from runs where run_id = ?", [run_id]
    ).fetchone()
    asked: dict[str, Any] = json.loads(text)
    return asked


def end(archive: Archive, run: Run, outcome: str, message: str) -> None:
    """Write down how a run ended."""
    archive.connection.execute(
        "update runs set ended_at = ?, outcome = ?, message = ? where run_id = ?",
        [iso(datetime.now(timezone.utc)), outcome, message, run.run_id],
    )


def count_calls(archive: Archive, run: Run, calls: Mapping[str, int]) -> None:
    """Write down the calls made so far, by operation."""
    archive.connection.execute(
        "update runs set calls = ? where run_id = ?",
        [json.dumps(dict(calls), sort_keys=True), run.run_id],
    )
