"""Which rows each List operation gives, for which filters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from mturk_exodus.archive import Archive
from mturk_exodus.serve import parameters as given
from mturk_exodus.serve import refusals
from mturk_exodus.serve.pages import Selection
from mturk_exodus.serve.parameters import Asked, Parameter

_STATUSES = ("Approved", "Rejected", "Submitted")


@dataclass(frozen=True)
class Listing:
    """A List operation: its parameters besides those of paging, and the rows that they choose."""

    filters: tuple[Parameter, ...]
    select: Callable[[Archive, Asked], Selection]


def _hits(_archive: Archive, _asked: Asked) -> Selection:
    return Selection("HITs", "hits")


def _reviewable_hits(_archive: Archive, asked: Asked) -> Selection:
    """Ids only: MTurk leaves every other member of these HITs out, as its users report."""
    conditions = ["hit_status = :status"]
    values = {"status": asked["Status"]}
    if asked["HITTypeId"] is not None:
        conditions.append("hit_type_id = :hit_type_id")
        values["hit_type_id"] = asked["HITTypeId"]
    return Selection("HITs", "hits", conditions, values, "json_object('HITId', hit_id)")


def _hits_for_qualification_type(_archive: Archive, asked: Asked) -> Selection:
    # No refusal of unknown types: HITs name MTurk's own and other requesters', which no archive
    # holds. A path from the top, since a list may hold what is no structure.
    requires = (
        "exists (select 1 from json_each(qualification_requirements) as requirement where"
        " json_extract(qualification_requirements, requirement.fullkey || '.QualificationTypeId')"
        " = :type_id)"
    )
    return Selection("HITs", "hits", [requires], {"type_id": asked["QualificationTypeId"]})


def _assignments(archive: Archive, asked: Asked) -> Selection:
    """Without AssignmentStatuses all of them; one by one is the only way to leave any out."""
    hit_id, statuses = asked["HITId"], asked["AssignmentStatuses"]
    _demand(archive, "HIT", hit_id, "select 1 from hits where hit_id = :id")
    conditions = ["hit_id = :hit_id"]
    values = {"hit_id": hit_id}
    if statuses and statuses != _STATUSES:
        conditions.append("assignment_status in (select value from json_each(:statuses))")
        values["statuses"] = json.dumps(statuses)
    return Selection("Assignments", "assignments", conditions, values)


def _bonus_payments(archive: Archive, asked: Asked) -> Selection:
    """MTurk's reference demands a HITId or an AssignmentId."""
    hit_id, assignment_id = asked["HITId"], asked["AssignmentId"]
    conditions, values = [], {}
    if hit_id is not None:
        _demand(archive, "HIT", hit_id, "select 1 from hits where hit_id = :id")
        conditions.append("hit_id = :hit_id")
        values["hit_id"] = hit_id
    if assignment_id is not None:
        _demand(
            archive,
            "Assignment",
            assignment_id,
            "select 1 from assignments where assignment_id = :id"
            " union all select 1 from bonus_payments where assignment_id = :id",
        )
        conditions.append("assignment_id = :assignment_id")
        values["assignment_id"] = assignment_id
    if not conditions:
        raise refusals.invalid("Either HITId or AssignmentId must be given.")
    return Selection("BonusPayments", "bonus_payments", conditions, values)


def _qualification_types(archive: Archive, asked: Asked) -> Selection:
    """Those of the account: of MTurk's own and other requesters' the archive holds none."""
    conditions, values = [], {}
    if asked["MustBeRequestable"]:
        conditions.append("is_requestable = 1")
    if asked["Query"]:
        # SQLite folds the case of ASCII alone.
        archive.connection.create_function("folded", 1, _folded, deterministic=True)
        columns = ("name", "description", "keywords")
        found = " or ".join(f"instr(folded({column}), :query)" for column in columns)
        conditions.append(f"({found})")
        values["query"] = _folded(asked["Query"])
    return Selection("QualificationTypes", "qualification_types", conditions, values)


