"""Rows survive Turkle: ASCII all over, and exact when they come back."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.testing.hostile import HOSTILE
from mturk_exodus_turkle.mapping.rows import csv_of, rows_of
from mturk_exodus_turkle.mapping.texts import in_ascii, of_turkle

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ROWS = st.fixed_dictionaries(
    {
        "mturk_hit_id": st.text("3ABC", min_size=1),
        "mturk_hit": st.dictionaries(TEXTS, TEXTS, max_size=3),
        "mturk_page": st.fixed_dictionaries({"values": st.lists(TEXTS, max_size=4)}),
        "variables": st.dictionaries(st.text("abc_. é", min_size=1) | TEXTS, TEXTS, max_size=4),
    }
)


def as_turkle_gives(text: str) -> str:
    """What `/input/` makes of it: every cell quoted, lines end with `\n`, columns in any order."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    names = sorted({name for row in rows for name in row}, reverse=True)
    if not rows:
        return ""
    to = io.StringIO()
    writer = csv.DictWriter(to, names, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return to.getvalue()


@given(st.lists(ROWS, max_size=4))
def test_rows_come_back_as_they_were_sent(rows: list[dict[str, Any]]) -> None:
    text = csv_of(rows, ["mturk_fence_00000000"])
    assert text.isascii()
    assert "\0" not in text
    assert text.strip() == text.rstrip("\r\n"), "Turkle strips what it takes"
    assert list(rows_of(as_turkle_gives(text))) == rows


@pytest.mark.parametrize("cut", [0, 1, 5, 60])
def test_what_was_cut_off_is_no_table(cut: int) -> None:
    """Turkle's API cuts off, and says that all is well."""
    row = {"mturk_hit_id": "3A", "mturk_hit": {}, "mturk_page": {}, "variables": {"a": "b"}}
    text = as_turkle_gives(csv_of([row, row]))
    with pytest.raises((ValueError, KeyError)):
        list(rows_of(text[: len(text) - 2 - cut]))


def test_what_was_cut_off_in_a_long_cell_is_soon_known() -> None:
    """A page is in one cell; whoever tries all ways to read what is left of it never ends."""
    with pytest.raises(ValueError, match="ends too early"):
        list(rows_of('"mturk_page"\n"' + "a page " * 10_000 + '""' * 10_000 + "b"))


def test_a_row_that_somebody_else_made_up_is_not_read() -> None:
    with pytest.raises(ValueError, match="no variables"):
        list(rows_of('"mturk_hit_id","mturk_variables"\n"3A","5"\n'))


def test_what_lost_whole_rows_is_not_believed() -> None:
    row = {"mturk_hit_id": "3A", "mturk_hit": {}, "mturk_page": {}, "variables": {}}
    text = as_turkle_gives(csv_of([row, row]))
    assert len(list(rows_of(text, 2))) == 2
    with pytest.raises(ValueError, match="missing"):
        list(rows_of(text, 3))


def test_other_peoples_rows_are_left_out() -> None:
    assert list(rows_of('"text","more"\n"a","b"\n')) == []
    assert list(rows_of("")) == []


def test_a_template_finds_no_variable_in_json() -> None:
    """Turkle puts a row's values where `${name}` stands, those that came with values too."""
    said = in_ascii({"a": "${mturk_hit_id} </script> <!-- é"})
    assert "${" not in said
    assert "<" not in said
    assert said.isascii()


def test_a_name_is_what_turkle_holds() -> None:
    assert of_turkle(f"  {HOSTILE}\0 ", 500) == HOSTILE.strip(" ") + "\N{REPLACEMENT CHARACTER}"
    assert of_turkle(" " * 9, 500) == ""
