"""A file of bonuses, from its lines to what a target is ready to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.payments import Payments, amounts
from mturk_exodus.archive.sessions import Sessions
from mturk_exodus.errors import OutcomeUnknown, TargetRejected
from mturk_exodus.replay.bonus_file import Wanted
from mturk_exodus.replay.due import Due, due, with_those_to_come
from mturk_exodus.replay.offers import Money, Paying, Recipient
from mturk_exodus.replay.paying import Cashier, Cleared, Left, Ready, set_up
from mturk_exodus.replay.recipients import addressed

_AT_ONCE = 10

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Prepared:
    """What can be paid now.

    Attributes:
        due: the lines of the file that are.
        ready: these, as the target would pay them; none if nothing is due.
    """

    due: Due
    ready: Sequence[Ready]

    @property
    def cost(self) -> Money | None:
        """What would leave the balance; None if nothing is due."""
        if not self.ready:
            return None
        total = sum((one.set_up.total for one in self.ready), Decimal(0))
        return Money(total, self.ready[0].set_up.currency)


def prepare(
    archive: Archive,
    adapter: Paying,
    book: Payments,
    offer_id: str,
    wanted: Sequence[Wanted],
    *,
    again: bool,
    progress: Progress = lambda _: None,
) -> Prepared:
    """Find out whom a file's bonuses are for and which are due, and set those up.

    Args:
        archive: knows who worked on what.
        adapter: of the target.
        book: what was paid there.
        offer_id: what they are for.
        wanted: from the file.
        again: whether what was paid before is due once more.
        progress: is told how many more submissions were read.

    Raises:
        BonusesUnreadable: a line is for nobody there.
        SumDiffers: the target would pay another sum.
        TargetError: as Pays. Nothing is paid.
    """
    sessions = Sessions(archive, adapter.name)
    lines = addressed(wanted, _counted(adapter.recipients(offer_id), progress), sessions)
    received = _received(adapter, list(amounts(lines)), progress)
    paid = list(book.paid(offer_id, lines))
    sifted = due(lines, paid, received, again=again)
    if not sifted.lines:
        return Prepared(sifted, ())
    before = with_those_to_come(received, paid)
    return Prepared(sifted, set_up(adapter, offer_id, sifted.lines, before, received))


def _counted(recipients: Iterable[Recipient], progress: Progress) -> Iterator[Recipient]:
    for one in recipients:
        progress(1)
        yield one


def _received(
    adapter: Paying, session_ids: Sequence[str], progress: Progress
) -> dict[str, tuple[Decimal, ...]]:
    """What each has got; a target may have to be asked for one after the other."""
    found: dict[str, tuple[Decimal, ...]] = {}
    for start in range(0, len(session_ids), _AT_ONCE):
        some = session_ids[start : start + _AT_ONCE]
        found.update(adapter.received(some))
        progress(len(some))
    return found


def clear_up(cashier: Cashier, *, again: bool) -> None:
    """Pay nothing while it is not known what came of an earlier payment; and nothing once more
    where that was not known when somebody asked for it.

    Args:
        cashier: may know of payments that a person has spoken of.
        again: whether what was paid before is due once more.

    Raises:
        OutcomeUnknown: it is not known.
        TargetRejected: it has become known in this run, and all is asked for once more.
    """
    left = cashier.settle()
    if left:
        raise _unknown(left[0], again=again)
    if again and cashier.cleared:
        raise _only_now(cashier.cleared)


def _unknown(one: Left, *, again: bool) -> OutcomeUnknown:
    payment = one.unknown.payment
    later = "later, without --again" if again else "later"
    return OutcomeUnknown(
        f"nobody knows yet whether payment {one.unknown.payment_id} of"
        f" {Money(payment.total, payment.currency)}, sent at {one.unknown.intended_at}, was made:"
        f" {one.seen:,} of {one.recipients:,} submissions show it. Nothing more is paid before that"
        f" is known. Run this again {later}; if the target's own site says that it was not paid,"
        f" with --not-paid {one.unknown.payment_id}, and if it says that it was, with --paid"
        f" {one.unknown.payment_id}"
    )


def _said(one: Cleared) -> str:
    payment = one.unknown.payment
    total = Money(payment.total, payment.currency)
    count = len(payment.received_before)
    who = "1 person" if count == 1 else f"{count:,} people"
    outcome = "made" if one.was_paid else "not made"
    return f"payment {one.unknown.payment_id} of {total} for {who} was {outcome}"


def _only_now(cleared: Sequence[Cleared]) -> TargetRejected:
    """Who gives the same command again, as told to, means no further bonus."""
    return TargetRejected(
        f"{'; '.join(map(_said, cleared))}. That is known only now, so --again is not"
        " heeded and nothing was paid in this run. If everybody in the file is to get a further"
        " bonus, run it once more with --again; if only some are, give these a file of their own"
    )
