"""Submissions as a researcher sees and moves them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tests.fakes.prolific import motion
from tests.fakes.prolific.account import Account, Record, Submission, written
from tests.fakes.prolific.codes import actions_of
from tests.fakes.prolific.paging import by_page
from tests.fakes.prolific.wire import Answer, Ask, Handler, Refusal, invalid, missing, not_enabled

MOST_APPROVALS = 1000
LEAST_REASON = 100
"""Letters that a rejection's message must have."""
CATEGORIES = frozenset(
    {
        *("TOO_QUICKLY", "TOO_SLOWLY", "FAILED_INSTRUCTIONS", "INCOMP_LONGITUDINAL"),
        *("FAILED_CHECK", "LOW_EFFORT", "MALINGERING", "NO_CODE", "BAD_CODE", "NO_DATA"),
        *("UNSUPP_DEVICE", "OTHER"),
    }
)
STATUSES = (
    *("RESERVED", "ACTIVE", "TIMED-OUT", "AWAITING REVIEW", "APPROVED", "PARTIALLY APPROVED"),
    *("RETURNED", "REJECTED", "SCREENED OUT"),
)


class _Move(NamedTuple):
    from_status: frozenset[str]
    make: Callable[[Submission, Record], None]
    after: frozenset[str]


class Submissions:
    """The endpoints below `/submissions/`, but for bonuses."""

    def __init__(self, account: Account) -> None:
        self._account = account
        awaiting, at_work = ("AWAITING REVIEW",), ("ACTIVE",)
        self._moves = {
            "APPROVE": _move(self._approve, awaiting, "APPROVED"),
            "REJECT": _move(self._reject, awaiting, "REJECTED"),
            "COMPLETE": _move(self._complete, at_work, "AWAITING REVIEW", "APPROVED"),
            "RETURN": _move(self._give_back, (*at_work, *awaiting), "RETURNED"),
            "START": _move(self._start, ("RESERVED",), "ACTIVE"),
            "SCREEN_OUT": _move(self._screen_out, awaiting, "SCREENED OUT"),
            "UNREJECT": _move(self._review_again, ("REJECTED",), "AWAITING REVIEW"),
            "UNRETURN": _move(self._review_again, ("RETURNED",), "AWAITING REVIEW"),
        }

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "GET /submissions/": self._listed,
            "GET /studies/{id}/submissions/": self._of_study,
            "GET /studies/{id}/submissions/counts/": self._counts,
            "GET /submissions/{id}/": lambda ask: Answer(self.shown(self._found(ask.ids["id"]))),
            "POST /submissions/{id}/transition/": self._transition,
            "POST /submissions/bulk-approve/": self._bulk_approve,
            "POST /submissions/{id}/request-return/": self._request_return,
        }

    def _listed(self, ask: Ask) -> Answer:
        if "study" not in ask.query:
            raise invalid(study="This field is required.")
        self._study(ask.query["study"])
        return self._page(ask, ask.query["study"], "/api/v1/submissions/")

    def _of_study(self, ask: Ask) -> Answer:
        study_id = self._study(ask.ids["id"])
        return self._page(ask, study_id, f"/api/v1/studies/{study_id}/submissions/")

    def _counts(self, ask: Ask) -> Answer:
        every = self._account.submissions_of(self._study(ask.ids["id"]))
        held = Counter(motion.seen(each) for each in every)
        return Answer({each: held[each] for each in STATUSES} | {"TOTAL": len(every)})

    def _transition(self, ask: Ask) -> Answer:
        submission = self._found(ask.ids["id"])
        move = self._moves.get(str(ask.body.get("action")))
        if move is None:
            raise invalid(action=f"{ask.body.get('action')} is not a valid choice.")
        status = motion.seen(submission)
        if status in move.from_status:
            move.make(submission, ask.body)
            self._settle(submission)
        elif status not in move.after:
            raise Refusal(400, f"A submission that is {status} cannot {ask.body['action']}.")
        return Answer(self.shown(submission))

    def _bulk_approve(self, ask: Ask) -> Answer:
        """All or none: the ids are looked at first."""
        wanted = self._wanted(ask.body or {})
        if len(wanted) > MOST_APPROVALS:
            raise Refusal(400, f"At most {MOST_APPROVALS} submissions can be approved at once.")
        for each in wanted:
            if motion.seen(each) not in {"AWAITING REVIEW", "APPROVED"}:
                raise Refusal(400, f"Submission {each.id} is {motion.seen(each)}.")
        for each in wanted:
            motion.approve(self._account, each)
        return Answer("The request to bulk approve has been made successfully.")

    def _request_return(self, ask: Ask) -> Answer:
        submission = self._found(ask.ids["id"])
        if not ask.body.get("request_return_reasons"):
            raise invalid(request_return_reasons="This field is required.")
        submission.return_requested = self._account.clock.text()
        return Answer(
            {
                "id": submission.id,
                "status": motion.seen(submission),
                "participant": submission.participant_id,
                "return_requested": submission.return_requested,
            }
        )

    def shown(self, submission: Submission) -> Record:
        """A submission by itself: its participant is `participant`."""
        record = self._times(submission) | {
            "participant": submission.participant_id,
            "study_id": submission.study_id,
            "entered_code": None if submission.unseen else submission.entered_code,
            "bonus_payments": _come(submission),
        }
        submission.unseen = max(0, submission.unseen - 1)
        return record

    def _short(self, submission: Submission) -> Record:
        """A submission in a list: `participant_id`, and the reward in hundredths of a cent."""
        study = self._account.studies[submission.study_id]
        siblings = len(self._account.submissions_of(study.id)) > 1
        record = self._times(submission) | {
            "participant_id": submission.participant_id,
            "study_code": None if submission.unseen else submission.entered_code,
            "has_siblings": siblings,
            "reward": study.reward * 100,
        }
        submission.unseen = max(0, submission.unseen - 1)
        return record

    def _times(self, submission: Submission) -> Record:
        ended = None if submission.unseen else submission.completed_at
        return {
            "id": submission.id,
            "status": motion.seen(submission),
            "started_at": written(submission.started_at or submission.reserved_at),
            "completed_at": written(ended) if ended else None,
            "return_requested": submission.return_requested,
        }

    def _page(self, ask: Ask, study_id: str, path: str) -> Answer:
        status = ask.query.get("status", "").upper().replace("_", " ")
        every = [
            each
            for each in self._account.submissions_of(study_id)
            if status in {"", motion.seen(each)} and _within(each, ask.query)
        ]
        if ask.query.get("ordering", "").startswith("-"):
            every.reverse()
        page = by_page(ask, path, [{"id": each.id} for each in every])
        shown = [self._short(self._account.submissions[each["id"]]) for each in _results(page)]
        assert isinstance(page.body, dict)
        return Answer(page.body | {"results": shown})

    def _study(self, study_id: str) -> str:
        if study_id not in self._account.studies:
            raise missing("Study")
        return study_id

    def _found(self, submission_id: str) -> Submission:
        submission = self._account.submissions.get(submission_id)
        if submission is None:
            raise missing("Submission")
        return submission

    def _wanted(self, body: Record) -> list[Submission]:
        if "submission_ids" in body:
            return [self._found(each) for each in body["submission_ids"]]
        if not {"study_id", "participant_ids"} <= body.keys():
            raise Refusal(400, "Give submission_ids, or study_id and participant_ids.")
        every = self._account.submissions_of(self._study(body["study_id"]))
        return [each for each in every if each.participant_id in body["participant_ids"]]

    def _settle(self, submission: Submission) -> None:
        motion.settle(self._account, self._account.studies[submission.study_id])

    def _approve(self, submission: Submission, _: Record) -> None:
        motion.approve(self._account, submission)

    def _reject(self, submission: Submission, body: Record) -> None:
        if len(body.get("message") or "") < LEAST_REASON:
            raise invalid(message=f"At least {LEAST_REASON} characters are required.")
        if body.get("rejection_category") not in CATEGORIES:
            raise invalid(rejection_category="This is not a valid choice.")
        rejected = sum(each.status == "REJECTED" for each in self._account.submissions.values())
        limit = self._account.rejection_limit
        if limit is not None and rejected >= limit:
            raise Refusal(400, "You have reached your rejection limit.")
        submission.status = "REJECTED"

    def _complete(self, submission: Submission, body: Record) -> None:
        study = self._account.studies[submission.study_id]
        codes = {each["code"]: each for each in study.fields["completion_codes"]}
        code = codes.get(body.get("completion_code"))
        if code is None:
            raise invalid(completion_code="It is none of the study's codes.")
        submission.status = "AWAITING REVIEW"
        submission.completed_at = self._account.clock.now
        submission.entered_code = code["code"]
        if "DYNAMIC_PAYMENT" in actions_of(code):
            self._pay_a_part(submission, body)
        else:
            motion.carry_out(self._account, submission, code)

    def _pay_a_part(self, submission: Submission, body: Record) -> None:
        study = self._account.studies[submission.study_id]
        part = (body.get("completion_code_data") or {}).get("percentage_of_reward")
        if not isinstance(part, int) or not 8 <= part <= 99:
            raise invalid(completion_code_data="percentage_of_reward is between 8 and 99.")
        submission.status = "PARTIALLY APPROVED"
        amount = study.reward * part // 100
        self._account.pay(study.workspace_id, "reward", submission.id, amount)

    def _give_back(self, submission: Submission, _: Record) -> None:
        motion.give_back(self._account, submission)

    def _start(self, submission: Submission, _: Record) -> None:
        motion.begin(self._account, submission)

    def _screen_out(self, submission: Submission, _: Record) -> None:
        codes = self._account.studies[submission.study_id].fields["completion_codes"]
        for each in codes:
            if action := actions_of(each).get("FIXED_SCREEN_OUT_PAYMENT"):
                motion.screen_out(self._account, submission, action)
                return
        raise not_enabled("screen out")

    def _review_again(self, submission: Submission, _: Record) -> None:
        submission.status = "AWAITING REVIEW"


def _come(submission: Submission) -> list[int]:
    """The bonuses that a read shows: Prolific pays minutes after it has said that it will."""
    some, reads = submission.coming
    submission.coming = (some, reads - 1) if reads else (0, 0)
    return submission.bonus_payments[: len(submission.bonus_payments) - (some if reads else 0)]


def _move(
    make: Callable[[Submission, Record], None], from_status: tuple[str, ...], *after: str
) -> _Move:
    return _Move(frozenset(from_status), make, frozenset(after))


def _results(page: Answer) -> list[Record]:
    assert isinstance(page.body, dict)
    results: list[Record] = page.body["results"]
    return results


def _within(submission: Submission, query: dict[str, str]) -> bool:
    """Dates are DD/MM/YYYY."""
    for name in ("submitted_from", "submitted_before"):
        if name not in query:
            continue
        try:
            day = datetime.strptime(f"{query[name]} +0000", "%d/%m/%Y %z").date()
        except ValueError:
            raise invalid(**{name: "Enter a date as DD/MM/YYYY."}) from None
        ended = submission.completed_at
        if ended is None or (ended.date() < day) == (name == "submitted_from"):
            return False
    return True
