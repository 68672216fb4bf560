"""Public question files of real requesters, each understood or refused with a reason."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from mturk_exodus.questions import question
from mturk_exodus.questions.form import Form, UnreadableQuestion
from mturk_exodus.questions.html_question import unwrap
from tests.real.assembly import folder

PUBLIC = folder() / "questions"
FILES = {path.name: path for path in sorted(PUBLIC.glob("*"))}
pytestmark = pytest.mark.skipif(
    not FILES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
)


class Is(NamedTuple):
    """What a file is: the form's kind, how many fields, the placeholders, the frame's height."""

    kind: str
    fields: int = 0
    variables: tuple[str, ...] = ()
    frame_height: int | None = None
    parameters: int = 0


UKP = "UKPLab__argument-reasoning-comprehension-task__"
URLS = Is("external", 0, ("urls",), 700)
KEY = "is an AnswerKey"
OTHER = "is neither a question of MTurk nor HTML"
TEST = Is("question_form", 1)
WHAT = {
    "JoseBarrios__api-mturk__AmazonExample.xml": Is("question_form", 4),
    "JoseBarrios__api-mturk__bonusHIT.xml": Is("html", 13, (), 450),
    f"{UKP}00-devel-task.question.xml": URLS,
    f"{UKP}01-pilot-claims-task.question.xml": URLS,
    f"{UKP}04-pilot-claims-task.question.xml": URLS,
    f"{UKP}21-pilot-stance-task.input": OTHER,
    f"{UKP}21-pilot-stance-task.input.success": OTHER,
    f"{UKP}21-pilot-stance-task.question.xml": URLS,
    f"{UKP}22-stance-batch-0001-5000-task.question.xml": URLS,
    f"{UKP}30-pilot-reasons-task.question.xml": URLS,
    f"{UKP}32-reasons-batch-0001-5000-2883args-task.question.xml": URLS,
    f"{UKP}42-reasons-gist-batch-0001-5000-5119reasons-task.question.xml": URLS,
    f"{UKP}51-pilot-warrants-task.question.xml": URLS,
    f"{UKP}52-pilot-warrants-task.question.xml": URLS,
    f"{UKP}54-pilot-warrants-task.question.xml": URLS,
    f"{UKP}55-warrants-batch-0001-5000-4294reasons-0001-0600-task.input.success": OTHER,
    f"{UKP}55-warrants-batch-0001-5000-4294reasons-0001-0600-task.properties": OTHER,
    f"{UKP}55-warrants-batch-0001-5000-4294reasons-0001-0600-task.question.xml": URLS,
    f"{UKP}60-pilot-reason-disambiguation-task.question.xml": URLS,
    f"{UKP}61-reason-disambiguation-batch-0001-5000-4294reasons-0060-4294-task.question.xml": URLS,
    f"{UKP}original-warrant-qualification.answer.xml": KEY,
    f"{UKP}original-warrant-qualification.question.xml": Is("question_form", 8),
    f"{UKP}reason-gist-qualification.answer.xml": KEY,
    f"{UKP}task-validation-qualification.answer.xml": KEY,
    f"{UKP}task-validation-qualification.question.xml": Is("question_form", 8),
    f"{UKP}warrant1-qualification.answer.xml": KEY,
    f"{UKP}warrant1-qualification.question.xml": Is("question_form", 6),
    "adikhosla__mturkMatlab__external_hit.question": Is("external", 0, ("expt",), 800, 1),
    "allenai__amti__answerkey.xml": KEY,
    "allenai__amti__question.xml.j2": Is("external", 0, ("external_url",), 900),
    "allenai__amti__question.xml~2.j2": Is("html", 2, ("example_word",), 450),
    "aws-samples__mturk-code-samples__my_question.xml": Is("html", 2, (), 450),
    "facebookresearch__fairo__fetch_combined_tool.xml": Is("external", 0, (), 0, 1),
    "facebookresearch__fairo__fetch_question_B.xml": Is("external", 0, (), 0, 1),
    "facebookresearch__fairo__fetch_question_C.xml": Is("external", 0, (), 0, 1),
    "microsoft__P.808__answer_key.xml": KEY,
    "microsoft__P.808__qualification.xml": Is("question_form", 2),
    "tc__java-aws-mturk__site_category.question": Is("external", 0, ("urls",), 400, 1),
    "tc__java-aws-mturk__testExternalQuestion.txt": Is("external", 0, ("urls",), 400, 1),
    "tc__java-aws-mturk__testFormattedContentQuestion.txt": TEST,
    "tc__java-aws-mturk__testInvalidExternalQuestion.txt": "is not XML that can be read (line 6)",
    "tc__java-aws-mturk__testInvalidQuestion.txt": TEST._replace(variables=("testheader",)),
    "tc__java-aws-mturk__testQuestion.txt": TEST._replace(variables=("testheader",)),
    "tc__java-aws-mturk__testScriptFormattedContent.txt": TEST,
    "thegricean__modals__evidence.question": Is("external", 0, (), 800),
    "thegricean__modals__rain.question": Is("external", 0, (), 800),
}
LARGEST = "facebookresearch__fairo__step_1.xml"
"""Of 594,938 bytes; what is in it is the business of the tests of pages."""
PAGES = [name for name, what in WHAT.items() if isinstance(what, Is) and what.kind == "html"]
NOT_UNDERSTOOD = {
    "tc__java-aws-mturk__testInvalidQuestion.txt": ["text in QuestionContent"],
    "microsoft__P.808__qualification.xml": [],
}


def text_of(name: str) -> str:
    """The text as it lies there, its line ends too."""
    return FILES[name].read_bytes().decode()


def what_is(form: Form) -> Is:
    count, parameters = len(form.fields), len(form.url_parameters)
    return Is(form.kind, count, form.variables, form.frame_height, parameters)


def test_every_file_is_in_the_table() -> None:
    assert FILES.keys() == {*WHAT, LARGEST}


@pytest.mark.parametrize("name", WHAT)
def test_each_file_is_what_it_is(name: str) -> None:
    expected = WHAT[name]
    if isinstance(expected, Is):
        assert what_is(question.read(text_of(name))) == expected
        return
    with pytest.raises(UnreadableQuestion) as told:
        question.read(text_of(name))
    assert str(told.value) == expected


@pytest.mark.parametrize("name", [*PAGES, LARGEST])
def test_a_page_is_a_slice_of_its_question(name: str) -> None:
    text = text_of(name)
    page = unwrap(text)
    assert page.start is not None
    assert text[page.start : page.end].replace("\r\n", "\n") == page.html
    assert text[page.start - 9 : page.start] == "<![CDATA["
    assert text[page.end : (page.end or 0) + 3] == "]]>"
    assert text.count("]]>") == 1


def test_the_largest_is_read() -> None:
    form = question.read(text_of(LARGEST))
    assert (form.kind, form.frame_height) == ("html", 600)


@pytest.mark.parametrize(
    "name",
    [name for name, what in WHAT.items() if isinstance(what, Is) and what.kind == "question_form"],
)
def test_nothing_of_a_question_form_is_left(name: str) -> None:
    form = question.read(text_of(name))
    assert [one.what for one in form.not_understood] == NOT_UNDERSTOOD.get(name, [])
    for field in form.fields:
        assert field.label
        assert bool(field.choices) == (field.kind == "single_choice")
        assert all(choice.label for choice in field.choices)


def test_constraints_are_as_they_are_written() -> None:
    date, phone, region, selfie = question.read(
        text_of("JoseBarrios__api-mturk__AmazonExample.xml")
    ).fields
    assert date.required
    assert date.constraints == {
        "pattern": r"^[12][0-9]{3}-[01]?\d-[0-3]?\d$",
        "error_text": "You must enter a date with the format yyyy-mm-dd.",
    }
    assert str(phone.constraints["pattern"]).endswith(r"\d{4}$)")
    assert [one.value for one in region.choices] == ["C1", "C2", "A3", "C3"]
    assert selfie.constraints == {"max_bytes": 3000000, "min_bytes": 1000}


def test_media_of_a_question_belong_to_it() -> None:
    _, language = question.read(text_of("microsoft__P.808__qualification.xml")).fields
    assert [one.kind for one in language.shows if one.kind != "text"] == ["audio", "audio"]
    assert {one.label for one in language.shows} == {"audio clip"}
