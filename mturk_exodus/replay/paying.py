"""Bonuses are paid once: set up, compared to the cent, written down, sent, and never sent again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice

from mturk_exodus.archive.payments import Line, Payment, Payments, Unknown, amounts
from mturk_exodus.errors import (
    OutcomeUnknown,
    SumDiffers,
    TargetError,
    TargetNotUnderstood,
    TargetRefused,
    TargetRejected,
    TargetUnavailable,
)
from mturk_exodus.replay.offers import Money, Paying, SetUp
from mturk_exodus.replay.sending import Sleep
from mturk_exodus.values import from_iso, iso

_CENT = Decimal("0.01")
_LOOKS = (0.0, 5.0, 20.0)
"""Seconds before each look for what was paid, where no answer came."""

_SURE_AFTER = timedelta(minutes=15)
"""A target shows within minutes what it has taken; before that nobody can say that it has not."""

_NOT_PAID = (TargetRejected, TargetRefused, TargetUnavailable)


@dataclass(frozen=True)
class Ready:
    """Bonuses that are set up at a target as they should be.

    Attributes:
        lines: what it is set up from.
        received_before: the bonuses that each recipient had got until then, or would get.
        shown_before: those of them that the target showed.
    """

    set_up: SetUp
    lines: Sequence[Line]
    received_before: Mapping[str, tuple[Decimal, ...]]
    shown_before: Mapping[str, tuple[Decimal, ...]]


@dataclass(frozen=True)
class Left:
    """A payment that nobody knows the outcome of.

    Attributes:
        seen: how many of its recipients the target shows the bonus for.
    """

    unknown: Unknown
    seen: int

    @property
    def recipients(self) -> int:
        """How many it was for."""
        return len(self.unknown.payment.received_before)


@dataclass(frozen=True)
class Cleared:
    """A payment whose outcome has become known.

    Attributes:
        was_paid: what it is.
    """

    unknown: Unknown
    was_paid: bool


def set_up(
    adapter: Paying,
    offer_id: str,
    lines: Sequence[Line],
    received: Mapping[str, tuple[Decimal, ...]],
    shown: Mapping[str, tuple[Decimal, ...]],
) -> list[Ready]:
    """Make a target ready to pay, and see to it that it would pay what it was told. Nothing is
    paid, whatever happens here.

    Args:
        adapter: of the target.
        offer_id: what the bonuses are for.
        lines: the bonuses.
        received: those that each recipient has got until now, or will get.
        shown: those of them that the target shows.

    Raises:
        SumDiffers: it would pay another sum.
        TargetError: as Pays.set_up.
    """
    ready = []
    for some in _parts(lines, adapter.most_at_once):
        found = _set_up(adapter, offer_id, some)
        recipients = amounts(some)
        before, there = ({one: of.get(one, ()) for one in recipients} for of in (received, shown))
        ready.append(Ready(found, some, before, there))
    return ready


class Cashier:
    """Pays what is ready, and finds out what came of it.

    Args:
        adapter: of the target.
        book: keeps what is about to be paid.
        sleep: waits, in seconds, between two looks for an unknown outcome.
        now: the time.
        again: whether what was paid before is paid once more; to be told who runs that again.

    Attributes:
        cleared: the earlier payments whose outcome has become known here.
    """

    def __init__(
        self,
        adapter: Paying,
        book: Payments,
        sleep: Sleep = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
        *,
        again: bool = False,
    ) -> None:
        self._adapter = adapter
        self._book = book
        self._sleep = sleep
        self._now = now
        self._again = again
        self.cleared: list[Cleared] = []

    def settle(self) -> list[Left]:
        """Look for the payments whose outcome is unknown; those whose outcome stays so."""
        left = []
        for one in self._book.unknown():
            seen = self._seen(one.payment)
            if len(seen) == len(one.payment.received_before):
                self._clear(one, "paid", "the submissions show it")
            else:
                left.append(Left(one, len(seen)))
        return left

    def give_up(self, payment_id: int) -> None:
        """Write down that an unknown payment was not paid, because a person says so.

        Raises:
            OutcomeUnknown: the target shows some of it, or may come to show it yet.
            TargetRejected: there is no such payment, or its outcome is known.
        """
        unknown = self._unknown(payment_id)
        self._refuse_too_soon(unknown)
        if self._seen(unknown.payment):
            raise OutcomeUnknown(
                f"{self._adapter.title} shows some of payment {payment_id}, so it was paid, or is"
                " being paid; run it again later, without --not-paid"
            )
        self._clear(unknown, "not paid", "a person has looked, and says so")

    def believe(self, payment_id: int) -> None:
        """Write down that an unknown payment was paid, because a person says so: who has left the
        target since may never be shown to have got anything.

        Raises:
            TargetRejected: as give_up.
        """
        self._clear(self._unknown(payment_id), "paid", "a person has looked, and says so")

    def pay(self, offer_id: str, ready: Ready) -> int:
        """Pay what is set up; the payment's number.

        Raises:
            OutcomeUnknown: it may be paid. It is never sent again; `settle` finds it.
            TargetRejected: somebody has paid since it was set up; nothing is paid.
            TargetError: nothing is paid.
        """
        payment = _payment(offer_id, ready)
        if self._book.knows(payment.set_up_id):
            raise TargetNotUnderstood(
                f"{self._adapter.title} gives for these bonuses what it has set up before; nothing"
                " was paid, since that may have been. Run it again"
            )
        self._refuse_changed(ready)
        payment_id = self._book.intend(payment)
        try:
            self._adapter.pay(payment.set_up_id)
        except _NOT_PAID as error:
            self._book.settle(payment_id, "not paid", str(error))
            raise
        except TargetError:
            self._find(payment_id, payment)
        else:
            self._book.settle(payment_id, "paid", "the target took it")
        return payment_id

    def _unknown(self, payment_id: int) -> Unknown:
        found = next((one for one in self._book.unknown() if one.payment_id == payment_id), None)
        if found is None:
            raise TargetRejected(f"there is no payment {payment_id} whose outcome is unknown")
        return found

    def _clear(self, unknown: Unknown, outcome: str, reason: str) -> None:
        self._book.settle(unknown.payment_id, outcome, reason)
        self.cleared.append(Cleared(unknown, outcome == "paid"))

    def _refuse_too_soon(self, unknown: Unknown) -> None:
        sent = from_iso(unknown.intended_at)
        if self._now() < sent + _SURE_AFTER:
            raise OutcomeUnknown(
                f"payment {unknown.payment_id} was sent at {unknown.intended_at}, and it takes"
                f" minutes until {self._adapter.title} shows what it has taken; that it was not"
                f" paid can be said from {iso(sent + _SURE_AFTER)} on"
            )

    def _refuse_changed(self, ready: Ready) -> None:
        """Nobody has said yes to a second bonus for whom somebody has paid since."""
        before = ready.shown_before
        now = self._adapter.received(list(before))
        changed = [
            one for one, some in before.items() if Counter(now.get(one, ())) != Counter(some)
        ]
        if changed:
            raise TargetRejected(
                f"{self._adapter.title} shows other bonuses for {len(changed):,} of these"
                f" {len(before):,} submissions than before: somebody has paid meanwhile, or an"
                " earlier payment has only come to show. Nothing more was paid; run it again"
            )

    def _find(self, payment_id: int, payment: Payment) -> None:
        """No answer came, or none that says whether it is paid."""
        for seconds in _LOOKS:
            self._sleep(seconds)
            # Whatever goes wrong in looking says nothing of whether it is paid.
            with suppress(TargetError):
                if len(self._seen(payment)) == len(payment.received_before):
                    self._book.settle(payment_id, "paid", "the submissions show it")
                    return
        raise OutcomeUnknown(
            f"no answer came, so nobody knows yet whether payment {payment_id} of"
            f" {Money(payment.total, payment.currency)} was made; it is not sent again. Run the"
            f" same command in some minutes{', without --again' if self._again else ''}: it looks"
            " first"
        )

    def _seen(self, payment: Payment) -> list[str]:
        """The recipients who have got theirs."""
        now = self._adapter.received(list(payment.received_before))
        return [
            recipient
            for recipient, amount in amounts(payment.lines).items()
            if _has_come(amount, payment.received_before[recipient], now.get(recipient, ()))
        ]


def _has_come(amount: Decimal, before: Sequence[Decimal], now: Sequence[Decimal]) -> bool:
    return Counter(now)[amount] > Counter(before)[amount]


def _set_up(adapter: Paying, offer_id: str, lines: Sequence[Line]) -> SetUp:
    wanted = amounts(lines)
    found = adapter.set_up(offer_id, wanted)
    ours = sum(wanted.values())
    theirs = Money(found.amount, found.currency)
    if found.amount != ours:
        raise SumDiffers(
            f"{adapter.title} would pay {theirs} to these people, and they should get {ours};"
            " nothing was paid"
        )
    is_sum = abs(found.total - (found.amount + found.fees + found.vat)) < _CENT
    if not is_sum or min(found.fees, found.vat) < 0:
        raise SumDiffers(
            f"{adapter.title} would take {Money(found.total, found.currency)}, which is not"
            " the bonuses with fees and VAT; nothing was paid"
        )
    return found


def _payment(offer_id: str, ready: Ready) -> Payment:
    one = ready.set_up
    sums = (one.amount, one.fees, one.vat, one.total)
    return Payment(
        offer_id, one.set_up_id, one.currency, *sums, ready.lines, dict(ready.received_before)
    )


def _parts(lines: Sequence[Line], most: int) -> Iterator[list[Line]]:
    """So many recipients at once; the lines of one stay together."""
    by_recipient: dict[str, list[Line]] = {}
    for one in lines:
        by_recipient.setdefault(one.recipient_id, []).append(one)
    left = iter(by_recipient.values())
    while some := list(islice(left, most)):
        yield [one for group in some for one in group]
