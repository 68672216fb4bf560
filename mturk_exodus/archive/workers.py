"""Who worked for the account at MTurk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mturk_exodus.archive.archive import Archive

ELSEWHERE = ("host", "prolific", "turkle_csv")
"""Sources of work that was not done at MTurk; its workers have ids of another platform."""


class Worker(NamedTuple):
    """One who worked, was granted something, was paid a bonus or is blocked.

    Attributes:
        worker_id: MTurk's.
        is_blocked: whether she is, as far as the archive knows.
    """

    worker_id: str
    is_blocked: bool


def workers(archive: Archive) -> Iterator[Worker]:
    """All of MTurk's workers that the archive knows, by their ids."""
    of_work = f"where source not in {ELSEWHERE}"
    rows = archive.connection.execute(
        "with blocked as materialized (select worker_id from current_worker_blocks)"
        " select worker_id, worker_id in blocked from ("
        f"select worker_id from assignments {of_work}"
        f" union select worker_id from bonus_payments {of_work}"
        " union select worker_id from qualifications"
        " union select worker_id from worker_blocks"
        " union select worker_id from worker_details"
        ") where worker_id <> '' order by worker_id"
    )
    return (Worker(worker_id, bool(is_blocked)) for worker_id, is_blocked in rows)


def blocked_workers(archive: Archive) -> Iterator[str]:
    """The ids of those who are blocked, as far as the archive knows."""
    rows = archive.connection.execute("select worker_id from current_worker_blocks")
    return (worker_id for (worker_id,) in rows)
