"""Questions and answers of a hostile account: documents that MTurk would take."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Given, Selected, Uploaded, answers_xml
from mturk_exodus.testing.hostile import Values

FILE = "fichier"
"""The question that is answered with a file."""

_ASKED = "HIT.Question"
_ANSWERED = "Assignment.Answer"
_WORDS = (
    "Noël's “naïve” e\u0301tude 字 👩🏽\u200d🚀 \u202eאב\u202c"
    " <b>bold</b> & 'so' \"on\" ]]> \\ ${x} {{y}} %"
)
_CHOICES = ('rød & "grün"', "bleu <ciel>", "黄色 🟡")

_HTML, _FORM, _EXTERNAL, _UNREADABLE = 1, 3, 4, 5


def question(values: Values, number: int) -> str:
    """The question of a HIT.

    1, 2 and 7 are one page with different variables, 3 is a QuestionForm, 4 stands elsewhere,
    5 is XML that ends before its end.
    """
    asked = words(values, _ASKED, number)
    if number == _FORM:
        return _question_form(asked)
    if number == _EXTERNAL:
        return m.external_question(f"https://example.org/ü?a=1&b='2'&n={number}&{len(asked)}#<x>")
    if number == _UNREADABLE:
        return f"<QuestionForm>{values.text(_ASKED, number)}"
    return m.html_form(_PAGE.replace("{words}", escape(asked)))


def words(values: Values, name: str, number: int) -> str:
    """What XML can hold of a hostile text."""
    return f"{name} {values.seed}.{number} {_WORDS}{values.mark(name)}"


def variables(values: Values, number: int) -> Mapping[str, str]:
    """What the page was filled with; one of the names is no name."""
    name = "HIT.TemplateVariables"
    return {"words": words(values, name, number), "ключ \"'<&": values.text(name, number)}


def answer(values: Values, hit: int, number: int) -> str:
    """What a worker gave to the question of a HIT."""
    said = words(values, _ANSWERED, number)
    place = (number + (_ANSWERED in values.changed)) % len(_CHOICES)
    given: list[Given]
    if hit == _FORM:
        identifier = ("a", "b")[place % 2]
        given = [
            Selected("colour", (identifier,)),
            FreeText("why", said),
            Uploaded(FILE, bytes(range(256)), f"{FILE}.bin"),
        ]
    elif hit == _EXTERNAL:
        given = [FreeText("score", str(place)), FreeText("ключ", said)]
    else:
        given = [FreeText("colour", _CHOICES[place]), FreeText("why", said)]
    return answers_xml(given)


_PAGE = (
    '<p>{words}</p><img src="https://example.org/b%C3%BCld.png?a=1&amp;b=2" alt="ein Bild"/>'
    + "".join(
        f'<label><input type="radio" name="colour" value="{escape(one)}" required/>'
        f"{escape(one)}</label>"
        for one in _CHOICES
    )
    + '<label for="why">Perché?</label><textarea name="why" id="why"></textarea>'
)


def _question_form(asked: str) -> str:
    options = m.plain({"a": _CHOICES[0], "b": _CHOICES[1]})
    return m.question_form(
        "2017-11-06",
        m.element("Overview", m.text("Title", asked)),
        m.question(
            "colour", m.text("Text", "Quelle couleur ?"), m.selection("radiobutton", options)
        ),
        m.question("why", m.text("Text", "Perché?"), m.free_text(lines=3)),
        m.question(
            FILE,
            m.text("Text", "Une image"),
            "<FileUploadAnswer><MaxFileSizeInBytes>4096"
            "</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>"
            "</FileUploadAnswer>",
        ),
    )
