"""Replies of ListReviewPolicyResultsForHIT.

Keys, scores and actions: MTurk developer guide, Assignment Review Policies and HIT Review Policies,
and the sample reply of GetReviewResultsForHIT. Replies name a policy but not its parameters.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from mturk_exodus.demo.answers import value_of
from mturk_exodus.demo.question_forms import KNOWN_ANSWERS, POLICY_QUESTIONS
from mturk_exodus.demo.wire import SECOND, epoch, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from mturk_exodus.demo.account import WireRecord
    from mturk_exodus.demo.work import Work

SCORE_KNOWN = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
AGREED_ABOVE = 80


class Subject(NamedTuple):
    """What a result or an action is about, and the action that it belongs to."""

    action: str
    subject_id: str
    kind: str


def review(
    rng: Random, hit: WireRecord, works: Sequence[Work], policies: Sequence[str]
) -> WireRecord:
    """The reply for one HIT, without HITId and NextToken.

    Args:
        rng: the account's.
        hit: the HIT.
        works: its assignments with the answers they hold.
        policies: "assignment", "hit" or both.
    """
    reply: WireRecord = {}
    if "assignment" in policies:
        reply["AssignmentReviewPolicy"] = {"PolicyName": SCORE_KNOWN}
    if "hit" in policies:
        reply["HITReviewPolicy"] = {"PolicyName": PLURALITY}
    if works and "assignment" in policies:
        reply["AssignmentReviewReport"] = _known_answers(rng, works)
    if works and "hit" in policies:
        reply["HITReviewReport"] = _plurality(rng, hit, works)
    return reply


def _known_answers(rng: Random, works: Sequence[Work]) -> WireRecord:
    results, actions = [], []
    for work in works:
        subject = _about(rng, work)
        right = 0
        for question, known in KNOWN_ANSWERS.items():
            correct = _answer(work, question) == known
            right += correct
            results.append(_result(subject, "KnownAnswerCorrect", int(correct), question))
        results.append(_result(subject, "KnownAnswerScore", 100 * right // len(KNOWN_ANSWERS)))
        said = f"Reviewed {len(KNOWN_ANSWERS)} known answers; {right}/{len(KNOWN_ANSWERS)} correct"
        actions.append(_action(subject, "review", "Succeeded", work.submitted, said))
        actions.append(_decision(rng, work, work.submitted, right=bool(right)))
    return {"ReviewResults": results, "ReviewActions": actions}


def _decision(rng: Random, work: Work, done: int, *, right: bool) -> WireRecord:
    """Approve or reject; it fails at `done` where a person had decided otherwise."""
    subject = _about(rng, work)
    name, wanted = ("approve", "Approved") if right else ("reject", "Rejected")
    if work.record["AssignmentStatus"] == wanted:
        decided = work.record["ApprovalTime" if right else "RejectionTime"]
        return _action(subject, name, "Succeeded", round(decided * SECOND), wanted)
    said = "Assignment was in an invalid state for this operation."
    failed = _action(subject, name, "Failed", done, said)
    return {**failed, "ErrorCode": "AWS.MechanicalTurk.InvalidAssignmentState"}


def _plurality(rng: Random, hit: WireRecord, works: Sequence[Work]) -> WireRecord:
    results, agreed = [], 0
    hit_subject = Subject(new_id(rng), hit["HITId"], "HIT")
    for question in POLICY_QUESTIONS:
        answers = [_answer(work, question) for work in works]
        plurality, votes = Counter(answers).most_common(1)[0]
        level = 100 * votes // len(works)
        agreed += level > AGREED_ABOVE
        for work, answer in zip(works, answers, strict=True):
            subject = _about(rng, work)
            same = int(answer == plurality)
            results.append(_result(subject, "AgreedWithPlurality", same, question))
        results.append(_result(hit_subject, "PluralityAnswer", plurality, question))
        results.append(_result(hit_subject, "PluralityLevel", level, question))
    reviewable = max(work.submitted for work in works)
    actions = [_decision(rng, work, reviewable, right=True) for work in works]
    return {"ReviewResults": results, "ReviewActions": actions + _extension(rng, hit, agreed)}


def _extension(rng: Random, hit: WireRecord, agreed: int) -> list[WireRecord]:
    """Disagreement asks for one more worker, which an expired or reviewed HIT does not get."""
    subject = Subject(new_id(rng), hit["HITId"], "HIT")
    if agreed == len(POLICY_QUESTIONS):
        return []
    if hit["HITStatus"] == "Reviewing":
        return [_action(subject, "extend", "Intended", None, None)]
    said = "The HIT already has its maximum of assignments."
    return [_action(subject, "extend", "Cancelled", int(hit["Expiration"]) * SECOND, said)]


def _about(rng: Random, work: Work) -> Subject:
    return Subject(new_id(rng), work.record["AssignmentId"], "Assignment")


def _answer(work: Work, question: str) -> str:
    return next((value_of(one) for one in work.given if one.name == question), "")


def _result(subject: Subject, key: str, value: object, question: str | None = None) -> WireRecord:
    record: dict[str, Any] = {
        "ActionId": subject.action,
        "SubjectId": subject.subject_id,
        "SubjectType": subject.kind,
    }
    if question is not None:
        record["QuestionId"] = question
    return {**record, "Key": key, "Value": str(value)}


def _action(
    subject: Subject, name: str, status: str, done: int | None, said: str | None
) -> WireRecord:
    record: dict[str, Any] = {
        "ActionId": subject.action,
        "ActionName": name,
        "TargetId": subject.subject_id,
        "TargetType": subject.kind,
        "Status": status,
    }
    if done is not None:
        record["CompleteTime"] = epoch(done)
    return record if said is None else {**record, "Result": said}