def _folded(value: str | None) -> str:
    return (value or "").casefold()


def _workers_with_qualification_type(archive: Archive, asked: Asked) -> Selection:
    type_id = asked["QualificationTypeId"]
    _demand(
        archive,
        "QualificationType",
        type_id,
        "select 1 from qualification_types where qualification_type_id = :id"
        " union all select 1 from qualifications where qualification_type_id = :id",
    )
    return Selection(
        "Qualifications",
        "qualifications",
        # A file may not say that it lists those who have it.
        ["qualification_type_id = :type_id", "coalesce(status, 'Granted') = :status"],
        {"type_id": type_id, "status": asked["Status"]},
    )


def _qualification_requests(archive: Archive, asked: Asked) -> Selection:
    # MTurk lists pending requests alone; the archive keeps earlier ones.
    pending = (
        "exists (select 1 from pending_qualification_requests as pending where"
        " pending.qualification_request_id = qualification_requests.qualification_request_id)"
    )
    type_id = asked["QualificationTypeId"]
    if type_id is None:
        return Selection("QualificationRequests", "qualification_requests", [pending])
    _demand(
        archive,
        "QualificationType",
        type_id,
        "select 1 from qualification_types where qualification_type_id = :id"
        " union all select 1 from qualification_requests where qualification_type_id = :id",
    )
    return Selection(
        "QualificationRequests",
        "qualification_requests",
        [pending, "qualification_type_id = :type_id"],
        {"type_id": type_id},
    )


def _worker_blocks(_archive: Archive, _asked: Asked) -> Selection:
    # Those that hold now; the archive keeps lifted ones.
    current = (
        "exists (select 1 from current_worker_blocks as held"
        " where held.worker_id = worker_blocks.worker_id)"
    )
    return Selection("WorkerBlocks", "worker_blocks", [current])


def _demand(archive: Archive, entity: str, entity_id: str, query: str) -> None:
    if archive.connection.execute(f"{query} limit 1", {"id": entity_id}).fetchone() is None:
        raise refusals.no_such(entity, entity_id)


_HIT_ID = Parameter("HITId", given.entity_id)
_TYPE_ID = Parameter("QualificationTypeId", given.entity_id)
_TYPE_ID_REQUIRED = Parameter("QualificationTypeId", given.entity_id, required=True)

LISTINGS = {
    "ListAssignmentsForHIT": Listing(
        (
            Parameter("HITId", given.entity_id, required=True),
            Parameter("AssignmentStatuses", given.some_of(*_STATUSES)),
        ),
        _assignments,
    ),
    "ListBonusPayments": Listing(
        (_HIT_ID, Parameter("AssignmentId", given.entity_id)), _bonus_payments
    ),
    "ListHITs": Listing((), _hits),
    "ListHITsForQualificationType": Listing((_TYPE_ID_REQUIRED,), _hits_for_qualification_type),
    "ListQualificationRequests": Listing((_TYPE_ID,), _qualification_requests),
    "ListQualificationTypes": Listing(
        (
            Parameter("Query", given.text),
            Parameter("MustBeRequestable", given.boolean, required=True),
            Parameter("MustBeOwnedByCaller", given.boolean),
        ),
        _qualification_types,
    ),
    "ListReviewableHITs": Listing(
        (
            Parameter("HITTypeId", given.entity_id),
            # "Reviewable is the default value", says MTurk's reference.
            Parameter("Status", given.one_of("Reviewable", "Reviewing"), default="Reviewable"),
        ),
        _reviewable_hits,
    ),
    "ListWorkerBlocks": Listing((), _worker_blocks),
    "ListWorkersWithQualificationType": Listing(
        (
            _TYPE_ID_REQUIRED,
            # The legacy reference says Granted; the present one says nothing.
            Parameter("Status", given.one_of("Granted", "Revoked"), default="Granted"),
        ),
        _workers_with_qualification_type,
    ),
}
"""Every List operation but the one for review results, whose pages are kept as they came."""
