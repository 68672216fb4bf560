"""What `exodus bonus` does after a yes, at a desk."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.payments import Payments
from mturk_exodus.replay.bonus_file import Wanted
from mturk_exodus.replay.bonuses import Prepared, clear_up, prepare
from mturk_exodus.replay.offered import noted
from mturk_exodus.replay.paying import Cashier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.adapters.prolific.offered import Desk


def wanted(*names: str, amount: str = "1.50", reason: str = "well done") -> list[Wanted]:
    return [Wanted(number, name, Decimal(amount), reason) for number, name in enumerate(names, 1)]


@contextmanager
def booked(
    at: Desk, *, again: bool = False, minutes: int = 0
) -> Iterator[tuple[Archive, Payments, Cashier]]:
    """The cashier's clock is so many minutes ahead."""

    def now() -> datetime:
        return datetime.now(timezone.utc) + timedelta(minutes=minutes)

    with (
        Archive.open(at.path) as archive,
        archive.writing(),
        noted(archive, at.adapter, "bonus", {}) as replay,
    ):
        book = Payments(archive, replay)
        yield archive, book, Cashier(at.adapter, book, at.waits.append, now, again=again)


def pay(at: Desk, study_id: str, bonuses: list[Wanted], *, again: bool = False) -> Prepared:
    """What the command does after a yes."""
    with booked(at, again=again) as (archive, book, cashier):
        clear_up(cashier, again=again)
        found = prepare(archive, at.adapter, book, study_id, bonuses, again=again)
        for one in found.ready:
            cashier.pay(study_id, one)
        return found


def outcomes(at: Desk) -> list[tuple[Any, ...]]:
    with Archive.open(at.path, read_only=True) as archive:
        return archive.connection.execute(
            "select payment_id, outcome, payment_outcomes.reason"
            " from payments left join payment_outcomes using (payment_id) order by payment_id"
        ).fetchall()
