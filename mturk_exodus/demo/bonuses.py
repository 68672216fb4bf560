"""Bonus payments on reviewed work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.demo.texts import BONUS_REASONS
from mturk_exodus.demo.wire import HOUR, SECOND, between, epoch, happens
from mturk_exodus.demo.work import SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from mturk_exodus.demo.account import WireRecord

AMOUNTS = ("0.05", "1.00", "12.5", "0.25", "2", "0.30")
USUAL_SHARE = 0.14
PAGE = 100
TWICE_EVERY = 9
REPEATED_EVERY = 31


def bonuses(rng: Random, reviewed: Sequence[WireRecord], *, generous: bool) -> list[WireRecord]:
    """Bonus payments of one HIT, in the order in which they were granted.

    Some assignments are paid twice, and some payments were sent twice in the same second.

    Args:
        rng: the account's.
        reviewed: its approved and rejected assignments.
        generous: pay more than a page of bonuses.
    """
    paid = [one for one in reviewed if happens(rng, USUAL_SHARE)]
    if generous:
        paid = list(reviewed[: PAGE + PAGE // 4])
    payments: list[WireRecord] = []
    for place, assignment in enumerate(paid, start=1):
        payment = _payment(rng, assignment)
        payments.append(payment)
        if place % TWICE_EVERY == 0:
            payments.append(_payment(rng, assignment))
        if place % REPEATED_EVERY == 0:
            payments.append(dict(payment))
    return sorted(payments, key=lambda one: float(one["GrantTime"]))


def _payment(rng: Random, assignment: WireRecord) -> WireRecord:
    decided = max(assignment.get("ApprovalTime", 0), assignment.get("RejectionTime", 0))
    first = int(decided * SECOND) + 1
    granted = between(rng, first, min(first + 6 * HOUR, SEEN))
    return {
        "WorkerId": assignment["WorkerId"],
        "BonusAmount": rng.choice(AMOUNTS),
        "AssignmentId": assignment["AssignmentId"],
        "Reason": rng.choice(BONUS_REASONS),
        "GrantTime": epoch(granted),
    }
