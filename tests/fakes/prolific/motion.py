"""How studies and submissions move from state to state, whoever moves them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.fakes.prolific.account import GIVEN_BACK, PAID, Account, Record, Study, Submission
from tests.fakes.prolific.codes import actions_of
from tests.fakes.prolific.rules import is_underpaying
from tests.fakes.prolific.wire import Refusal, invalid

RESERVED_FOR = timedelta(minutes=10)
REVIEW_WITHIN = timedelta(days=21)
OPEN = frozenset({"RESERVED", "ACTIVE"})
PUBLISHED = frozenset({"PUBLISHING", "ACTIVE", "PAUSED", "AWAITING REVIEW", "COMPLETED"})
NO_CODE = "NOCODE"
"""What a participant's code reads who had none."""
STUDY_MOVES = {
    "PUBLISH": frozenset({"UNPUBLISHED"}),
    "SCHEDULE_PUBLISH": frozenset({"UNPUBLISHED"}),
    "CANCEL_PUBLISH": frozenset({"SCHEDULED"}),
    "PAUSE": frozenset({"ACTIVE"}),
    "START": frozenset({"PAUSED", "AWAITING REVIEW"}),
    "STOP": frozenset({"ACTIVE", "PAUSED"}),
}
_AFTER = {
    "PUBLISH": "ACTIVE",
    "SCHEDULE_PUBLISH": "SCHEDULED",
    "CANCEL_PUBLISH": "UNPUBLISHED",
    "PAUSE": "PAUSED",
    "START": "ACTIVE",
    "STOP": "COMPLETED",
}


def move_study(account: Account, study: Study, action: object, publish_at: object) -> None:
    """Do what a transition asks for, or refuse it."""
    if not isinstance(action, str) or action not in STUDY_MOVES:
        raise invalid(action=f"{action} is not a valid choice.")
    if study.status not in STUDY_MOVES[action]:
        raise Refusal(400, f"A study that is {study.status} cannot {action}.")
    if action in {"PUBLISH", "SCHEDULE_PUBLISH"}:
        _may_publish(account, study)
    if action == "SCHEDULE_PUBLISH":
        study.publish_at = _moment(publish_at)
    if action == "START" and not free_places(account, study):
        raise Refusal(400, "The study has no free places.")
    if action == "PUBLISH":
        publish(account, study)
        return
    study.status = _AFTER[action]
    study.stopped = action == "STOP"
    settle(account, study)


def publish(account: Account, study: Study) -> None:
    """Open it to participants."""
    study.status = "ACTIVE"
    study.published_at = account.clock.now
    study.unseen = account.publish_reads


