"""MTurk's fee, as published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.audit.amounts import decimal, in_cents, millionths
from mturk_exodus.audit.fees import Fees

FEES = Fees()
CENT = 10_000


@pytest.mark.parametrize(
    ("cents", "assignments", "masters", "day", "expected"),
    [
        (100, 9, 0, "2026-01-01", 20),
        (100, 10, 0, "2026-01-01", 40),
        (100, 9, 1, "2026-01-01", 25),
        (100, 10, 1, "2026-01-01", 45),
        (100, 10, None, "2026-01-01", 40),
        (1, 1, 0, "2026-01-01", 1),
        (2, 9, 0, "2026-01-01", 1),
        (7, 1, 0, "2026-01-01", 1),
        (8, 1, 0, "2026-01-01", 2),
        (0, 100, 1, "2026-01-01", 0),
        (100, 100, 0, "2015-07-20", 10),
        (100, 100, 0, "2015-07-21", 40),
        (100, 1, 1, "2014-01-01", 30),
        (1, 1, 0, "2014-01-01", 0.5),
    ],
)
def test_the_fee_on_a_reward(
    cents: int, assignments: int, masters: int | None, day: str, expected: float
) -> None:
    assert FEES.of_reward(cents * CENT, assignments, masters, day) == expected * CENT


@pytest.mark.parametrize(
    ("cents", "day", "expected"),
    [(100, "2026-01-01", 20), (1, "2026-01-01", 1), (100, "2015-01-01", 10)],
)
def test_the_fee_on_a_bonus(cents: int, day: str, expected: int) -> None:
    assert FEES.of_bonus(cents * CENT, day) == expected * CENT


def test_a_fee_that_cannot_be_told_is_not_guessed() -> None:
    assert FEES.of_reward(None, 1, 0, "2026-01-01") is None
    assert FEES.of_reward(CENT, None, 0, "2026-01-01") is None
    assert FEES.of_reward(CENT, 1, 0, None) is None
    assert FEES.of_reward(CENT, 1, 0, "1999-01-01") is None
    assert FEES.of_bonus(None, "2026-01-01") is None


@given(st.integers(0, 99_999_999_999))
def test_money_is_exact_there_and_back(amount: int) -> None:
    assert millionths(format(decimal(amount), "f")) == amount
    assert abs(in_cents(amount) * 1_000_000 - amount) <= CENT / 2


@pytest.mark.parametrize("text", ["", "abc", "-1", "NaN", "Infinity", "1e99", "0.0000001", None])
def test_what_is_no_amount_is_none(text: str | None) -> None:
    assert millionths(text) is None
