from __future__ import annotations

import pytest

from mturk_exodus.formulas import places


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "\uff20SUM(1)"),
        *("-", "+", "-$5", "-5 apples", "=-1"),
    ],
)
def test_what_begins_like_a_formula_is_found(cell: str) -> None:
    assert places(["", "a", cell, "b"]) == [2]


@pytest.mark.parametrize(
    "cell", ["-5", "+5", "-0.25", "-.5", "+1e-7", "-1.", "", "1+1", " =1", "a=1", "'=1"]
)
def test_numbers_and_everything_else_are_no_formulas(cell: str) -> None:
    assert places([cell]) == []
