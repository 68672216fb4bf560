"""What an archive holds, beside what was asked for: the table at the end of every export."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mturk_exodus.archive.archive import Archive

_FAILED_SHOWN = 20

_STORED = {
    "GetAccountBalance": "account_balances",
    "ListWorkerBlocks": "worker_blocks",
    "ListQualificationTypes": "qualification_types",
    "ListWorkersWithQualificationType": "qualifications",
    "ListQualificationRequests": "qualification_requests",
    "ListHITs": "hits",
    "GetHIT": None,
    "ListAssignmentsForHIT": "assignments",
    "GetFileUploadURL": "uploads",
    "ListBonusPayments": "bonus_payments",
    "ListReviewPolicyResultsForHIT": "review_reports",
}

_SKIPPED = {
    "ListAssignmentsForHIT": (
        "HITs without submitted work",
        "select count(*) from hits where source = 'requester_api'"
        " and max_assignments - number_of_assignments_available"
        " - number_of_assignments_pending = 0",
    ),
    "ListBonusPayments": (
        "HITs without reviewed work",
        "select count(*) from hits where source = 'requester_api'"
        " and number_of_assignments_completed = 0",
    ),
    "ListReviewPolicyResultsForHIT": (
        "HITs not asked: their type has no policy, or --review-results none",
        "select count(*) from hits where source = 'requester_api'"
        " and not exists (select 1 from work"
        " where operation = 'ListReviewPolicyResultsForHIT' and subject = hit_id)",
    ),
}


@dataclass(frozen=True)
class Line:
    """One operation of the API.

    Attributes:
        asked: lists or records that were asked for and answered.
        expected: records that MTurk's own counters promise; None where it does not say.
        stored: records held; None where another line counts them.
        skipped: not asked, for `skipped_reason`.
        gone: dropped by MTurk before they were asked.
        failed: unanswered; `failed_ids` are the first of them, with the reason.
        to_do: not asked yet.
    """

    operation: str
    asked: int
    expected: int | None
    stored: int | None
    skipped: int
    skipped_reason: str
    gone: int
    failed: int
    failed_ids: list[str]
    to_do: int


def lines(archive: Archive) -> list[Line]:
    """A line for every operation."""
    return [_line(archive, operation) for operation in _STORED]


def tables(archive: Archive) -> dict[str, int]:
    """How many rows each table of records has."""
    names = (
        "hits",
        "hit_types",
        "assignments",
        "qualification_types",
        "qualifications",
        "qualification_requests",
        "worker_blocks",
        "bonus_payments",
        "review_reports",
        "uploads",
        "worker_details",
        "notification_events",
        "templates",
        "files",
        "source_records",
        "disagreements",
        "revisions",
        "quarantine",
    )
    return {name: _number(archive, f"select count(*) from {name}") for name in names}


def run_rows(archive: Archive) -> list[dict[str, Any]]:
    """The runs, oldest first, with their calls as a number and by operation."""
    cursor = archive.connection.execute(
        "select run_id, pass_id, source, endpoint, started_at, ended_at, outcome, message, calls"
        " from runs order by run_id"
    )
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, values, strict=True)) for values in cursor]
    for row in rows:
        row["calls"] = json.loads(row["calls"])
    return rows


def _line(archive: Archive, operation: str) -> Line:
    states = dict(
        archive.connection.execute(
            "select state, count(*) from work where operation = ? group by state", [operation]
        ).fetchall()
    )
    stored = _stored(archive, operation)
    reason, query = _SKIPPED.get(operation, ("", "select 0"))
    return Line(
        operation=operation,
        asked=states.get("done", 0),
        expected=_expected(archive, operation),
        stored=stored,
        skipped=_number(archive, query),
        skipped_reason=reason,
        gone=states.get("gone", 0),
        failed=states.get("failed", 0),
        failed_ids=_unanswered(archive, operation),
        to_do=states.get("to do", 0),
    )


def _stored(archive: Archive, operation: str) -> int | None:
    """Records that the API gave; uploads come from nowhere else."""
    table = _STORED[operation]
    if table is None:
        return None
    where = "" if table == "uploads" else " where source = 'requester_api'"
    return _number(archive, f"select count(*) from {table}{where}")


def _expected(archive: Archive, operation: str) -> int | None:
    if operation != "ListAssignmentsForHIT":
        return None
    return _number(
        archive,
        "select coalesce(sum(max_assignments - number_of_assignments_available"
        " - number_of_assignments_pending), 0) from hits where source = 'requester_api'",
    )


def _unanswered(archive: Archive, operation: str) -> list[str]:
    rows = archive.connection.execute(
        "select subject, state, reason from work where operation = ?"
        " and state in ('failed', 'gone') order by state, subject limit ?",
        [operation, _FAILED_SHOWN],
    )
    return [f"{subject} {state}: {reason}" for subject, state, reason in rows]


def _number(archive: Archive, query: str) -> int:
    (number,) = archive.connection.execute(query).fetchone()
    return int(number)
