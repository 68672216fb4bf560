"""QuestionForm: questions that MTurk itself made a page of.

What its elements mean: MTurk's API reference, "QuestionForm", and its schemas of 2005-10-01 and
2017-11-06. The later one differs in having no FileUploadAnswer and no Application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import Field, Form, NotUnderstood, Shown
from mturk_exodus.questions.placeholders import variables_of_xml
from mturk_exodus.questions.question_forms import question_content
from mturk_exodus.questions.question_forms.answer_specification import Asked, asked

_OF_A_QUESTION = (
    "QuestionIdentifier",
    "DisplayName",
    "IsRequired",
    "QuestionContent",
    "AnswerSpecification",
)
_ANSWERS = ("FreeTextAnswer", "SelectionAnswer", "FileUploadAnswer")
_BOOLEANS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False, "": False}


def read(text: str) -> Form:
    """The form of a QuestionForm: a field for each Question, and what Overviews show.

    Raises:
        UnreadableQuestion: it is no QuestionForm, or cannot be read.
    """
    root = xml_text.parse(text, "QuestionForm")
    fields: list[Field] = []
    shows: list[Shown] = []
    odd = [*xml_text.unexpected(root, ("Overview", "Question"))]
    for one in root:
        name = xml_text.local_name(one)
        if name == "Overview":
            pieces = [*question_content.pieces(one)]
            shows.extend(piece for piece in pieces if isinstance(piece, Shown))
            odd.extend(question_content.not_understood_of(pieces))
        elif name == "Question":
            found, strange = _field(one)
            fields.extend(found)
            odd.extend(strange)
    return Form(
        kind="question_form",
        fields=tuple(fields),
        shows=tuple(shows),
        not_understood=tuple(odd),
        variables=variables_of_xml(_texts(root)),
    )


def _texts(root: Element) -> Iterator[str]:
    for one in root.iter():
        yield from one.attrib.values()
        yield from (text for text in (one.text, one.tail) if text)


def _field(question: Element) -> tuple[list[Field], list[NotUnderstood]]:
    """The field of a question; none if nobody could tell its answer, or what it is."""
    odd = [*xml_text.unexpected(question, _OF_A_QUESTION)]
    name = xml_text.text_of(xml_text.child(question, "QuestionIdentifier"))
    answer, strange = _answer(question)
    odd.extend(strange)
    if not name.strip():
        odd.append(NotUnderstood("Question", "it has no QuestionIdentifier"))
    if answer is None or not name.strip():
        return [], odd
    content = _content(question)
    required, unsaid = _required(question)
    said = asked(answer)
    odd.extend(chain(question_content.not_understood_of(content), unsaid, said.not_understood))
    return [_made(name, content, question, said, required=required)], odd


def _made(
    name: str,
    content: list[question_content.Piece],
    question: Element,
    said: Asked,
    *,
    required: bool,
) -> Field:
    label = question_content.text_of(content)
    heading = xml_text.tidy(xml_text.text_of(xml_text.child(question, "DisplayName")))
    beside = (Shown("text", heading),) if heading and label else ()
    return Field(
        name=name,
        kind=said.kind,
        element=said.element,
        label=label or heading or None,
        choices=said.choices,
        # MTurk's API reference, Length: a minimum makes an answer required.
        required=required or said.implies_required,
        constraints=said.constraints,
        default=said.default,
        shows=(*beside, *question_content.media_of(content), *said.shows),
    )


def _content(question: Element) -> list[question_content.Piece]:
    contents = (one for one in question if xml_text.local_name(one) == "QuestionContent")
    return [piece for one in contents for piece in question_content.pieces(one)]


def _required(question: Element) -> tuple[bool, tuple[NotUnderstood, ...]]:
    said = xml_text.text_of(xml_text.child(question, "IsRequired")).strip().lower()
    if said in _BOOLEANS:
        return _BOOLEANS[said], ()
    return False, (NotUnderstood("IsRequired", "it is neither true nor false"),)


def _answer(question: Element) -> tuple[Element | None, list[NotUnderstood]]:
    specification = xml_text.child(question, "AnswerSpecification")
    if specification is None:
        return None, [NotUnderstood("Question", "it has no AnswerSpecification")]
    odd = [*xml_text.unexpected(specification, _ANSWERS)]
    answers = [one for one in specification if xml_text.local_name(one) in _ANSWERS]
    if not answers:
        odd.append(NotUnderstood("AnswerSpecification", "it names no kind of answer"))
    if len(answers) > 1:
        odd.append(NotUnderstood("AnswerSpecification", "it names several kinds of answers"))
    return next(iter(answers), None), odd
