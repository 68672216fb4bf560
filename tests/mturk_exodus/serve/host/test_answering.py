from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.answering.answers import Answer, flat, read
from mturk_exodus.questions.form import Choice, Field, Form
from mturk_exodus.questions.showing.frame import OTHER_SELECTION
from mturk_exodus.serve.host.answering import MOST_BYTES, MOST_FIELDS, NotTaken, document_of

HTML = Form(kind="html")
CROWD = Form(kind="crowd")
Posted = list[tuple[str, str]]


def said(posted: Posted, form: Form = HTML) -> list[Answer]:
    document = document_of([("assignmentId", "3ABC"), *posted], form)
    assert not isinstance(document, NotTaken), document
    return read(document)


def texts(posted: Posted, form: Form = HTML) -> list[tuple[str, str | None]]:
    return [(one.question_identifier, one.free_text) for one in said(posted, form)]


def test_each_field_is_an_answer_in_the_order_of_the_form() -> None:
    posted = [("b", "1"), ("a", "ä & <x> ☃😀"), ("c", " two\r\nlines ")]
    assert texts(posted) == posted


def test_values_of_one_name_are_joined_as_mturk_joined_them() -> None:
    posted = [("q", "per:origin"), ("x", "1"), ("q", "per:place_of_birth")]
    assert texts(posted) == [("q", "per:origin|per:place_of_birth"), ("x", "1")]


def test_what_was_not_answered_is_absent() -> None:
    assert texts([("a", ""), ("b", "1"), ("c", ""), ("c", "2"), ("c", "")]) == [
        ("b", "1"),
        ("c", "2"),
    ]
    assert texts([("a", "")]) == []


def test_a_field_without_a_name_is_absent() -> None:
    assert texts([("", "x"), ("a", "1")]) == [("a", "1")]


def test_of_mturks_parameters_only_the_assignment_is_no_answer() -> None:
    posted = [("hitId", "H1"), ("workerId", "W1"), ("Submit HIT", "Submit")]
    assert texts([*posted, ("assignmentId", "3XYZ")]) == posted


def test_blanks_are_an_answer() -> None:
    assert texts([("a", " ")]) == [("a", " ")]


def test_a_post_without_any_field_is_no_answer() -> None:
    assert document_of([], HTML) is NotTaken.NOTHING
    assert document_of([("assignmentId", "3ABC"), ("", "x")], HTML) is NotTaken.NOTHING


def test_what_a_crowd_form_says_is_kept_to_the_letter() -> None:
    output = '[ {"a":{"on":true},\n"b":"x|y","c":"\\u00e4 <&>","n":1.50} ]'
    (answer,) = said([("taskAnswers", output)], CROWD)
    assert answer == Answer("taskAnswers", output)
    assert json.loads(answer.free_text or "") == json.loads(output)


def test_two_outputs_of_a_crowd_form_are_not_joined() -> None:
    posted = [("taskAnswers", ""), ("taskAnswers", '[{"a":1}]'), ("taskAnswers", '[{"a":2}]')]
    assert texts(posted, CROWD) == [("taskAnswers", '[{"a":1}]')]


@pytest.mark.parametrize(
    "text",
    ["no json", "{}", "[" * 100_000, "[1", "NaN"],
    ids=["text", "object", "deep", "cut", "nan"],
)
def test_what_is_no_output_of_a_crowd_form_is_a_text_like_any(text: str) -> None:
    posted = [("taskAnswers", text), ("taskAnswers", "x")]
    assert texts(posted, CROWD) == [("taskAnswers", f"{text}|x")]


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert texts([("a\x00", "b\x1f\ud83d\uffffc")]) == [("a\ufffd", "b\ufffd\ufffd\ufffdc")]


def test_markup_in_names_and_values_is_text() -> None:
    evil = "</FreeText></Answer><Answer>]]><!--"
    assert texts([(evil, evil)]) == [(evil, evil)]


def test_too_many_fields_are_refused() -> None:
    fields = [(f"f{number}", "1") for number in range(MOST_FIELDS)]
    assert len(read(str(document_of(fields, HTML)))) == MOST_FIELDS
    assert document_of([*fields, ("", "")], HTML) is NotTaken.TOO_MANY


def test_too_many_bytes_are_refused() -> None:
    assert not isinstance(document_of([("a", "x" * (MOST_BYTES - 1))], HTML), NotTaken)
    assert document_of([("a", "x" * MOST_BYTES)], HTML) is NotTaken.TOO_LONG
    assert document_of([("a", "ä" * (MOST_BYTES // 2))], HTML) is NotTaken.TOO_LONG
    assert document_of([("assignmentId", "x" * MOST_BYTES), ("a", "1")], HTML) is NotTaken.TOO_LONG


def test_no_more_is_read_of_a_post_than_is_taken() -> None:
    endless = (("a", "x") for _ in iter(int, 1))
    assert document_of(endless, HTML) is NotTaken.TOO_MANY


NAMES = st.text("ab:. |<&é", min_size=1, max_size=4)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=6)


@given(st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=8))
def test_whatever_a_browser_posts_is_read_back(posted: Posted) -> None:
    arrived = parse_qsl(urlencode(posted), keep_blank_values=True)
    document = document_of(arrived, HTML)
    expected: dict[str, str] = {}
    for name, value in posted:
        if value:
            expected[name] = f"{expected[name]}|{value}" if name in expected else value
    assert isinstance(document, str)
    assert flat(document) == expected


def _question_form() -> Form:
    choices = (Choice("red"), Choice("blue"))
    return Form(
        kind="question_form",
        fields=(
            Field(name="why", kind="text", element="FreeTextAnswer"),
            Field(name="age", kind="number", element="FreeTextAnswer"),
            Field(name="one", kind="single_choice", element="SelectionAnswer", choices=choices),
            Field(name="many", kind="multiple_choice", element="SelectionAnswer", choices=choices),
        ),
    )


def test_a_question_form_has_an_answer_of_its_kind_for_each_question() -> None:
    posted = [
        *(("why", "so"), ("age", "42"), ("one", "red")),
        *(("many", "red"), ("many", "blue"), ("many", "red")),
    ]
    assert said(posted, _question_form()) == [
        Answer("why", "so"),
        Answer("age", "42"),
        Answer("one", selection_identifiers=("red",)),
        Answer("many", selection_identifiers=("red", "blue")),
    ]


def test_what_was_written_in_place_of_a_choice_is_other_selection_text() -> None:
    posted = [
        *(("one", ""), (f"one{OTHER_SELECTION}", "green | grey")),
        *((f"many{OTHER_SELECTION}", "green"), ("many", "blue"), ("many", "")),
    ]
    assert said(posted, _question_form()) == [
        Answer("one", other_selection_text="green | grey"),
        Answer("many", selection_identifiers=("blue",), other_selection_text="green"),
    ]


def test_a_question_that_was_not_answered_has_no_answer() -> None:
    posted = [("why", ""), ("one", ""), (f"one{OTHER_SELECTION}", ""), ("age", "1")]
    assert said(posted, _question_form()) == [Answer("age", "1")]
