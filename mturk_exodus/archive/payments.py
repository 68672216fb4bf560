"""Payments: what a target is about to be told to pay, written down before, and what came of it.

A payment stands here before it is sent, and once: `payments` takes a target's set-up only one time,
so nothing that may have been paid can be sent again. What has no outcome may have happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import NamedTuple

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.forgotten import Forgotten
from mturk_exodus.archive.ledger import Replay
from mturk_exodus.records import iso

_FORGOTTEN = "forgotten:"


class Line(NamedTuple):
    """A bonus for somebody.

    Attributes:
        recipient_id: what the target calls the work that it is for.
        amount: in whole units of the payment's currency.
        reason: why; the target may not be told.
        assignment_id: of the archive, if it is for one.
    """

    recipient_id: str
    amount: Decimal
    reason: str = ""
    assignment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """What a target is told to pay in one piece. Amounts are in whole units of the currency.

    Attributes:
        offer_id: what it is for, as the target calls it.
        set_up_id: what the target calls it.
        amount: what the recipients get.
        fees: what the target takes.
        vat: the tax on that.
        total: all of it.
        lines: who gets what.
        received_before: what each recipient had got until then, by recipient.
    """

    offer_id: str
    set_up_id: str
    currency: str
    amount: Decimal
    fees: Decimal
    vat: Decimal
    total: Decimal
    lines: Sequence[Line]
    received_before: Mapping[str, tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A payment of which nobody knows whether it happened."""

    payment_id: int
    intended_at: str
    payment: Payment


class Payments:
    """The payments of one target, written to by one replay."""

    def __init__(self, archive: Archive, replay: Replay) -> None:
        self._archive = archive
        self._connection = archive.connection
        self._replay = replay
        # What stands here must outlast a power cut: it keeps money from being sent twice.
        self._connection.execute("pragma synchronous = full")

    def intend(self, payment: Payment) -> int:
        """Write down what is about to be paid; its number."""
        with self._archive.transaction():
            cursor = self._connection.execute(
                "insert into payments (replay_id, target_id, offer_id, set_up_id, currency, amount,"
                " fees, vat, total, intended_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    self._replay.replay_id,
                    self._replay.target_id,
                    payment.offer_id,
                    payment.set_up_id,
                    payment.currency,
                    *map(plain, (payment.amount, payment.fees, payment.vat, payment.total)),
                    _now(),
                ],
            )
            payment_id = cursor.lastrowid or 0
            self._connection.executemany(
                "insert into payment_lines (payment_id, recipient_id, line, assignment_id, amount,"
                " reason, received_before) values (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        payment_id,
                        one.recipient_id,
                        number,
                        one.assignment_id,
                        plain(one.amount),
                        one.reason,
                        json.dumps([plain(each) for each in _before(payment, one)]),
                    )
                    for number, one in enumerate(payment.lines)
                ),
            )
        return payment_id

    def knows(self, set_up_id: str) -> bool:
        """Whether a set-up was about to be paid before, whatever came of it."""
        row = self._connection.execute(
            "select 1 from payments where target_id = ? and set_up_id = ?",
            [self._replay.target_id, set_up_id],
        ).fetchone()
        return row is not None

    def settle(self, payment_id: int, outcome: str, reason: str) -> None:
        """Write down what came of it: paid, not paid."""
        with self._archive.transaction():
            self._connection.execute(
                "insert into payment_outcomes values (?, ?, ?, ?)",
                [payment_id, outcome, reason, _now()],
            )

    def unknown(self) -> list[Unknown]:
        """Those of which nobody knows what came, the first one first."""
        rows = self._connection.execute(
            "select payment_id, intended_at, offer_id, set_up_id, currency, amount, fees, vat,"
            " total from payments where target_id = ?"
            " and payment_id not in (select payment_id from payment_outcomes) order by payment_id",
            [self._replay.target_id],
        ).fetchall()
        return [self._unknown(*row) for row in rows]

    def paid(self, offer_id: str, wanted: Iterable[Line] = ()) -> Iterator[tuple[int, Line]]:
        """All that was paid for something, with the number of the payment.

        To whom of those who were forgotten it was is known of the lines alone that are `wanted`.
        """
        named = _named_again(wanted, Forgotten(self._archive))
        rows = self._connection.execute(
            "select payment_id, recipient_id, payment_lines.amount, payment_lines.reason,"
            " assignment_id"
            " from payments join payment_outcomes using (payment_id)"
            " join payment_lines using (payment_id)"
            " where target_id = ? and offer_id = ? and outcome = 'paid'"
            " order by payment_id, line",
            [self._replay.target_id, offer_id],
        )
        for payment_id, recipient_id, amount, reason, assignment_id in rows:
            line = Line(recipient_id, Decimal(amount), reason, assignment_id)
            yield payment_id, named(line)

    def granted(self, currency: str) -> Iterator[tuple[int, str, dict[str, str]]]:
        """What was paid for assignments in a currency, in MTurk's members, payment by payment:
        with the payment's number and what it was for. Who did the work of an assignment that the
        archive does not hold is not known, so that is left out.
        """
        rows = self._connection.execute(
            "select payment_id, offer_id, intended_at, worker_id, assignment_id,"
            " payment_lines.amount, payment_lines.reason"
            " from payments join payment_outcomes using (payment_id)"
            " join payment_lines using (payment_id) join assignments using (assignment_id)"
            " where target_id = ? and currency = ? and outcome = 'paid'"
            " order by payment_id, line",
            [self._replay.target_id, currency],
        )
        for payment_id, offer_id, at, worker_id, assignment_id, amount, reason in rows:
            said = {
                "WorkerId": worker_id,
                "BonusAmount": amount,
                "AssignmentId": assignment_id,
                "Reason": reason,
                "GrantTime": at,
            }
            yield payment_id, offer_id, {name: value for name, value in said.items() if value}

    def _unknown(
        self,
        payment_id: int,
        intended_at: str,
        offer_id: str,
        set_up_id: str,
        currency: str,
        *sums: str,
    ) -> Unknown:
        rows = self._connection.execute(
            "select recipient_id, amount, reason, assignment_id, received_before"
            " from payment_lines where payment_id = ? order by line",
            [payment_id],
        ).fetchall()
        lines = [Line(one, Decimal(amount), why, of) for one, amount, why, of, _ in rows]
        received = {row[0]: tuple(map(Decimal, json.loads(row[-1]))) for row in rows}
        amount, fees, vat, total = map(Decimal, sums)
        payment = Payment(offer_id, set_up_id, currency, amount, fees, vat, total, lines, received)
        return Unknown(payment_id, intended_at, payment)


