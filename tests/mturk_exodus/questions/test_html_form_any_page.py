"""Any page at all: made at random, broken, or meant to take all time and memory."""

from __future__ import annotations

import html
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.questions.form import Choice, Field, Form, as_json
from mturk_exodus.questions.pages.html_form import read
from mturk_exodus.questions.pages.page import LONGEST_LABEL
from mturk_exodus.questions.pages.page_source import LONGEST_PAGE

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@settings(deadline=None)
@given(ANY_TEXT)
def test_no_text_is_too_strange(text: str) -> None:
    json.dumps(as_json(read(text)))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("<input", "<select", "<option>", "</", "<form>", "<table>", "<label", "for=a>"),
                *("name=a", "type=radio", "value=1>", ">", "<fieldset disabled>", "<svg>", "'"),
                *('"', "<template>", "<crowd-checkbox", "<textarea>", "text", "${", "}}", "id=a"),
                *("{% for x in y %}", "<a href=x>", "id=b", "<b>", "<p>", "<legend>", "</form>"),
            ]
        )
    )
)
def test_no_markup_is_too_broken(pieces: list[str]) -> None:
    page = " ".join(pieces)
    assert read(page) == read(page)


NAMES = st.text(st.characters(exclude_characters="{}", exclude_categories=["C", "Z"]), min_size=1)
TEXTS = st.text("abc <>&\"'ü|", max_size=9).map(lambda text: " ".join(text.split()))


@st.composite
def known(draw: st.DrawFn, name: str) -> tuple[str, Field]:
    """A field's markup, and what has to be found of it."""
    label, required = draw(TEXTS), draw(st.booleans())
    values = draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=4, unique=True))
    said, must = f'name="{html.escape(name)}"', " required" * required
    heading = f"<p>{html.escape(label)}</p>"
    written = [html.escape(value) for value in values]
    kind = draw(st.sampled_from(["text", "textarea", "radio", "checkbox", "select"]))
    field = Field(name=name, kind="text", element=kind, label=label or None, required=required)
    if kind == "text":
        return f"{heading}<input {said}{must}>", replace(field, element="input type=text")
    if kind == "textarea":
        return f"{heading}<textarea {said}{must}></textarea>", field
    field = replace(
        field, kind="multiple_choice", choices=tuple(Choice(value, value) for value in values)
    )
    if kind == "select":
        options = "".join(f'<option value="{value}">{value}</option>' for value in written)
        return f"{heading}<select multiple {said}{must}>{options}</select>", replace(
            field, element="select multiple"
        )
    inputs = "".join(
        f'<label><input type={kind} {said}{must} value="{value}">{value}</label>'
        for value in written
    )
    kinds = {"radio": "single_choice", "checkbox": "multiple_choice"}
    return heading + inputs, replace(field, kind=kinds[kind], element=f"input type={kind}")


@settings(deadline=None)
@given(st.data(), st.lists(NAMES, max_size=6, unique=True))
def test_a_page_of_known_fields_is_found_exactly(
    data: st.DataObject, given_names: list[str]
) -> None:
    parts = [data.draw(known(name)) for name in given_names]
    page = "<form>" + "<hr>".join(markup for markup, _ in parts) + "</form>"
    assert list(read(page).fields) == [field for _, field in parts]
    assert read(page).not_understood == ()


def many(text: str, count: int) -> str:
    """A text so many times, each with another number in place of `#`; no longer than is read."""
    pieces = (text.replace("#", str(number)) for number in range(count))
    return "".join(pieces)[: LONGEST_PAGE - 1000]


def not_read(form: Form) -> str:
    """Why a page was not read."""
    return next((one.why for one in form.not_understood if one.what == "page"), "")


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        (many("<input type=radio name=a value=#>", 30_000), 1),
        (many("<label for=a#>x</label><input id=a# name=a#>", 10_000), 10_000),
        (many("<label for=a>x</label>", 19_000) + "<input id=a name=a>", 1),
        (many("<div>", 9_000) + "<input name=a>", 1),
        (many("<label>x<input name=a>", 10_000), 10_000),
        ("<select name=a>" + many("<option value=#>x", 39_000), 1),
        (
            "<p id=q>"
            + many("<b>x</b>", 2_000)
            + "</p>"
            # Each text is as long as it may be.
            + many("<input name=a aria-labelledby='q q q q q q q q q q'>", 10_000),
            10_000,
        ),
        (
            f"<p role=group aria-label='{'x' * 500_000}'>"
            + many("<input type=radio name=#>", 9_000),
            9_000,
        ),
        ("x" * 700_000 + many("<i></i> <i>.</i> ", 9_000) + "<input name=a>", 1),
        (many("<table><tr><form>", 8_000), 0),
        (many("{% for a", 70_000) + many("{{ a", 70_000) + many("${", 70_000), 0),
        ("<a " + many("/ ", 500_000) + "><input name=a>", 1),
        ("<a b='" + many("a ", 400_000), 0),
        (many("<p><b></p>", 9_000) + "<input name=a>", 1),
    ],
)
def test_a_hostile_page_takes_no_time(page: str, fields: int) -> None:
    started = time.process_time()
    form = read(page)
    assert time.process_time() - started < 10
    assert len(form.fields) == fields
    assert all(len(one.label or "") <= LONGEST_LABEL for one in form.fields)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("x" * (LONGEST_PAGE + 1), "is longer than"),
        (many("<input type=radio name=a>", 60_000), "tags"),
        (many("<b>", 1_000_000), "tags"),
        (many("<div>", 30_000), "inside each other"),
        (many("<i>", 15_000) + many("</x>", 20_000), "inside each other"),
        (many("<i></x>", 19_000), "inside each other"),
        ("<svg>" + many("<td>", 15_000) + many("</x>", 15_000), "inside each other"),
        ("<a " + many(" a#", 100_000) + ">", "attributes"),
        ("<a" + many("/a#", 100_000) + ">", "attributes"),
        ("<a " + many("a#='>'", 90_000) + ">", "attributes"),
        ("<a " + many('a#=">"', 90_000) + ">", "attributes"),
        ("<a " + many("a#=''", 90_000) + ">", "attributes"),
        ("<!-- <a b=' --><a" + many(" a#", 100_000) + ">", "attributes"),
        (("<a" + many(" a#", 5_000) + ">") * 20, "attributes"),
        ("<p>" + many("<b id=#>", 1_000) + many("<p>x", 30_000), "copies"),
        ('<!-- <a b=" --><p>' + many("<b id=#>", 1_000) + many("<p>x", 30_000), "copies"),
        ("<p>" + many("<b id=#>", 12) * 3 + many("<p>x", 30_000), "elements"),
    ],
)
def test_a_page_that_would_take_long_is_not_read_and_says_so(page: str, why: str) -> None:
    started = time.process_time()
    form = read(page)
    assert time.process_time() - started < 10
    assert why in not_read(form)
    assert form.fields == ()


@pytest.mark.parametrize(
    "unit", ["<b>", "<i a>", "<p>x", "<a href=#>", "<b>x</b>", "<input name=a>"]
)
def test_whatever_mturk_can_hold_is_read(unit: str) -> None:
    assert not not_read(read(many(unit, 5_000)[:65_000]))
