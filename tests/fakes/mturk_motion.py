"""What happens to a live account between two calls; every counter stays right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mturk_exodus.demo.account import Account, WireRecord

NOW = 1_790_000_000.0
_DAY = 86_400


def _assignment(account: Account, assignment_id: str, *statuses: str) -> WireRecord:
    for held in account.assignments.values():
        for assignment in held:
            if assignment["AssignmentId"] == assignment_id:
                if assignment["AssignmentStatus"] not in statuses:
                    raise ValueError(f"{assignment_id} is {assignment['AssignmentStatus']}")
                return assignment
    raise KeyError(assignment_id)


def _settle(hit: WireRecord) -> None:
    """Let the HIT's status follow from its counters."""
    if hit["NumberOfAssignmentsAvailable"] > 0:
        hit["HITStatus"] = "Assignable"
    elif hit["NumberOfAssignmentsPending"] > 0:
        hit["HITStatus"] = "Unassignable"
    else:
        hit["HITStatus"] = "Reviewable"


def add_hit(
    account: Account,
    hit_id: str,
    max_assignments: int = 1,
    *,
    first: bool = False,
    now: float = NOW,
    **members: object,
) -> WireRecord:
    """Publish a HIT; `first` puts it at the head of the listing, where it moves every page."""
    hit: WireRecord = {
        "HITId": hit_id,
        "HITTypeId": f"{hit_id}-TYPE",
        "HITGroupId": f"{hit_id}-GROUP",
        "CreationTime": now,
        "Title": f"A title of {hit_id}",
        "Description": "A description",
        "Question": "<HTMLQuestion/>",
        "HITStatus": "Assignable",
        "MaxAssignments": max_assignments,
        "Reward": "0.05",
        "AutoApprovalDelayInSeconds": 3 * _DAY,
        "Expiration": now + 7 * _DAY,
        "AssignmentDurationInSeconds": 600,
        "QualificationRequirements": [],
        "HITReviewStatus": "NotReviewed",
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsAvailable": max_assignments,
        "NumberOfAssignmentsCompleted": 0,
    } | members
    others = dict(account.hits) if first else {}
    if first:
        account.hits.clear()
    account.hits[hit_id] = hit
    account.hits.update(others)
    account.assignments[hit_id] = []
    return hit


def accept(account: Account, hit_id: str) -> None:
    """A worker takes an assignment and has not answered yet."""
    hit = account.hits[hit_id]
    if hit["NumberOfAssignmentsAvailable"] < 1:
        raise ValueError(f"{hit_id} has nothing left to accept")
    hit["NumberOfAssignmentsAvailable"] -= 1
    hit["NumberOfAssignmentsPending"] += 1
    _settle(hit)


def give_back(account: Account, hit_id: str) -> None:
    """A worker returns an assignment unanswered."""
    hit = account.hits[hit_id]
    if hit["NumberOfAssignmentsPending"] < 1:
        raise ValueError(f"{hit_id} has nothing pending")
    hit["NumberOfAssignmentsPending"] -= 1
    hit["NumberOfAssignmentsAvailable"] += 1
    _settle(hit)


def submit(
    account: Account,
    hit_id: str,
    assignment_id: str,
    worker_id: str,
    *,
    answer: str = "<QuestionFormAnswers/>",
    now: float = NOW,
) -> WireRecord:
    """A worker answers, with an assignment pending already or accepted just now."""
    hit = account.hits[hit_id]
    if hit["NumberOfAssignmentsPending"] < 1:
        accept(account, hit_id)
    assignment: WireRecord = {
        "AssignmentId": assignment_id,
        "WorkerId": worker_id,
        "HITId": hit_id,
        "AssignmentStatus": "Submitted",
        "AutoApprovalTime": now + hit["AutoApprovalDelayInSeconds"],
        "AcceptTime": now - 60,
        "SubmitTime": now,
        "Answer": answer,
    }
    account.assignments.setdefault(hit_id, []).append(assignment)
    hit["NumberOfAssignmentsPending"] -= 1
    _settle(hit)
    return assignment


def approve(
    account: Account, assignment_id: str, feedback: str | None = None, now: float = NOW
) -> None:
    assignment = _assignment(account, assignment_id, "Submitted")
    _decide(assignment, "Approved", feedback, now)
    account.hits[assignment["HITId"]]["NumberOfAssignmentsCompleted"] += 1


def reject(account: Account, assignment_id: str, feedback: str = "No.", now: float = NOW) -> None:
    assignment = _assignment(account, assignment_id, "Submitted")
    _decide(assignment, "Rejected", feedback, now)
    account.hits[assignment["HITId"]]["NumberOfAssignmentsCompleted"] += 1


def overturn(
    account: Account, assignment_id: str, feedback: str | None = None, now: float = NOW
) -> None:
    """Approve what was rejected: the work was complete before and still is."""
    assignment = _assignment(account, assignment_id, "Rejected")
    assignment.pop("RejectionTime", None)
    _decide(assignment, "Approved", feedback, now)


def _decide(assignment: WireRecord, status: str, feedback: str | None, now: float) -> None:
    assignment["AssignmentStatus"] = status
    assignment["ApprovalTime" if status == "Approved" else "RejectionTime"] = now
    if feedback is not None:
        assignment["RequesterFeedback"] = feedback


def pay_bonus(
    account: Account,
    assignment_id: str,
    amount: str = "0.10",
    reason: str = "Thanks",
    now: float = NOW,
) -> WireRecord:
    assignment = _assignment(account, assignment_id, "Submitted", "Approved", "Rejected")
    payment: WireRecord = {
        "WorkerId": assignment["WorkerId"],
        "BonusAmount": amount,
        "AssignmentId": assignment_id,
        "Reason": reason,
        "GrantTime": now,
    }
    account.bonus_payments.setdefault(assignment["HITId"], []).append(payment)
    return payment


def expire(account: Account, hit_id: str, now: float = NOW) -> None:
    """End a HIT early. NumberOfAssignmentsAvailable stays: real expired HITs keep it."""
    hit = account.hits[hit_id]
    hit["Expiration"] = now
    pending = hit["NumberOfAssignmentsPending"] > 0
    hit["HITStatus"] = "Unassignable" if pending else "Reviewable"


def dispose(account: Account, hit_id: str) -> None:
    """Take a HIT out of every listing and delete its uploaded files.

    Whether it still answers to its id is the fake's `answers_by_id`.
    """
    account.hits[hit_id]["HITStatus"] = "Disposed"
    held = {each["AssignmentId"] for each in account.assignments.get(hit_id, [])}
    for key in [each for each in account.uploads if each[0] in held]:
        del account.uploads[key]