def amounts(lines: Iterable[Line]) -> dict[str, Decimal]:
    """What each recipient gets in all: what was done in one visit may be several assignments."""
    found: dict[str, Decimal] = {}
    for one in lines:
        found[one.recipient_id] = found.get(one.recipient_id, Decimal(0)) + one.amount
    return found


def unnamed(line: Line, forgotten: Forgotten, *, is_theirs: bool = True) -> Line:
    """What stays of a line that somebody who is forgotten gets, or is named in: the amount, and
    digests by which the same line is known again, so that it is not paid twice.

    The assignment is in none: it is removed with the person, and a line that names the submission
    is then read without it.
    """
    said = json.dumps([line.recipient_id, plain(line.amount), line.reason])
    without = line._replace(reason=f"{_FORGOTTEN}{forgotten.digest(said)}")
    if not is_theirs:
        return without
    recipient = f"{_FORGOTTEN}{forgotten.digest(line.recipient_id)}"
    return without._replace(recipient_id=recipient, assignment_id=None)


def plain(amount: Decimal) -> str:
    """An amount as text, without exponent, with two places at least."""
    places = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{places}f}"


def _named_again(wanted: Iterable[Line], forgotten: Forgotten) -> Callable[[Line], Line]:
    """Gives lines without a name or a reason theirs back, as far as somebody names them."""
    reasons: dict[str, str] = {}
    recipients: dict[str, str] = {}
    for one in wanted if forgotten else ():
        without = unnamed(one, forgotten)
        reasons[without.reason] = one.reason
        recipients[without.recipient_id] = one.recipient_id

    def named(line: Line) -> Line:
        return line._replace(
            recipient_id=recipients.get(line.recipient_id, line.recipient_id),
            reason=reasons.get(line.reason, line.reason),
        )

    return named


def _before(payment: Payment, line: Line) -> Iterable[Decimal]:
    """What a line's recipient had got before."""
    return payment.received_before.get(line.recipient_id, ())


def _now() -> str:
    return iso(datetime.now(timezone.utc))
