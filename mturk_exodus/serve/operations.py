"""The operations of MTurk's 2017-01-17 API, answered from an archive.

A record goes out as the text that its source gave, and in the order in which it came, so that
an export of what is served here is the same archive again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mturk_exodus.archive import Archive
from mturk_exodus.serve import parameters as given
from mturk_exodus.serve import refusals
from mturk_exodus.serve.listings import LISTINGS
from mturk_exodus.serve.pages import list_page, position, token_for
from mturk_exodus.serve.parameters import PAGING, Asked, Parameter
from mturk_exodus.serve.wire import RECORD


@dataclass(frozen=True)
class Call:
    """A call to an operation.

    Attributes:
        asked: its parameters, checked.
        base_url: where the client found us, without a slash at the end.
    """

    archive: Archive
    operation: str
    asked: Asked
    base_url: str

    def row(self, query: str, *values: str) -> tuple[Any, ...] | None:
        """The one row of a query."""
        row: tuple[Any, ...] | None = self.archive.connection.execute(query, values).fetchone()
        return row

    def record(self, table: str, **key: str) -> str | None:
        """The text of the one record that has this key."""
        where = " and ".join(f"{name} = ?" for name in key)
        query = f"select {RECORD[table]} from {table} where {where}"  # noqa: S608 - constants
        row = self.row(query, *key.values())
        return None if row is None else str(row[0])


@dataclass(frozen=True)
class Operation:
    """How an operation is asked, and what answers it."""

    parameters: tuple[Parameter, ...]
    answer: Callable[[Call], str]


def answer(
    archive: Archive, operation: str, parameters: Mapping[str, object], base_url: str
) -> str:
    """The body of the reply to a call.

    Raises:
        MTurkError: the refusal to send instead.
    """
    if operation in WRITES:
        raise refusals.read_only()
    known = READS.get(operation)
    if known is None:
        raise refusals.unknown_operation()
    asked = given.take(known.parameters, parameters)
    return known.answer(Call(archive, operation, asked, base_url))


def _list(call: Call) -> str:
    selection = LISTINGS[call.operation].select(call.archive, call.asked)
    return list_page(call.archive, call.operation, selection, call.asked)


def _get_hit(call: Call) -> str:
    return f'{{"HIT":{_hit(call, call.asked["HITId"])}}}'


def _hit(call: Call, hit_id: str) -> str:
    hit = call.record("hits", hit_id=hit_id)
    if hit is None:
        raise refusals.no_such("HIT", hit_id)
    return hit


def _get_assignment(call: Call) -> str:
    assignment_id = call.asked["AssignmentId"]
    assignment = call.record("assignments", assignment_id=assignment_id)
    row = call.row("select hit_id from assignments where assignment_id = ?", assignment_id)
    if assignment is None or row is None:
        raise refusals.no_such("Assignment", assignment_id)
    return f'{{"Assignment":{assignment},"HIT":{_hit(call, row[0])}}}'


def _get_qualification_type(call: Call) -> str:
    type_id = call.asked["QualificationTypeId"]
    qualification_type = call.record("qualification_types", qualification_type_id=type_id)
    if qualification_type is None:
        raise refusals.no_such("QualificationType", type_id)
    return f'{{"QualificationType":{qualification_type}}}'


def _get_qualification_score(call: Call) -> str:
    type_id, worker_id = call.asked["QualificationTypeId"], call.asked["WorkerId"]
    score = call.record("qualifications", qualification_type_id=type_id, worker_id=worker_id)
    if score is None:
        _get_qualification_type(call)
        raise refusals.no_such("Qualification", worker_id)
    return f'{{"Qualification":{score}}}'


def _get_account_balance(call: Call) -> str:
    row = call.row("select raw from account_balances order by run_id desc limit 1")
    return str(row[0]) if row else '{"AvailableBalance":"0.00"}'


def _get_file_upload_url(call: Call) -> str:
    """A URL here that leads to the file; MTurk's own expire after a minute, says its reference."""
    assignment_id, question = call.asked["AssignmentId"], call.asked["QuestionIdentifier"]
    if call.row("select 1 from assignments where assignment_id = ?", assignment_id) is None:
        raise refusals.no_such("Assignment", assignment_id)
    held = call.row(
        "select 1 from uploads where assignment_id = ? and question_identifier = ?",
        assignment_id,
        question,
    )
    if held is None:
        raise refusals.invalid("The archive holds no file for that QuestionIdentifier.")
    place = f"{quote(assignment_id, safe='')}/{quote(question, safe='')}"
    return json.dumps({"FileUploadURL": f"{call.base_url}/uploads/{place}"})


