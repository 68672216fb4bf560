"""MTurk's records, in MTurk's words.

A field's name is MTurk's member name as `botocore.xform_name` writes it. A value is what the
archive's column holds: times are ISO 8601 UTC with milliseconds and `Z`, money is exact decimal
text, nested structures are JSON text with MTurk's own member names. A member that the record
does not have is None: unknown, never zero.

Members and types: botocore's service model `mturk-requester-2017-01-17`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from mturk_exodus.values import (
    CanonicalTime,
    InvalidRecord,
    Value,
    boolean,
    integer,
    iso,
    json_type,
    money,
    structure,
    text,
    time,
)

__all__ = [
    "CanonicalTime",
    "InvalidRecord",
    "Value",
    "boolean",
    "integer",
    "iso",
    "money",
    "structure",
    "text",
    "time",
]

Converter = Callable[[Any], Value]
Record = TypeVar("Record")


def _member(name: str, convert: Converter = text, *, required: bool = False) -> Any:  # noqa: ANN401 - dataclasses.field does so
    return field(default=None, metadata={"member": Member(name, convert, required)})


def _of_files(name: str, convert: Converter = text, *, required: bool = False) -> Any:  # noqa: ANN401 - dataclasses.field does so
    member = Member(name, convert, required, of_files=True)
    return field(default=None, metadata={"member": member})


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an MTurk structure.

    Attributes:
        name: MTurk's name.
        convert: how it becomes a value.
        required: whether a record without it is none.
        of_files: whether no call of the API gives it; only files that people kept do.
    """

    name: str
    convert: Converter
    required: bool
    of_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HIT:
    """A task, with the counters that say how many assignments it has."""

    hit_id: str = _member("HITId", required=True)
    hit_type_id: str | None = _member("HITTypeId")
    hit_group_id: str | None = _member("HITGroupId")
    hit_layout_id: str | None = _member("HITLayoutId")
    creation_time: str | None = _member("CreationTime", time)
    title: str | None = _member("Title")
    description: str | None = _member("Description")
    question: str | None = _member("Question")
    keywords: str | None = _member("Keywords")
    hit_status: str | None = _member("HITStatus")
    max_assignments: int | None = _member("MaxAssignments", integer)
    reward: str | None = _member("Reward", money)
    auto_approval_delay_in_seconds: int | None = _member("AutoApprovalDelayInSeconds", integer)
    expiration: str | None = _member("Expiration", time)
    assignment_duration_in_seconds: int | None = _member("AssignmentDurationInSeconds", integer)
    requester_annotation: str | None = _member("RequesterAnnotation")
    qualification_requirements: str | None = _member("QualificationRequirements", structure)
    hit_review_status: str | None = _member("HITReviewStatus")
    number_of_assignments_pending: int | None = _member("NumberOfAssignmentsPending", integer)
    number_of_assignments_available: int | None = _member("NumberOfAssignmentsAvailable", integer)
    number_of_assignments_completed: int | None = _member("NumberOfAssignmentsCompleted", integer)
    template_variables: str | None = _of_files("TemplateVariables", structure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One worker's work on one HIT."""

    assignment_id: str = _member("AssignmentId", required=True)
    worker_id: str | None = _member("WorkerId")
    hit_id: str = _member("HITId", required=True)
    assignment_status: str | None = _member("AssignmentStatus")
    auto_approval_time: str | None = _member("AutoApprovalTime", time)
    accept_time: str | None = _member("AcceptTime", time)
    submit_time: str | None = _member("SubmitTime", time)
    approval_time: str | None = _member("ApprovalTime", time)
    rejection_time: str | None = _member("RejectionTime", time)
    deadline: str | None = _member("Deadline", time)
    answer: str | None = _member("Answer")
    requester_feedback: str | None = _member("RequesterFeedback")
    answer_doubts: str | None = _of_files("AnswerDoubts", structure)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationType:
    """What a requester grants to workers."""

    qualification_type_id: str = _member("QualificationTypeId", required=True)
    creation_time: str | None = _member("CreationTime", time)
    name: str | None = _member("Name")
    description: str | None = _member("Description")
    keywords: str | None = _member("Keywords")
    qualification_type_status: str | None = _member("QualificationTypeStatus")
    test: str | None = _member("Test")
    test_duration_in_seconds: int | None = _member("TestDurationInSeconds", integer)
    answer_key: str | None = _member("AnswerKey")
    retry_delay_in_seconds: int | None = _member("RetryDelayInSeconds", integer)
    is_requestable: int | None = _member("IsRequestable", boolean)
    auto_granted: int | None = _member("AutoGranted", boolean)
    auto_granted_value: int | None = _member("AutoGrantedValue", integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A grant: one worker has, or had, one qualification."""

    qualification_type_id: str = _member("QualificationTypeId", required=True)
    worker_id: str = _member("WorkerId", required=True)
    grant_time: str | None = _member("GrantTime", time)
    integer_value: int | None = _member("IntegerValue", integer)
    locale_value: str | None = _member("LocaleValue", structure)
    status: str | None = _member("Status")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRequest:
    """A worker asks for a qualification; only pending requests can be read."""

    qualification_request_id: str = _member("QualificationRequestId", required=True)
    qualification_type_id: str | None = _member("QualificationTypeId")
    worker_id: str | None = _member("WorkerId")
    test: str | None = _member("Test")
    answer: str | None = _member("Answer")
    submit_time: str | None = _member("SubmitTime", time)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerBlock:
    """A worker who may not work for this requester. MTurk does not say since when."""

    worker_id: str = _member("WorkerId", required=True)
    reason: str | None = _member("Reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusPayment:
    """Money beyond the reward. MTurk gives it no id of its own."""

    worker_id: str | None = _member("WorkerId")
    bonus_amount: str | None = _member("BonusAmount", money)
    assignment_id: str = _member("AssignmentId", required=True)
    reason: str | None = _member("Reason")
    grant_time: str | None = _member("GrantTime", time)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReport:
    """One page of what a HIT's review policies found and did."""

    hit_id: str = _member("HITId", required=True)
    assignment_review_policy: str | None = _member("AssignmentReviewPolicy", structure)
    hit_review_policy: str | None = _member("HITReviewPolicy", structure)
    assignment_review_report: str | None = _member("AssignmentReviewReport", structure)
    hit_review_report: str | None = _member("HITReviewReport", structure)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult:
    """One finding of a review policy."""

    action_id: str | None = _member("ActionId")
    subject_id: str | None = _member("SubjectId")
    subject_type: str | None = _member("SubjectType")
    question_id: str | None = _member("QuestionId")
    key: str | None = _member("Key")
    value: str | None = _member("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAction:
    """One thing that a review policy did, or meant to do."""

    action_id: str | None = _member("ActionId")
    action_name: str | None = _member("ActionName")
    target_id: str | None = _member("TargetId")
    target_type: str | None = _member("TargetType")
    status: str | None = _member("Status")
    complete_time: str | None = _member("CompleteTime", time)
    result: str | None = _member("Result")
    error_code: str | None = _member("ErrorCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """US dollars that the account holds."""

    available_balance: str | None = _member("AvailableBalance", money)
    on_hold_balance: str | None = _member("OnHoldBalance", money)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDetail:
    """What the requester site's Workers page says of a worker, over all the account's years."""

    worker_id: str = _of_files("WorkerId", required=True)
    lifetime_submitted: int | None = _of_files("LifetimeSubmitted", integer)
    lifetime_approved: int | None = _of_files("LifetimeApproved", integer)
    block_status: str | None = _of_files("BlockStatus")
    qualification_scores: str | None = _of_files("QualificationScores", structure)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEvent:
    """One event of a notification message. No call tells of returned and abandoned work."""

    event_type: str = _of_files("EventType", required=True)
    event_timestamp: str | None = _of_files("EventTimestamp", time)
    hit_type_id: str | None = _of_files("HITTypeId")
    hit_id: str | None = _of_files("HITId")
    assignment_id: str | None = _of_files("AssignmentId")
    worker_id: str | None = _of_files("WorkerId")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A file that HITs were made from: a HIT layout, a question with placeholders, settings."""

    template_sha256: str = _of_files("TemplateSHA256", required=True)
    name: str | None = _of_files("Name")
    kind: str | None = _of_files("Kind")
    variables: str | None = _of_files("Variables", structure)
    content: str | None = _of_files("Content")


def members(record: type[Any]) -> tuple[tuple[str, Member], ...]:
    """Pairs of field name and MTurk member, in the order of the fields."""
    return _members(record)  # type: ignore[arg-type] # mypy takes an instance's hash for its class's


@cache
def _members(record: type[Any]) -> tuple[tuple[str, Member], ...]:
    return tuple((item.name, item.metadata["member"]) for item in dataclasses.fields(record))


def from_wire(record: type[Record], wire: Mapping[str, Any]) -> Record:
    """The record that MTurk's JSON describes. Members unknown to us stay in the raw record only.

    Raises:
        InvalidRecord: a required member is missing, or a value is not of its member's type.
    """
    return record(**values(record, wire))


def values(record: type[Any], wire: Mapping[str, Any]) -> dict[str, Value]:
    """The same by name of field.

    Raises:
        InvalidRecord: as from_wire.
    """
    names = [name for name, _ in members(record)]
    return dict(zip(names, in_order(record, wire), strict=True))


def in_order(record: type[Any], wire: Mapping[str, Any]) -> list[Value]:
    """The same in the order of the fields.

    Raises:
        InvalidRecord: as from_wire.
    """
    if not isinstance(wire, dict):
        raise InvalidRecord(f"the record is {json_type(wire)}, not a structure")
    # Millions of rows come through here: plain texts are looked at all at once.
    plan = _plan(record)  # type: ignore[arg-type] # as in members
    row: list[Any] = list(map(wire.get, plan.names))
    for place in plan.required:
        if row[place] is None:
            raise InvalidRecord(f"{plan.names[place]} is missing")
    if not _are_plain(plan.texts_of(row)):
        for place in plan.texts:
            row[place] = _converted(row[place], plan.names[place], text)
    for place, convert in plan.others:
        value = row[place]
        if type(value) is CanonicalTime:
            row[place] = str(value)
        elif value is not None:
            row[place] = _converted(value, plan.names[place], convert)
    return row


def _are_plain(texts: Iterable[Any]) -> bool:
    try:
        return "".join([one for one in texts if one is not None]).isascii()
    except TypeError:
        return False


def _converted(value: Any, member: str, convert: Converter) -> Value:  # noqa: ANN401 - JSON's
    if value is None:
        return None
    try:
        return convert(value)
    except InvalidRecord as error:
        raise InvalidRecord(f"{member} {error}") from None


@dataclass(frozen=True)
class _Plan:
    """How a record's members become values: their names, and the places of each kind of them."""

    names: tuple[str, ...]
    required: tuple[int, ...]
    texts: tuple[int, ...]
    texts_of: Callable[[list[Any]], Iterable[Any]]
    others: tuple[tuple[int, Converter], ...]


@cache
def _plan(record: type[Any]) -> _Plan:
    found = [member for _, member in members(record)]
    texts = [place for place, member in enumerate(found) if member.convert is text]
    return _Plan(
        names=tuple(member.name for member in found),
        required=tuple(place for place, member in enumerate(found) if member.required),
        texts=tuple(texts),
        texts_of=_picker(texts),
        others=tuple(
            (place, member.convert)
            for place, member in enumerate(found)
            if member.convert is not text
        ),
    )


def _picker(places: Sequence[int]) -> Callable[[list[Any]], Iterable[Any]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[place] for place in places]
