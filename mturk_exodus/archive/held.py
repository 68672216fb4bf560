"""What the API gave of a HIT's assignments. What files say of others is no reason not to ask."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.testimony import REQUESTER_API

_LIST = "ListAssignmentsForHIT"


@dataclass(frozen=True)
class Held:
    """Assignments of one HIT, counted.

    Attributes:
        assignments: those with a row.
        quarantined: those that no column can hold, and those of people who were forgotten.
        reviewed: Approved and Rejected ones among the rows.
        unreviewed: Submitted ones among the rows.
        last_rejected_submit_time: of the Rejected ones; empty if there is none.
    """

    assignments: int
    quarantined: int
    reviewed: int
    unreviewed: int
    last_rejected_submit_time: str


def held_of(archive: Archive, hit_id: str) -> Held:
    """Count a HIT's assignments."""
    row = archive.connection.execute(
        "select count(*), total(said in ('Approved', 'Rejected')), total(said = 'Submitted'),"
        " max(iif(said = 'Rejected', submit_time, '')) from (select submit_time,"
        # What a file says of a review is no reason to take it for the API's word.
        " coalesce(json_extract(own_values, '$.assignment_status'), assignment_status) as said"
        " from assignments where hit_id = ? and source = ?)",
        [hit_id, REQUESTER_API],
    ).fetchone()
    return Held(row[0], _quarantined(archive, hit_id), int(row[1]), int(row[2]), row[3] or "")


def seen_since(archive: Archive, hit_id: str, run_id: int) -> int:
    """How many of a HIT's assignments have come since a run began, in quarantine or not."""
    (rows,) = archive.connection.execute(
        "select count(*) from assignments where hit_id = ? and last_run_id >= ? and source = ?",
        [hit_id, run_id, REQUESTER_API],
    ).fetchone()
    return int(rows) + _quarantined(archive, hit_id)


def _quarantined(archive: Archive, hit_id: str) -> int:
    (records,) = archive.connection.execute(
        "select count(*) from quarantine where operation = ? and subject = ?"
        " and resolved_run_id is null",
        [_LIST, hit_id],
    ).fetchone()
    (forgotten,) = archive.connection.execute(
        "select count(*) from forgotten_assignments where hit_id = ?", [hit_id]
    ).fetchone()
    return int(records) + int(forgotten)
