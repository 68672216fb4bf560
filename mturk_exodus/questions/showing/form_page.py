"""A QuestionForm as a page of our own: each question a group, each control labelled."""

from __future__ import annotations

from html import escape
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import Form
from mturk_exodus.questions.pages.page import read
from mturk_exodus.questions.question_forms.answer_specification import asked
from mturk_exodus.questions.showing import policy, scripts
from mturk_exodus.questions.showing.content import Content
from mturk_exodus.questions.showing.controls import Control
from mturk_exodus.questions.showing.frame import Frame
from mturk_exodus.questions.showing.hosts import sources

_MOST_HOSTS = 60
_ANSWERS = ("FreeTextAnswer", "SelectionAnswer", "FileUploadAnswer")
_NO_UPLOAD = "FileUploadAnswer: files cannot be uploaded here"
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">{script}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style></head><body><main>
<form id="mturk_form" method="post" action="/mturk/externalSubmit">
<input type="hidden" name="assignmentId" id="assignmentId" value="">
{body}
<p><button type="submit" id="submitButton">Submit</button></p>
</form></main></body></html>
"""


def frame(
    question: str, form: Form, origin: str, allowed_hosts: frozenset[str], delivery: str
) -> Frame:
    """The frame of a QuestionForm.

    Raises:
        UnreadableQuestion: it cannot be read.
    """
    content = Content()
    body = "\n".join(_parts(xml_text.parse(question, "QuestionForm"), form, content))
    script = scripts.of_question_form(delivery)
    found = sources(body, read(body), allowed_hosts, _MOST_HOSTS)
    return Frame(
        kind="question_form",
        document=_PAGE.format(
            script=script, title="HIT", style=scripts.style_of_question_form(), body=body
        ),
        policy=policy.of_form(origin, scripts.hash_of(script), found.allowed),
        hosts=found.hosts,
        blocked=found.blocked,
        not_shown=tuple(content.not_shown),
    )


def _parts(root: Element, form: Form, content: Content) -> list[str]:
    """Overviews and questions in their order; what the form model leaves out is not asked."""
    fields = iter(form.fields)
    parts = []
    for number, one in enumerate(root):
        name = xml_text.local_name(one)
        if name == "Overview":
            parts.append(f"<section>{content.html(one)}</section>")
        elif name == "Question" and _is_field(one):
            field = next(fields)
            parts.append(_question(one, f"question-{number}", content, required=field.required))
        elif name == "Question":
            content.not_shown["Question: it has no name, or no kind of answer"] = None
    return parts


def _is_field(question: Element) -> bool:
    name = xml_text.text_of(xml_text.child(question, "QuestionIdentifier"))
    return bool(name.strip()) and _answer(question) is not None


def _answer(question: Element) -> Element | None:
    specification = xml_text.child(question, "AnswerSpecification")
    children = () if specification is None else specification
    return next((one for one in children if xml_text.local_name(one) in _ANSWERS), None)


def _question(question: Element, ours: str, content: Content, *, required: bool) -> str:
    answer = _answer(question)
    assert answer is not None  # noqa: S101 - _is_field
    name = xml_text.text_of(xml_text.child(question, "QuestionIdentifier"))
    about = xml_text.child(question, "QuestionContent")
    heading = xml_text.tidy(xml_text.text_of(xml_text.child(question, "DisplayName")))
    mark = ' <span class="required">(required)</span>' if required else ""
    legend = f'<legend id="{ours}">{escape(heading)}{mark}</legend>' if heading or mark else ""
    shown = f'{legend}<div id="{ours}-asked">{content.html(about)}</div>'
    described = f"{ours} {ours}-asked" if legend else f"{ours}-asked"
    if xml_text.local_name(answer) == "FileUploadAnswer":
        content.not_shown[_NO_UPLOAD] = None
        hint = '<p class="hint">A file was asked for. Files cannot be uploaded here.</p>'
        return f'<fieldset aria-labelledby="{described}">{shown}{hint}</fieldset>'
    control = Control(asked(answer), answer, name, required, described)
    return (
        f'<fieldset aria-labelledby="{described}"{control.limits}>{shown}'
        f"{control.html(content)}</fieldset>"
    )
