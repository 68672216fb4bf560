from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.form import NotUnderstood, UnreadableQuestion
from mturk_exodus.questions.html_question import HTMLQuestion, unwrap

SCHEMA = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"
)
NOT_XML = "".join(map(chr, {*range(32), 0xFFFE, 0xFFFF} - {9, 10, 13}))
XML_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NOT_XML))


def document(content: str, height: str = "<FrameHeight>450</FrameHeight>") -> str:
    return f'<HTMLQuestion xmlns="{SCHEMA}">{content}{height}</HTMLQuestion>'


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def sliced(text: str, question: HTMLQuestion) -> str | None:
    return None if question.start is None else text[question.start : question.end]


PAGE = "<!DOCTYPE html>\n<p title='a&amp;b'>caf\u00e9 & \U0001f600 &nbsp; ${x} {{ y }}</p>"
WHOLE = [
    f"<HTMLContent><![CDATA[{PAGE}]]></HTMLContent>",
    f"<HTMLContent>\n   <![CDATA[{PAGE}]]>\r\n\t</HTMLContent>",
    f"<!-- <HTMLContent> --><HTMLContent><![CDATA[{PAGE}]]></HTMLContent>",
    f"<HTMLContent a='>' b=\"'\"><![CDATA[{PAGE}]]></HTMLContent\n>",
]


@pytest.mark.parametrize("content", WHOLE)
def test_a_section_is_the_page_and_a_slice_of_the_question(content: str) -> None:
    text = document(content)
    question = unwrap(text)
    assert question.html == PAGE
    assert sliced(text, question) == PAGE
    assert question.frame_height == 450
    assert question.not_understood == ()


def test_escaped_text_is_the_page_and_a_slice_of_the_question() -> None:
    text = document(f"<HTMLContent> {html.escape(PAGE)}\n</HTMLContent>")
    question = unwrap(text)
    assert question.html == f" {PAGE}\n"
    assert sliced(text, question) == f" {html.escape(PAGE)}\n"


IN_PIECES = {
    "]]]]><![CDATA[>": ("<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"),
    "section and text": ("<![CDATA[<p>]]>x &amp; y", "<p>x & y"),
    "section and reference": ("<![CDATA[<p>]]>&#33;", "<p>!"),
    "a comment before": ("<!-- c --><![CDATA[<p>]]>", "<p>"),
    "a comment in text": ("a<!-- c -->b", "ab"),
    "elements": ("\n<p>a&nbsp;&amp; <br/>b</p>", "\n<p>a&nbsp;&amp; <br/>b</p>"),
    "elements and sections": ("<p>a</p><![CDATA[b]]>", "<p>a</p><![CDATA[b]]>"),
}


@pytest.mark.parametrize("case", IN_PIECES)
def test_what_is_not_one_slice_says_so(case: str) -> None:
    inside, page = IN_PIECES[case]
    question = unwrap(document(f"<HTMLContent>{inside}</HTMLContent>"))
    assert (question.html, question.start, question.end) == (page, None, None)


@pytest.mark.parametrize("content", ["<HTMLContent/>", "<HTMLContent></HTMLContent>"])
def test_an_empty_page_is_empty(content: str) -> None:
    text = document(content)
    question = unwrap(text)
    assert question.html == ""
    assert sliced(text, question) == ""


def test_ends_of_lines_are_those_of_xml() -> None:
    text = document("<HTMLContent><![CDATA[a\r\nb\rc\n]]></HTMLContent>")
    question = unwrap(text)
    assert question.html == "a\nb\nc\n"
    assert sliced(text, question) == "a\r\nb\rc\n"


def test_a_section_is_not_mended() -> None:
    page = "&#0; &#55357;&#56832; &nbsp; & <?xml version='1.0'?> <!-- & -->"
    assert unwrap(document(f"<HTMLContent><![CDATA[{page}]]></HTMLContent>")).html == page


def test_escaped_text_is_mended() -> None:
    text = document("<HTMLContent>&#0;&#55357;&#56832;&nbsp;a & b&amp;nbsp;</HTMLContent>")
    assert unwrap(text).html == "\ufffd\U0001f600\u00a0a & b&nbsp;"


@pytest.mark.parametrize(
    ("said", "height", "odd"),
    [
        ("<FrameHeight>0</FrameHeight>", 0, 0),
        ("<FrameHeight>\n 800 </FrameHeight>", 800, 0),
        ("", None, 0),
        ("<FrameHeight/>", None, 1),
        ("<FrameHeight>-1</FrameHeight>", None, 1),
        ("<FrameHeight>450px</FrameHeight>", None, 1),
        ("<FrameHeight>" + "9" * 10000 + "</FrameHeight>", None, 1),
        ("<FrameHeight>\u0664\u0665</FrameHeight>", None, 1),
    ],
)
def test_the_height_is_a_number_or_not_understood(said: str, height: int | None, odd: int) -> None:
    question = unwrap(document("<HTMLContent>x</HTMLContent>", said))
    assert question.frame_height == height
    assert [one.what for one in question.not_understood] == ["FrameHeight"] * odd


def test_what_does_not_belong_into_the_question_is_told() -> None:
    question = unwrap(document("hm<HTMLContent>x</HTMLContent><Overview/>"))
    assert question.not_understood == (
        NotUnderstood("text in HTMLQuestion", "MTurk has no text there"),
        NotUnderstood("Overview in HTMLQuestion", "MTurk has no such element there"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>no question</p>",
        "<QuestionForm/>",
        document(""),
        document("<HTMLContent>a</HTMLContent><HTMLContent>b</HTMLContent>"),
        document("<HTMLContent><![CDATA[a</HTMLContent>"),
        document("<HTMLContent>a<br></HTMLContent>"),
        document("<HTMLContent>") + "x",
    ],
)
def test_no_page_is_no_question(text: str) -> None:
    with pytest.raises(UnreadableQuestion):
        unwrap(text)


@given(XML_TEXT.filter(lambda text: "]]>" not in text), st.text("\n\r\t "), st.text("\n\r\t "))
def test_any_page_in_a_section_comes_out_to_the_letter(page: str, before: str, after: str) -> None:
    text = document(f"<HTMLContent>{before}<![CDATA[{page}]]>{after}</HTMLContent>")
    question = unwrap(text)
    assert question.html == lines(page)
    assert sliced(text, question) == page


@given(XML_TEXT)
def test_any_page_that_is_escaped_comes_out_to_the_letter(page: str) -> None:
    escaped = html.escape(page).replace("\r", "&#13;")
    text = document(f"<HTMLContent>{escaped}</HTMLContent>")
    question = unwrap(text)
    assert question.html == page
    assert sliced(text, question) == escaped
