from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions import external_question
from mturk_exodus.questions.form import Form, UnreadableQuestion

SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
    "2006-07-14/ExternalQuestion.xsd"
)


def document(url: str, height: str = "<FrameHeight>600</FrameHeight>") -> str:
    inside = f"<ExternalURL>{url}</ExternalURL>{height}"
    return f'<ExternalQuestion xmlns="{SCHEMA}">{inside}</ExternalQuestion>'


def read(url: str) -> Form:
    return external_question.read(document(url))


def test_it_is_an_address_whose_questions_are_elsewhere() -> None:
    form = read("https://tasks.example/a?x=1")
    assert form.kind == "external"
    assert form.url == "https://tasks.example/a?x=1"
    assert form.frame_height == 600
    assert form.fields == ()
    assert [one.what for one in form.not_understood] == ["ExternalURL"]


ADDRESSES = {
    "?a=1&amp;b=2": ("?a=1&b=2", (("a", "1"), ("b", "2"))),
    "?a=1&b=2": ("?a=1&b=2", (("a", "1"), ("b", "2"))),
    "?a=1&copy=2": ("?a=1&copy=2", (("a", "1"), ("copy", "2"))),
    "?a=&amp;b&amp;a=2": ("?a=&b&a=2", (("a", ""), ("b", ""), ("a", "2"))),
    "?a=x&amp;amp;b=y": ("?a=x&amp;b=y", (("a", "x"), ("amp;b", "y"))),
    "?t=caf%C3%A9+%26+tea#b=2": ("?t=caf%C3%A9+%26+tea#b=2", (("t", "caf\u00e9 & tea"),)),
    "?t=caf&eacute;&#8212;": ("?t=caf\u00e9\u2014", (("t", "caf\u00e9\u2014"),)),
    "#/task?a=1": ("#/task?a=1", ()),
    "?": ("?", ()),
    "": ("", ()),
    "?u=http://b.example/?c=d": ("?u=http://b.example/?c=d", (("u", "http://b.example/?c=d"),)),
    "<![CDATA[?a=1&b=&lt;]]>": ("?a=1&b=&lt;", (("a", "1"), ("b", ""), ("lt;", ""))),
}


@pytest.mark.parametrize("tail", ADDRESSES)
def test_entities_are_decoded_once_and_parameters_keep_their_order(tail: str) -> None:
    url, parameters = ADDRESSES[tail]
    form = read(f"https://tasks.example/a{tail}")
    assert form.url == f"https://tasks.example/a{url}"
    assert form.url_parameters == parameters


PLACEHOLDERS = {
    "https://a.example/${helper.urlencode($urls)}": ("urls",),
    "https://a.example/?u=${helper.urlencode( $urls )}&amp;i=${id}": ("urls", "id"),
    "https://a.example/?u=$urls&amp;price=5$": ("urls",),
    "https://a.example/?e={{expt}}": ("expt",),
    "{{ external_url | safe }}": ("external_url",),
    "${url}?a=$!{b}&amp;c=${url}": ("url", "b"),
    "{{ task.input.url }}?n={{loop.index}}{% assign m = 1 %}{{ m }}": ("task.input.url",),
    "https://a.example/?{}": (),
}


@pytest.mark.parametrize("url", PLACEHOLDERS)
def test_placeholders_are_named(url: str) -> None:
    assert read(url).variables == PLACEHOLDERS[url]


def test_white_space_round_an_address_is_not_part_of_it() -> None:
    form = read("\n   https://a.example/?b=c\n  ")
    assert form.url == "https://a.example/?b=c"
    assert form.url_parameters == (("b", "c"),)


def test_no_address_is_told() -> None:
    for inside in ("<ExternalURL/>", "<ExternalURL> </ExternalURL>", ""):
        form = external_question.read(f"<ExternalQuestion>{inside}</ExternalQuestion>")
        assert form.url is None
        assert [one.what for one in form.not_understood] == ["ExternalURL"]


def test_a_second_address_is_told() -> None:
    urls = "<ExternalURL>https://a.example</ExternalURL><ExternalURL>b</ExternalURL>"
    form = external_question.read(f"<ExternalQuestion>{urls}</ExternalQuestion>")
    assert form.url == "https://a.example"
    assert len(form.not_understood) == 2


def test_a_height_that_is_a_placeholder_is_one() -> None:
    form = external_question.read(
        document("https://a.example", "<FrameHeight>${height}</FrameHeight>")
    )
    assert form.frame_height is None
    assert form.variables == ("height",)


def test_another_question_is_refused() -> None:
    with pytest.raises(UnreadableQuestion, match="is no ExternalQuestion"):
        external_question.read("<HTMLQuestion/>")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")))


@given(st.lists(st.tuples(WORDS, WORDS)))
def test_parameters_come_back(parameters: list[tuple[str, str]]) -> None:
    url = f"https://tasks.example/?{urlencode(parameters)}"
    assert read(url.replace("&", "&amp;")).url_parameters == tuple(parameters)
