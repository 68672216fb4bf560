"""Qualification tests, their answer key, and what workers answer in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Selected, answers_xml

if TYPE_CHECKING:
    from random import Random

SCHEMA = "2017-11-06"
CHOICES = {"a": "a place", "b": "an organisation", "c": "neither <both>"}
_NAMES = {"n1": "Lake Baikal", "n2": "the ministry of the sea", "n3": "Tuesday & Wednesday"}
_KEY = {"n1": "a", "n2": "b", "n3": "c"}


def names_test() -> str:
    """A test that MTurk can score."""
    overview = m.element("Overview", m.text("Title", "Places, organisations & dates"))
    questions = [
        m.question(name, m.text("Text", label), m.selection("radiobutton", m.plain(CHOICES)))
        for name, label in _NAMES.items()
    ]
    return m.question_form(SCHEMA, overview, *questions)


def names_key() -> str:
    """The answer key of `names_test` (MTurk API reference, AnswerKey data structure)."""
    questions = [
        m.element(
            "Question",
            m.text("QuestionIdentifier", name),
            m.element("AnswerOption", m.text("SelectionIdentifier", option), _score(10)),
            m.text("DefaultScore", 0),
        )
        for name, option in _KEY.items()
    ]
    mapping = m.element("PercentageMapping", m.text("MaximumSummedScore", 10 * len(_KEY)))
    namespace = f"{m.SCHEMAS}2005-10-01/AnswerKey.xsd"
    inside = "".join((*questions, m.element("QualificationValueMapping", mapping)))
    return f'{m.DECLARATION}<AnswerKey xmlns="{namespace}">{inside}</AnswerKey>'


def _score(points: int) -> str:
    return m.text("AnswerScore", points)


def translation_test() -> str:
    """A test that people score."""
    ask = m.text("Text", "Translate into English: „Morgenstund hat Gold im Mund.“")
    years = m.free_text('<IsNumeric minValue="0" maxValue="80"/>')
    return m.question_form(
        SCHEMA,
        m.question("proverb", ask, m.free_text(lines=3), needed="true"),
        m.question("years", m.text("Text", "Years of practice"), years),
    )


def translation_answer(rng: Random) -> str:
    """A worker's answers to `translation_test`."""
    said = ("The early bird catches the worm.", "Morning has gold in its mouth — 金", "?\r\n?")
    given = FreeText("proverb", rng.choice(said)), FreeText("years", str(rng.randint(0, 30)))
    return answers_xml(given)


def names_answer(rng: Random) -> str:
    """A worker's answers to `names_test`."""
    return answers_xml([Selected(name, (rng.choice(list(CHOICES)),)) for name in _NAMES])
