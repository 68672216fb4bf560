"""The operations that an export uses, in the order of their phases, and how each is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_REQUESTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    WORKER_BLOCKS,
    Table,
)
from mturk_exodus.archive.work import Task, Unit

PAGE = 100
"""The most records that MTurk gives a page (service model, ResultSize)."""

BALANCE, SMALL, LISTING, FANNING = range(4)
"""The phases: the balance (which tries the credentials), what is one list for the whole account,
every page of HITs, and at last what is asked HIT by HIT."""

GET_BALANCE = "GetAccountBalance"
LIST_BLOCKS = "ListWorkerBlocks"
LIST_QUALIFICATION_TYPES = "ListQualificationTypes"
LIST_QUALIFICATIONS = "ListWorkersWithQualificationType"
LIST_QUALIFICATION_REQUESTS = "ListQualificationRequests"
LIST_HITS = "ListHITs"
GET_HIT = "GetHIT"
LIST_ASSIGNMENTS = "ListAssignmentsForHIT"
GET_UPLOAD = "GetFileUploadURL"
LIST_BONUSES = "ListBonusPayments"
LIST_REVIEWS = "ListReviewPolicyResultsForHIT"

_ASSIGNMENT_URGENCY, _BONUS_URGENCY, _REVIEW_URGENCY = range(3)


@dataclass(frozen=True)
class Listing:
    """An operation that gives pages: the reply's list, and the table for its records."""

    member: str
    table: Table


LISTINGS = {
    LIST_BLOCKS: Listing("WorkerBlocks", WORKER_BLOCKS),
    LIST_QUALIFICATION_TYPES: Listing("QualificationTypes", QUALIFICATION_TYPES),
    LIST_QUALIFICATIONS: Listing("Qualifications", QUALIFICATIONS),
    LIST_QUALIFICATION_REQUESTS: Listing("QualificationRequests", QUALIFICATION_REQUESTS),
    LIST_HITS: Listing("HITs", HITS),
    LIST_ASSIGNMENTS: Listing("Assignments", ASSIGNMENTS),
    LIST_BONUSES: Listing("BonusPayments", BONUS_PAYMENTS),
}

WHOLE_ACCOUNT = (
    Task(GET_BALANCE, "", BALANCE),
    Task(LIST_BLOCKS, "", SMALL, 0),
    Task(LIST_QUALIFICATION_TYPES, "", SMALL, 0),
    Task(LIST_QUALIFICATION_REQUESTS, "", SMALL, 0),
    Task(LIST_HITS, "", LISTING),
)


def qualifications_of(qualification_type_id: str) -> tuple[Task, Task]:
    """Both lists of a type's grants: without a Status MTurk gives Granted alone."""
    return (
        Task(LIST_QUALIFICATIONS, f"{qualification_type_id}/Granted", SMALL, 1),
        Task(LIST_QUALIFICATIONS, f"{qualification_type_id}/Revoked", SMALL, 1),
    )


def hit_by_id(hit_id: str) -> Task:
    """A HIT that ListHITs does not give, or whose counters are to be read again."""
    return Task(GET_HIT, hit_id, LISTING, 1)


def assignments_of(hit_id: str, perishes_at: str) -> Task:
    """The assignments of a HIT."""
    return Task(LIST_ASSIGNMENTS, hit_id, FANNING, _ASSIGNMENT_URGENCY, perishes_at)


def upload_of(assignment_id: str, question_identifier: str, perishes_at: str) -> Task:
    """A file that is an answer; it goes when its HIT goes."""
    subject = f"{assignment_id}/{question_identifier}"
    return Task(GET_UPLOAD, subject, FANNING, _ASSIGNMENT_URGENCY, perishes_at)


def bonuses_of(hit_id: str, perishes_at: str) -> Task:
    """The bonuses paid for a HIT's assignments."""
    return Task(LIST_BONUSES, hit_id, FANNING, _BONUS_URGENCY, perishes_at)


def reviews_of(hit_id: str, perishes_at: str) -> Task:
    """What the review policies of a HIT found and did."""
    return Task(LIST_REVIEWS, hit_id, FANNING, _REVIEW_URGENCY, perishes_at)


def parameters(unit: Unit) -> dict[str, Any]:
    """What to send for a unit's next page."""
    first, _, second = unit.subject.partition("/")
    by_operation: dict[str, dict[str, Any]] = {
        GET_HIT: {"HITId": first},
        GET_UPLOAD: {"AssignmentId": first, "QuestionIdentifier": second},
        LIST_QUALIFICATION_TYPES: {"MustBeRequestable": False, "MustBeOwnedByCaller": True},
        LIST_QUALIFICATIONS: {"QualificationTypeId": first, "Status": second},
        LIST_ASSIGNMENTS: {
            "HITId": first,
            "AssignmentStatuses": ["Submitted", "Approved", "Rejected"],
        },
        LIST_BONUSES: {"HITId": first},
        LIST_REVIEWS: {
            "HITId": first,
            "PolicyLevels": ["Assignment", "HIT"],
            "RetrieveActions": True,
            "RetrieveResults": True,
        },
    }
    asked = by_operation.get(unit.operation, {})
    if unit.operation.startswith("List"):
        asked["MaxResults"] = PAGE
    if unit.next_token:
        asked["NextToken"] = unit.next_token
    return asked
