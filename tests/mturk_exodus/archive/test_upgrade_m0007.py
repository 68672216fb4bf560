"""Archives from before payments were kept, brought to today's format."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive import archive as module
from mturk_exodus.archive.payments import Line, Payment, Payments
from mturk_exodus.archive.verify import verify
from mturk_exodus.errors import ArchiveOutdated
from mturk_exodus_schema import STEPS

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = {name: step for name, step in STEPS.items() if name < "m0006"}
"""The steps of the program that knew of no payments."""


def test_what_was_replayed_stays_and_payments_can_be_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEPS", BEFORE)
    with Archive.create(path) as archive:
        ledger.begin(archive, "prolific", "an account", "import", {"x": 1})
        rows = archive.connection.execute("select * from replays").fetchall()
    monkeypatch.undo()
    with pytest.raises(ArchiveOutdated):
        Archive.open(path)
    assert Archive.upgrade(path) is not None
    with Archive.open(path) as archive:
        assert archive.connection.execute("select * from replays").fetchall() == rows
        this = ledger.begin(archive, "prolific", "an account", "bonus", {})
        book = Payments(archive, this)
        line = Line("submission", Decimal("1.5"), "well done", None)
        sums = (Decimal("1.5"), Decimal("0.5"), Decimal(0), Decimal(2))
        received = {"submission": (Decimal("0.1"), Decimal("0.10"))}
        payment = Payment("study", "set", "USD", *sums, [line], received)
        number = book.intend(payment)
        (unknown,) = book.unknown()
        assert (unknown.payment_id, unknown.payment) == (number, payment)
        assert archive.connection.execute(
            "select adapter, set_up_id, total from unknown_payments"
        ).fetchall() == [("prolific", "set", "2.00")]
        assert list(book.paid("study")) == []
        book.settle(number, "paid", "seen")
        assert book.unknown() == []
        assert list(book.paid("study")) == [(number, line)]
        assert list(verify(archive)) == []
