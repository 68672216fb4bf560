"""Which record is what: by its place in a reply, or by its members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mturk_exodus import records
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_REQUESTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    REVIEW_REPORTS,
    TABLES,
    WORKER_BLOCKS,
    Table,
)

REPLY_MEMBERS: Mapping[str, Table] = {
    "HITs": HITS,
    "HIT": HITS,
    "Assignments": ASSIGNMENTS,
    "Assignment": ASSIGNMENTS,
    "QualificationTypes": QUALIFICATION_TYPES,
    "QualificationType": QUALIFICATION_TYPES,
    "Qualifications": QUALIFICATIONS,
    "Qualification": QUALIFICATIONS,
    "QualificationRequests": QUALIFICATION_REQUESTS,
    "QualificationRequest": QUALIFICATION_REQUESTS,
    "WorkerBlocks": WORKER_BLOCKS,
    "WorkerBlock": WORKER_BLOCKS,
    "BonusPayments": BONUS_PAYMENTS,
    "BonusPayment": BONUS_PAYMENTS,
}
"""What a reply calls its records; one alone, or, of 2017 and later, many."""

ENVELOPE = frozenset(
    {
        "ResponseMetadata",
        "NumResults",
        "NextToken",
        "TotalNumResults",
        "PageNumber",
        "PageSize",
        "Request",
        "OperationRequest",
    }
)
"""What a reply says of itself."""

FORMERLY: Mapping[str, str] = {"SubjectId": "WorkerId"}
"""What the API before 2017 called otherwise."""

LEGACY = frozenset({*FORMERLY, "QualificationRequirement", "NumberOfSimilarHITs", "Request"})
"""Members that only the API before 2017 has."""


def _names(table: Table) -> frozenset[str]:
    members = (member for _, member in records.members(table.record))
    return frozenset(member.name for member in members if not member.of_files)


MEMBERS: Mapping[str, frozenset[str]] = {table.name: _names(table) for table in TABLES}
"""By table: the names of its record's members."""

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(member.name for _, member in records.members(table.record) if member.required)
    for table in TABLES
}
_TITLES = {
    HITS.name: "a HIT",
    ASSIGNMENTS.name: "an assignment",
    QUALIFICATION_TYPES.name: "a qualification type",
    QUALIFICATIONS.name: "a qualification",
    QUALIFICATION_REQUESTS.name: "a request for a qualification",
    WORKER_BLOCKS.name: "a block",
    BONUS_PAYMENTS.name: "a bonus",
    REVIEW_REPORTS.name: "a review report",
}
_OF_WORK = {"WorkerId", "Answer", "AssignmentStatus"}
_OF_REVIEWS = MEMBERS[REVIEW_REPORTS.name] - {"HITId"}
_OF_HITS = MEMBERS[HITS.name] - {"HITId"}
_OF_TYPES = {"Name", "QualificationTypeStatus"}
_OF_RESULTS = ("Input.", "Answer.")
_PLACEHOLDER = "string"


def table_of(record: Mapping[str, Any]) -> Table | None:
    """Where a record belongs that no reply names; None if it is none of MTurk's.

    A notification's event has members of HITs and assignments; it is neither.
    """
    names = record.keys()
    if "EventType" in names or "EventDocVersion" in names:
        return None
    if "BonusAmount" in names:
        return BONUS_PAYMENTS
    if "AssignmentId" in names and names & _OF_WORK:
        return ASSIGNMENTS
    return _of_a_qualification(names) or _of_a_hit_or_worker(names)


def _of_a_qualification(names: Any) -> Table | None:  # noqa: ANN401 - a dict's keys
    if "QualificationRequestId" in names:
        return QUALIFICATION_REQUESTS
    if "QualificationTypeId" not in names or "Comparator" in names:
        return None
    if names & {"WorkerId", "SubjectId"}:
        return QUALIFICATIONS
    return QUALIFICATION_TYPES if names & _OF_TYPES else None


def _of_a_hit_or_worker(names: Any) -> Table | None:  # noqa: ANN401 - a dict's keys
    if "HITId" in names:
        if names & _OF_REVIEWS:
            return REVIEW_REPORTS
        return HITS if names & _OF_HITS or len(names) == 1 else None
    return WORKER_BLOCKS if names == {"WorkerId", "Reason"} else None


def has_keys(table: Table, record: Mapping[str, Any]) -> bool:
    """Whether a record says which one it is."""
    return _missing(table, record) is None


def fault(table: Table, record: Mapping[str, Any]) -> str | None:
    """Why a record cannot be kept; None if it can."""
    if any(name.startswith(_OF_RESULTS) for name in record):
        return "a row of the requester site's results, not of the API; their CSV can be read"
    missing = _missing(table, record)
    if missing is not None:
        return f"{_TITLES[table.name]} without {missing}"
    if any(_key(record, name) == _PLACEHOLDER for name in _REQUIRED[table.name]):
        return "a placeholder of the API's documentation: its id is the word 'string'"
    return None


def _missing(table: Table, record: Mapping[str, Any]) -> str | None:
    return next(
        (name for name in _REQUIRED[table.name] if not _key(record, name)),
        None,
    )


def _key(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None and name == "WorkerId":
        value = record.get("SubjectId")
    return value.strip() if isinstance(value, str) else ""


def separated(table: Table, record: Mapping[str, Any]) -> list[tuple[Table, Mapping[str, Any]]]:
    """A record by itself; an assignment that was joined to its HIT, as two, the HIT first."""
    if table is not ASSIGNMENTS or not record.keys() & _OF_HITS:
        return [(table, record)]
    hit = {name: record[name] for name in record if name == "HITId" or name in _OF_HITS}
    rest = {name: record[name] for name in record if name not in _OF_HITS}
    return [(HITS, hit), (ASSIGNMENTS, rest)]


def has_strange_members(table: Table, record: Mapping[str, Any]) -> bool:
    """Whether somebody added members that MTurk does not have."""
    return bool(record.keys() - MEMBERS[table.name] - LEGACY)
