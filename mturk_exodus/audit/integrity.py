"""Whether the archive agrees with itself, and which runs of which version made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mturk_exodus.archive import gaps
from mturk_exodus.archive.summary import tables
from mturk_exodus.archive.tables import TABLES
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Figure, Kind, Section, Table

_ONE_DIGEST = 2**256


@dataclass(frozen=True)
class Verified:
    """What `exodus verify` found.

    Attributes:
        findings: how many; None if it was not run.
        first: some of them, as check, where and what.
    """

    findings: int | None = None
    first: tuple[tuple[str, str, str], ...] = ()


class _Sum:
    """Adds digests up, so that their order does not matter."""

    def __init__(self) -> None:
        self._sum = 0

    def step(self, digest: Any) -> None:  # noqa: ANN401 - whatever a column holds
        """One more; what is no digest counts for nothing: verify tells of it."""
        with suppress(TypeError, ValueError):
            self._sum += int(digest, 16)

    def finalize(self) -> str:
        """The sum, as long as a digest."""
        return f"{self._sum % _ONE_DIGEST:064x}"


def section(bench: Bench, verified: Verified) -> Section:
    """Verify's result, digests, runs and versions."""
    # Typeshed knows of aggregates of numbers alone.
    bench.connection.create_aggregate("audit_digest", 1, _Sum)  # type: ignore[arg-type] # ours is of texts
    known = gaps.count(bench.archive)
    held = tables(bench.archive)
    return Section(
        "integrity",
        "Integrity",
        "Whether the archive agrees with itself, and what made it.",
        (
            Figure(
                "findings",
                "places where it does not agree with itself",
                Kind.COUNT,
                verified.findings,
                "not looked at: --verify does what exodus verify does"
                if verified.findings is None
                else "what exodus verify finds: every row against its raw record and its digest",
                is_warning=bool(verified.findings),
            ),
            Figure(
                "known_gaps",
                "known gaps",
                Kind.COUNT,
                known.total,
                known.description or "nothing was asked for that did not come",
                is_warning=known.total > 0,
            ),
            Figure(
                "disagreements",
                "values that sources disagree in",
                Kind.COUNT,
                held["disagreements"],
                "rows of the table disagreements",
            ),
            Figure(
                "revisions",
                "earlier values that are kept",
                Kind.COUNT,
                held["revisions"],
                "rows of the table revisions",
            ),
            Figure(
                "quarantine",
                "records that no column can hold",
                Kind.COUNT,
                known.quarantined,
                "rows of the table quarantine that nothing has resolved",
                is_warning=known.quarantined > 0,
            ),
        ),
        (),
        (_findings(verified), _digests(bench), _runs(bench), _files(bench)),
    )


def _findings(verified: Verified) -> Table:
    return Table.of(
        "findings",
        "What does not agree",
        "The first findings of exodus verify."
        if verified.findings is not None
        else "Not looked at: --verify does.",
        tuple(Column(one, one, Kind.TEXT) for one in ("check", "where", "what")),
        verified.first,
    )


def _digests(bench: Bench) -> Table:
    rows = [
        (
            one.name,
            *bench.row(f"select count(*), audit_digest(raw_sha256) from {one.name}"),
        )
        for one in TABLES
    ]
    return Table.of(
        "digests",
        "Digests",
        "The sum, modulo 2^256, of the SHA-256 digests of all records of a table: two archives with"
        " the same records have the same, in whatever order they came.",
        (
            Column("table", "table", Kind.TEXT),
            Column("records", "records", Kind.COUNT),
            Column("digest", "sum of digests", Kind.ID),
        ),
        rows,
    )


def _runs(bench: Bench) -> Table:
    rows = [
        (run, source, version, started, ended, outcome or "cut off", _calls(calls))
        for run, source, version, started, ended, outcome, calls in bench.rows(
            "select run_id, source, program_version, substr(started_at, 1, 16),"
            " substr(ended_at, 1, 16), outcome, calls from runs order by run_id desc"
        )
    ]
    return Table.of(
        "runs",
        "Runs",
        "Rows of the table runs, the latest first: exports (requester_api) and ingests (files).",
        (
            Column("run_id", "run", Kind.COUNT),
            Column("source", "source", Kind.TEXT),
            Column("program_version", "version", Kind.TEXT),
            Column("started_at", "started", Kind.TIME),
            Column("ended_at", "ended", Kind.TIME),
            Column("outcome", "outcome", Kind.TEXT),
            Column("calls", "calls", Kind.COUNT),
        ),
        rows,
    )


def _calls(text: str) -> int:
    calls: Mapping[str, int] = json.loads(text)
    return sum(calls.values())


def _files(bench: Bench) -> Table:
    query = (
        "select name, source, outcome, entries, entries_kept, entries_refused, sha256, reason"
        " from files order by file_id"
    )
    return Table(
        "files",
        "Files",
        "Rows of the table files: what was ingested or refused, with the SHA-256 of its content.",
        (
            Column("name", "name", Kind.TEXT),
            Column("source", "kind", Kind.TEXT),
            Column("outcome", "outcome", Kind.TEXT),
            Column("entries", "read", Kind.COUNT),
            Column("entries_kept", "kept", Kind.COUNT),
            Column("entries_refused", "refused", Kind.COUNT),
            Column("sha256", "SHA-256", Kind.ID),
            Column("reason", "why refused", Kind.TEXT),
        ),
        bench.one("select count(*) from files"),
        lambda: bench.rows(query),
    )
