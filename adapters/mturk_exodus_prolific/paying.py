"""Bonuses at Prolific: set up, and paid each time that it is told to.

The lines of a set-up are an id and an amount in whole units of the currency (`1.50`), without a
heading; what comes back is in cents (API reference, "Set up bonus payments"). Another page of
Prolific's says that the lines are in cents: whoever calls compares what comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from mturk_exodus import errors
from mturk_exodus.replay.offers import Money, Recipient, SetUp
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.publishing import in_units

MOST_AT_ONCE = 200
"""Bonuses in a set-up (API reference)."""


class Paying:
    """Pays from the wallet of a workspace."""

    def __init__(self, api: Api, workspace_id: str) -> None:
        self._api = api
        self._workspace_id = workspace_id

    def balance(self) -> Money:
        """What is not held for studies that are published."""
        found = self._api.balance(self._workspace_id)
        return in_units(found.available, found.currency)

    def recipients(self, study_id: str) -> Iterator[Recipient]:
        """Whoever has a submission, however it ended."""
        for one in self._api.submissions(study_id):
            yield Recipient(one.id, one.participant_id)

    def received(self, submission_ids: Sequence[str]) -> Mapping[str, tuple[Decimal, ...]]:
        """Only a submission that is asked for by itself says what was paid for it."""
        found: dict[str, tuple[Decimal, ...]] = {}
        for submission_id in submission_ids:
            one = self._api.submission(submission_id)
            cents = () if one is None else one.bonus_payments
            found[submission_id] = tuple(Decimal(each) / 100 for each in cents)
        return found

    def set_up(self, study_id: str, amounts: Mapping[str, Decimal]) -> SetUp:
        """At most 200 at once."""
        currency = self.balance().currency
        lines = [f"{one},{amount:.2f}" for one, amount in amounts.items()]
        found = self._api.set_up_bonuses(study_id, "\n".join(lines))
        if found.study_id != study_id:
            raise errors.TargetNotUnderstood("Prolific has set up bonuses for another study")
        sums = (found.amount, found.fees, found.vat, found.total)
        return SetUp(found.id, currency, *(Decimal(each) / 100 for each in sums))

    def pay(self, set_up_id: str) -> None:
        """Prolific takes it, and pays within minutes."""
        self._api.pay_bonuses(set_up_id)