def _list_review_policy_results(call: Call) -> str:
    """A page as it came, levels and lists that the caller did not ask for included.

    Nothing but the token is added, since the pages cannot be cut anew without rewriting them;
    MaxResults therefore says nothing here.
    """
    hit_id = call.asked["HITId"]
    _hit(call, hit_id)
    rows = call.archive.connection.execute(
        f"select page, {RECORD['review_reports']} from review_reports"  # noqa: S608 - constants
        " where hit_id = ? and page >= ? order by page limit 2",
        [hit_id, position(call.operation, call.asked, first=0)],
    ).fetchall()
    if not rows:
        return json.dumps({"HITId": hit_id})
    report = str(rows[0][1])
    if len(rows) == 1:
        return report
    opened = report.rstrip().removesuffix("}")
    return f'{opened},"NextToken":"{token_for(call.operation, call.asked, rows[1][0])}"}}'


_HIT_ID = Parameter("HITId", given.entity_id, required=True)
_ASSIGNMENT_ID = Parameter("AssignmentId", given.entity_id, required=True)
_TYPE_ID = Parameter("QualificationTypeId", given.entity_id, required=True)
_WORKER_ID = Parameter("WorkerId", given.entity_id, required=True)
_QUESTION = Parameter("QuestionIdentifier", given.text, required=True)
_REVIEWS = (
    _HIT_ID,
    Parameter("PolicyLevels", given.some_of("Assignment", "HIT")),
    Parameter("RetrieveActions", given.boolean),
    Parameter("RetrieveResults", given.boolean),
    *PAGING,
)

READS = {
    "GetAccountBalance": Operation((), _get_account_balance),
    "GetAssignment": Operation((_ASSIGNMENT_ID,), _get_assignment),
    "GetFileUploadURL": Operation((_ASSIGNMENT_ID, _QUESTION), _get_file_upload_url),
    "GetHIT": Operation((_HIT_ID,), _get_hit),
    "GetQualificationScore": Operation((_TYPE_ID, _WORKER_ID), _get_qualification_score),
    "GetQualificationType": Operation((_TYPE_ID,), _get_qualification_type),
    "ListReviewPolicyResultsForHIT": Operation(_REVIEWS, _list_review_policy_results),
    **{name: Operation((*listing.filters, *PAGING), _list) for name, listing in LISTINGS.items()},
}
"""Every operation of the API that only reads."""

WRITES = frozenset(
    {
        "AcceptQualificationRequest",
        "ApproveAssignment",
        "AssociateQualificationWithWorker",
        "CreateAdditionalAssignmentsForHIT",
        "CreateHIT",
        "CreateHITType",
        "CreateHITWithHITType",
        "CreateQualificationType",
        "CreateWorkerBlock",
        "DeleteHIT",
        "DeleteQualificationType",
        "DeleteWorkerBlock",
        "DisassociateQualificationFromWorker",
        "NotifyWorkers",
        "RejectAssignment",
        "RejectQualificationRequest",
        "SendBonus",
        "SendTestEventNotification",
        "UpdateExpirationForHIT",
        "UpdateHITReviewStatus",
        "UpdateHITTypeOfHIT",
        "UpdateNotificationSettings",
        "UpdateQualificationType",
    }
)
"""Every other one."""
