"""Bonuses: set up in major units, answered in cents, and paid each time that it is asked."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tests.fakes.prolific.account import Account, Bonuses, Submission
from tests.fakes.prolific.wire import Answer, Ask, Handler, Refusal, invalid, missing

MOST = 200
"""Bonuses in one set."""


class BonusPayments:
    """The two endpoints; nothing of a set can be read again but `bonus_payments` of submissions."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "POST /submissions/bonus-payments/": self._create,
            "POST /bulk-bonus-payments/{id}/pay/": self._pay,
        }

    def _create(self, ask: Ask) -> Answer:
        body = ask.body or {}
        study = self._account.studies.get(body.get("study_id", ""))
        if study is None:
            raise missing("Study")
        lines = [each for each in str(body.get("csv_bonuses") or "").splitlines() if each.strip()]
        if not lines:
            raise invalid(csv_bonuses="This field may not be blank.")
        if len(lines) > MOST:
            raise invalid(csv_bonuses=f"At most {MOST} bonuses can be set up at once.")
        bonuses = Bonuses(self._account.new_id("bonus"), study.id, self._read(study.id, lines))
        self._account.bonuses[bonuses.id] = bonuses
        workspace = self._account.workspaces[study.workspace_id]
        fees, vat = self._account.fees_of(workspace, bonuses.amount)
        return Answer(
            {
                "id": bonuses.id,
                "study": study.id,
                "amount": bonuses.amount,
                "fees": fees,
                "vat": vat,
                "total_amount": bonuses.amount + fees + vat,
            },
            201,
        )

    def _pay(self, ask: Ask) -> Answer:
        """Pay all of them, again if they were paid: Prolific does not look."""
        bonuses = self._account.bonuses.get(ask.ids["id"])
        if bonuses is None:
            raise missing("Bonus payment")
        study = self._account.studies[bonuses.study_id]
        workspace = self._account.workspaces[study.workspace_id]
        if self._account.cost(workspace, bonuses.amount) > self._account.available(workspace.id):
            raise Refusal(400, "You have insufficient funds to pay these bonuses.")
        bonuses.times_paid += 1
        for submission_id, cents in bonuses.lines:
            submission = self._account.submissions[submission_id]
            submission.bonus_payments.append(cents)
            submission.coming = (submission.coming[0] + 1, self._account.bonus_reads)
            self._account.pay(workspace.id, "bonus", submission_id, cents)
        return Answer("The request to pay bonuses has been made successfully.", 202)

    def _read(self, study_id: str, lines: list[str]) -> list[tuple[str, int]]:
        given = self._account.submissions_of(study_id)
        read, strangers = [], []
        for line in lines:
            name, _, amount = line.partition(",")
            submission = _named(given, name.strip())
            if submission is None:
                strangers.append(name.strip())
            else:
                read.append((submission.id, _cents(line, amount)))
        if strangers:
            message = f"These did not take part in the study: {', '.join(strangers)}"
            raise Refusal(400, message)
        return read


def _named(given: list[Submission], name: str) -> Submission | None:
    """The submission of that id, or the participant's latest."""
    return next((each for each in reversed(given) if name in {each.id, each.participant_id}), None)


def _cents(line: str, amount: str) -> int:
    """A decimal amount of pounds or dollars in cents: 1.50 is 150, and 30 is 3000."""
    try:
        value = Decimal(amount.strip())
    except InvalidOperation:
        raise invalid(csv_bonuses=f"This is no id and amount: {line}") from None
    if not value.is_finite() or value <= 0 or value != value.quantize(Decimal("0.01")):
        raise invalid(csv_bonuses=f"This is no amount with two places: {line}")
    return int(value * 100)
