"""What `exodus collect` reads at Prolific, and what `exodus bonus` pays there: JSON, line by line.

    ExodusProlific   1, the version of the form
    StudyId          Prolific's id of the study
    Submission       as Prolific gave it: id, participant_id, status, started_at, completed_at, ...
    AssignmentId, HITId, HITTypeId   of the assignment that was worked on in it; absent if nothing
                     was submitted to `exodus host`. A visit to several HITs gives several lines
    Seen             when the submission was first seen in this state: Prolific does not tell when
                     it was approved or rejected
    Bonus            in MTurk's members, in place of Submission

What a submission's state says of an assignment becomes its AssignmentStatus. What was returned or
ran out of time, and what was submitted without an answer, becomes a notification event, as MTurk
told of it: no assignment stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, BONUS_PAYMENTS, NOTIFICATION_EVENTS
from mturk_exodus.sources import json_text
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.sayings import derived

BEGINS = '{"ExodusProlific": 1, '

_STATUSES = {
    "AWAITING REVIEW": "Submitted",
    "APPROVED": "Approved",
    "PARTIALLY APPROVED": "Approved",
    "REJECTED": "Rejected",
}
_EVENTS = {
    "RETURNED": "AssignmentReturned",
    "TIMED-OUT": "AssignmentAbandoned",
    "AWAITING REVIEW": "AssignmentSubmitted",
    "APPROVED": "AssignmentApproved",
    "PARTIALLY APPROVED": "AssignmentApproved",
    "REJECTED": "AssignmentRejected",
    "SCREENED OUT": "AssignmentSubmitted",
}
_GIVEN_UP = ("RETURNED", "TIMED-OUT")
_REVIEWED = {"Approved": "ApprovalTime", "Rejected": "RejectionTime"}
_ASSIGNMENT = ("AssignmentId", "HITId", "AssignmentStatus", "ApprovalTime", "RejectionTime")
_EVENT = ("EventType", "EventTimestamp", "HITTypeId", "HITId", "AssignmentId", "WorkerId")
_BONUS = ("WorkerId", "BonusAmount", "AssignmentId", "Reason", "GrantTime")


class ProlificSubmissions:
    """Submissions of studies that lead to `exodus host`, and their bonuses."""

    name: ClassVar[str] = "prolific"
    title: ClassVar[str] = "submissions at Prolific"
    authority: ClassVar[int] = 42

    def claims(self, file: SourceFile) -> str | None:
        """By the first words of its first line."""
        return "submissions at Prolific" if file.start.startswith(BEGINS) else None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every line.

        Raises:
            FileRefused: it is not text, or too long.
        """
        return json_text.entries(file, _entry)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a line says of an assignment, or as an event, or of a bonus."""
        if table == BONUS_PAYMENTS.name:
            return _said(table, raw.get("Bonus"), _BONUS)
        if table == ASSIGNMENTS.name:
            return _said(table, _assignment(raw), _ASSIGNMENT)
        return _said(table, _event(raw), _EVENT)


def _entry(number: int, value: object) -> Entry | Refused:
    if not isinstance(value, dict):
        return Refused(number, "it is no record of Prolific", value)
    bonus, submission = value.get("Bonus"), value.get("Submission")
    if isinstance(bonus, dict) and isinstance(bonus.get("AssignmentId"), str):
        return Entry(number, (Found(BONUS_PAYMENTS, value),))
    if not isinstance(submission, dict) or not isinstance(submission.get("id"), str):
        return Refused(number, "it has neither a submission with an id nor a bonus", value)
    if submission.get("status") not in _EVENTS:
        return Refused(number, "the submission's state is not one that is kept", value)
    named = all(isinstance(value.get(name), str) for name in ("AssignmentId", "HITId"))
    if named and submission["status"] not in _GIVEN_UP:
        return Entry(number, (Found(ASSIGNMENTS, value),))
    return Entry(number, (Found(NOTIFICATION_EVENTS, value),))


def _assignment(raw: Mapping[str, Any]) -> dict[str, Any]:
    submission = raw.get("Submission")
    state = submission.get("status") if isinstance(submission, dict) else None
    status = _STATUSES.get(state) if isinstance(state, str) else None
    said = {name: raw.get(name) for name in ("AssignmentId", "HITId")}
    if status is not None:
        said["AssignmentStatus"] = status
        if status in _REVIEWED:
            said[_REVIEWED[status]] = raw.get("Seen")
    return said


def _event(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What happened. When a place was given back Prolific does not tell."""
    submission = raw.get("Submission")
    if not isinstance(submission, dict):
        return {}
    state = submission.get("status")
    return {
        "EventType": _EVENTS.get(state) if isinstance(state, str) else None,
        "EventTimestamp": submission.get("completed_at"),
        "HITTypeId": raw.get("HITTypeId"),
        "HITId": raw.get("HITId"),
        "AssignmentId": raw.get("AssignmentId") or submission.get("id"),
        "WorkerId": submission.get("participant_id"),
    }


def _said(table: str, words: object, names: tuple[str, ...]) -> Derived:
    if not isinstance(words, dict):
        return Derived({}, ("Bonus",))
    return derived(table, words, {name: name for name in names})
