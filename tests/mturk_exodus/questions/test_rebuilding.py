"""Questions that are put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions import html_question, question
from mturk_exodus.questions.templates.rebuilding import Kind, kind_of, of_names, of_page

KINDS: tuple[Kind, ...] = ("text", "image", "audio", "video", "link")

PAGE = '<p>${text}</p><img src="${address}"><input name="mood"><script>`${own}`</script>'


def test_a_layout_is_filled_in_as_mturk_does() -> None:
    page = of_page("\ufeff" + PAGE, ["text", "address"])
    made = page.question({"text": "<b>a</b> &amp; ${address}", "address": "http://x/1.png"})
    assert made is not None
    assert html_question.unwrap(made).html == (
        '<p><b>a</b> &amp; ${address}</p><img src="http://x/1.png"><input name="mood">'
        "<script>`${own}`</script>"
    )
    assert page.template.names == ("text", "address")


def test_variables_side_by_side_and_more_than_once() -> None:
    page = of_page("<p>${a}${b}</p><p>${a}</p><p>${a}${b}</p>", ["a", "b"])
    made = page.question({"a": "1", "b": "2"})
    assert made is not None
    assert html_question.unwrap(made).html == "<p>12</p><p>1</p><p>12</p>"


def test_a_file_with_an_html_question_is_one_already() -> None:
    whole = of_page(PAGE, []).question({})
    assert whole is not None
    made = of_page(whole, ["text"]).question({"text": "seen"})
    assert made == whole.replace("${text}", "seen")


def test_a_value_that_is_missing() -> None:
    assert of_page(PAGE, ["text", "address"]).question({"text": "a"}) is None


@given(st.text(), st.text(), st.text())
def test_no_value_breaks_a_question(name: str, value: str, answered: str) -> None:
    page = of_page("<p>]]${v}</p><p>${v}>]]></p>", ["v"])
    made = page.question({"v": value})
    assert made is not None
    text = html_question.unwrap(made).html
    if value.isprintable():
        assert text == f"<p>]]{value}</p><p>{value}>]]></p>"
    for kind in KINDS:
        made = of_names(name, {name: kind}, [answered]).question({name: value})
        assert made is not None
        form = question.read(made)
        if answered.isprintable() and answered.strip() == answered != "":
            assert [one.name for one in form.fields] == [answered]


def test_names_are_shown_and_asked_for() -> None:
    variables = {"text": "a <b> & c", "picture": "https://x.org/a.PNG?b=1", "page": "http://x.org/"}
    page = of_names("Mood", {name: kind_of(said) for name, said in variables.items()}, ["mood"])
    made = page.question(variables)
    assert made is not None
    form = question.read(made)
    assert [(one.name, one.kind, one.label) for one in form.fields] == [("mood", "text", "mood")]
    shown = [(one.kind, one.value) for one in form.shows]
    assert ("image", variables["picture"]) in shown
    assert ("link", variables["page"]) in shown
    texts = "\n".join(value for kind, value in shown if kind == "text")
    assert "a <b> & c" in texts
    assert form.title == "Mood"
    assert not form.not_understood


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "text"),
        ("a.png", "text"),
        ("http://x.org/a b.png", "text"),
        ("javascript:alert(1)//x.png", "text"),
        ("http://[/a.png", "text"),
        ("http://x.org/a.jpeg", "image"),
        ("https://x.org/a.b/c.MP3#t=1", "audio"),
        ("https://x.org/c.webm", "video"),
        ("https://x.org/c", "link"),
        ("https://x.org", "link"),
    ],
)
def test_what_a_value_is(value: str, kind: str) -> None:
    assert kind_of(value) == kind
