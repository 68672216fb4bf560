"""What an archive holds, in the figures that a person asks for first."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.archive.archive import Archive


@dataclass(frozen=True)
class Overview:
    """Counts over the whole archive.

    Attributes:
        batches: of the requester site, as far as HITs name theirs.
        first_submit_time: the earliest of all assignments; None if none says.
        last_submit_time: the latest.
        disagreements: values that sources contradict each other in.
        failed_checks: entries of files that fail a check.
        gaps: what is known to be missing, by kind.
    """

    batches: int
    hits: int
    assignments: int
    workers: int
    first_submit_time: str | None
    last_submit_time: str | None
    disagreements: int
    failed_checks: int
    gaps: dict[str, int]


def overview(archive: Archive) -> Overview:
    """Count."""
    connection = archive.connection
    one = {
        name: connection.execute(query).fetchone()[0]
        for name, query in {
            "batches": "select count(distinct batch_id) from hits",
            "hits": "select count(*) from hits",
            "workers": "select count(distinct worker_id) from assignments",
            "disagreements": "select count(*) from disagreements",
            "failed_checks": "select coalesce(sum(entries), 0) from check_failures",
        }.items()
    }
    assignments, first, last = connection.execute(
        "select count(*), min(submit_time), max(submit_time) from assignments"
    ).fetchone()
    gaps = dict(connection.execute("select kind, count(*) from gaps group by kind").fetchall())
    return Overview(
        **one, assignments=assignments, first_submit_time=first, last_submit_time=last, gaps=gaps
    )