def _moment(text: object) -> datetime:
    """A time in ISO 8601 with its offset."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid(publish_at="Enter a date and time with its offset.")
    return moment.astimezone(timezone.utc)


def _may_publish(account: Account, study: Study) -> None:
    workspace = account.workspaces[study.workspace_id]
    if is_underpaying(study.fields, account.minimum[workspace.currency]):
        raise invalid(reward="The reward is below the minimum per hour.")
    if _is_one_too_many(account, study):
        raise Refusal(429, "You have published too many small studies. Consider Taskflow.")
    cost = account.cost(workspace, study.places * study.reward)
    if cost > account.available(workspace.id):
        raise Refusal(400, "You have insufficient funds to publish this study.")


def _is_one_too_many(account: Account, study: Study) -> bool:
    limit = account.publish_limit
    if limit is None or study.fields["access_details"]:
        return False
    every = account.studies.values()
    return (
        sum(bool(each.published_at and not each.fields["access_details"]) for each in every)
        >= limit
    )


def taken(account: Account, study: Study) -> int:
    """Places that nobody else may have, whatever became of them."""
    given = account.submissions_of(study.id)
    return sum(each.status not in GIVEN_BACK for each in given)


def free_places(account: Account, study: Study) -> int:
    """Places that are left."""
    return study.places - taken(account, study)


def settle(account: Account, study: Study) -> None:
    """A study is over once every place is filled and nobody is at work."""
    if study.status not in {"ACTIVE", "AWAITING REVIEW"}:
        return
    given = [each.status for each in account.submissions_of(study.id)]
    approved = sum(each in PAID - GIVEN_BACK for each in given)
    if approved >= study.places:
        study.status = "COMPLETED"
    elif approved + given.count("AWAITING REVIEW") >= study.places:
        study.status = "AWAITING REVIEW"


def begin(account: Account, submission: Submission) -> None:
    """The participant opens the study."""
    _needs(submission, "RESERVED")
    submission.status = "ACTIVE"
    submission.started_at = account.clock.now


def complete(account: Account, submission: Submission, code: str | None) -> None:
    """The participant is back with a code, or with none: what its actions say happens."""
    _needs(submission, "ACTIVE")
    study = account.studies[submission.study_id]
    submission.completed_at = account.clock.now
    submission.unseen = account.completion_reads
    known = next((each for each in _participants(study) if each["code"] == code), None)
    submission.entered_code = NO_CODE if code is None and known is None else code
    submission.status = "AWAITING REVIEW"
    if known is not None:
        carry_out(account, submission, known)
    settle(account, study)


def carry_out(account: Account, submission: Submission, code: Record) -> None:
    """The actions of a code that was entered."""
    actions = actions_of(code)
    for name, action in actions.items():
        if name.endswith("_PARTICIPANT_GROUP"):
            members = account.groups[action["participant_group"]].members
            if name.startswith("ADD"):
                members.setdefault(submission.participant_id, account.clock.text())
            else:
                members.pop(submission.participant_id, None)
    if "REQUEST_RETURN" in actions:
        submission.return_requested = account.clock.text()
    if "FIXED_SCREEN_OUT_PAYMENT" in actions:
        screen_out(account, submission, actions["FIXED_SCREEN_OUT_PAYMENT"])
    elif "AUTOMATICALLY_APPROVE" in actions and not _too_fast(account, submission):
        approve(account, submission)


def screen_out(account: Account, submission: Submission, action: Record) -> None:
    """Pay what a screen out is worth, and give the place to another."""
    study = account.studies[submission.study_id]
    submission.status = "SCREENED OUT"
    reward = action["fixed_screen_out_reward"]
    account.pay(study.workspace_id, "reward", submission.id, reward)


def approve(account: Account, submission: Submission) -> None:
    """Pay the reward; nothing happens to what is approved already."""
    if submission.status == "APPROVED":
        return
    _needs(submission, "AWAITING REVIEW")
    study = account.studies[submission.study_id]
    submission.status = "APPROVED"
    account.pay(study.workspace_id, "reward", submission.id, study.reward)
    settle(account, study)


def give_back(account: Account, submission: Submission) -> None:
    """The participant, or the researcher for him, returns the place."""
    if submission.status not in OPEN | {"AWAITING REVIEW"}:
        raise Refusal(400, f"A submission that is {submission.status} cannot be returned.")
    submission.status = "RETURNED"
    settle(account, account.studies[submission.study_id])


def sweep(account: Account) -> None:
    """What time does: places lapse, reviews fall due, scheduled studies open."""
    for each in account.submissions.values():
        _lapse(account, each)
    for study in account.studies.values():
        opens = study.publish_at
        if study.status == "SCHEDULED" and opens is not None and opens <= account.clock.now:
            publish(account, study)


def _lapse(account: Account, submission: Submission) -> None:
    study, now = account.studies[submission.study_id], account.clock.now
    if submission.status == "RESERVED" and now - submission.reserved_at > RESERVED_FOR:
        submission.status = "TIMED-OUT"
    allowed = timedelta(minutes=study.fields["maximum_allowed_time"])
    began = submission.started_at
    if submission.status == "ACTIVE" and began is not None and now - began > allowed:
        submission.status = "TIMED-OUT"
    ended = submission.completed_at
    if submission.status == "AWAITING REVIEW" and ended and now - ended > REVIEW_WITHIN:
        approve(account, submission)


def _participants(study: Study) -> list[Record]:
    codes = study.fields["completion_codes"]
    return [each for each in codes if each.get("actor", "participant") == "participant"]


def _too_fast(account: Account, submission: Submission) -> bool:
    """With several submissions each, who takes less than half the estimate is reviewed."""
    fields = account.studies[submission.study_id].fields
    config = fields.get("submissions_config") or {}
    if config.get("max_submissions_per_participant", 1) == 1:
        return False
    began, ended = submission.started_at, submission.completed_at
    assert began is not None
    assert ended is not None
    return ended - began < timedelta(minutes=fields["estimated_completion_time"]) / 2


def _needs(submission: Submission, status: str) -> None:
    if submission.status != status or submission.unseen:
        raise Refusal(400, f"The submission is {seen(submission)}, not {status}.")


def seen(submission: Submission) -> str:
    """The status that a researcher is shown."""
    return "ACTIVE" if submission.unseen else submission.status
