"""Payments that do not add up are found by `verify`, and those that do are not."""

from __future__ import annotations

import shutil
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive.payments import Line, Payment, Payments
from mturk_exodus.archive.verify import Finding, verify

if TYPE_CHECKING:
    from pathlib import Path

SOMEBODY = "60bf9310e8dec401be6e9615"
ANOTHER = "60bf9310e8dec401be6e9616"


def payment(number: int) -> Payment:
    lines = [
        Line(SOMEBODY, Decimal("0.25"), "one", "A1"),
        Line(SOMEBODY, Decimal("0.25"), "two", "A2"),
        Line(ANOTHER, Decimal("1.00"), "", None),
    ]
    sums = (Decimal("1.50"), Decimal("0.5034"), Decimal("0.10"), Decimal("2.1034"))
    before = {SOMEBODY: (Decimal("1.00"),), ANOTHER: ()}
    return Payment("study", f"set-up-{number}", "USD", *sums, lines, before)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("paid") / "mturk.db"
    with Archive.create(path) as archive, archive.writing():
        this = ledger.begin(archive, "prolific", "there", "bonus", {})
        book = Payments(archive, this)
        for number, outcome in enumerate(("paid", "not paid", None), 1):
            book.intend(payment(number))
            if outcome is not None:
                book.settle(number, outcome, "as it was")
        ledger.end(archive, this, "complete", "")
        other = ledger.begin(archive, "prolific", "elsewhere", "bonus", {})
        ledger.end(archive, other, "complete", "")
    return path


def findings(sound: Path, folder: Path, *statements: str) -> list[Finding]:
    """What is found after these statements, which ask nobody's leave."""
    path = folder / "mturk.db"
    shutil.copy(sound, path)
    connection = sqlite3.connect(path)
    with connection:
        triggers = "select name from sqlite_master where type = 'trigger' and name like 'payment%'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"drop trigger {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    connection.close()
    with Archive.open(path, read_only=True) as archive:
        return list(verify(archive))


def test_payments_that_add_up_aresound_whatever_came_of_them(sound: Path, tmp_path: Path) -> None:
    assert findings(sound, tmp_path) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update payment_lines set amount = '0.26' where payment_id = 2 and line = 0",
            "its lines are 1.51 together",
        ),
        (
            "update payment_lines set amount = 'much' where payment_id = 2 and line = 0",
            "a line that is no sum",
        ),
        (
            "update payment_lines set amount = '0.00' where payment_id = 2 and line = 0",
            "a line that is no sum",
        ),
        (
            "update payment_lines set amount = '-0.25' where payment_id = 2 and line = 0",
            "a line that is no sum",
        ),
        (
            "update payment_lines set received_before = '[]' where payment_id = 2 and line = 0",
            "or in two ways",
        ),
        ("update payment_lines set received_before = '{}' where payment_id = 2", "is not told"),
        ("update payment_lines set received_before = '[1]' where payment_id = 2", "is not told"),
        (
            "delete from payment_lines where payment_id = 2 and line = 0",
            "its lines are 1.25 together",
        ),
        ("delete from payment_lines where payment_id = 2", "it has no line"),
        ("update payments set amount = '1.40' where payment_id = 2", "it says 1.40"),
        ("update payments set total = '2.12' where payment_id = 2", "are not its total"),
        ("update payments set fees = 'NaN' where payment_id = 2", "a sum that is none"),
        ("update payments set target_id = 2 where payment_id = 2", "not of the target"),
        (
            "update payment_lines set line = 7 where payment_id = 2 and line = 0",
            "not numbered from 0",
        ),
    ],
    ids=range(14),
)
def test_what_does_not_add_up_is_found(
    sound: Path, tmp_path: Path, statement: str, said: str
) -> None:
    found = findings(sound, tmp_path, statement)
    assert {(one.check, one.where) for one in found} == {("payments", "payments 2")}
    assert any(said in one.what for one in found)
    assert SOMEBODY not in repr(found)


@pytest.mark.parametrize(
    "statement",
    [
        "update payment_lines set payment_id = 9 where payment_id = 1",
        "update payment_outcomes set payment_id = 9 where payment_id = 1",
    ],
    ids=["lines", "outcome"],
)
def test_what_belongs_to_no_payment_is_found(sound: Path, tmp_path: Path, statement: str) -> None:
    found = findings(sound, tmp_path, statement)
    assert "refers to a row that payments lacks" in {one.what for one in found}
