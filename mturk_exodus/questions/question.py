"""Whatever text a question is, as the form that it asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mturk_exodus.questions import external_question, xml_text
from mturk_exodus.questions.form import Form, NotUnderstood, UnreadableQuestion
from mturk_exodus.questions.html_question import unwrap
from mturk_exodus.questions.pages import html_form
from mturk_exodus.questions.question_forms import question_form

_NOT_ASKED = ("AnswerKey", "QuestionFormAnswers")
_HTML_DOCTYPE = re.compile(r"<!DOCTYPE\s{1,99}html\b[^\[<>]*>", re.IGNORECASE).match
_IS_XML = re.compile(r"[\s\ufeff]*<\?xml\s").match
_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]{0,40})(?=[\s/>])").finditer
_OF_A_PAGE = re.compile(
    r"crowd-.*|"
    r"a|abbr|address|area|article|aside|audio|b|big|blockquote|body|br|button|canvas|"
    r"caption|center|cite|code|col|colgroup|datalist|dd|del|details|dfn|div|dl|dt|em|"
    r"embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|"
    r"iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|noscript|"
    r"object|ol|optgroup|option|output|p|param|picture|pre|progress|q|s|samp|script|"
    r"section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|"
    r"tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video",
    re.IGNORECASE,
).fullmatch


def read(text: str) -> Form:
    """The form of a question: HTMLQuestion, QuestionForm, ExternalQuestion, or a page of HTML.

    XML may be in any namespace or in none, and be a template that is not filled in.

    Raises:
        UnreadableQuestion: the text is none of these, or its XML cannot be read.
    """
    root = xml_text.root_name(text)
    if root in _NOT_ASKED:
        raise UnreadableQuestion(f"is an {root}" if root[0] == "A" else f"is a {root}")
    reader = _READERS.get(root or "")
    if reader is None:
        return _page(text, root)
    form = reader(text)
    if xml_text.has_directives(text[: xml_text.root_at(text)]):
        odd = NotUnderstood("text before the question", "it is a template's directive")
        form = replace(form, not_understood=(*form.not_understood, odd))
    return form


def _html(text: str) -> Form:
    question = unwrap(text)
    form = html_form.read(question.html)
    odd = (*form.not_understood, *question.not_understood)
    return replace(form, frame_height=question.frame_height, not_understood=odd)


_READERS: dict[str, Callable[[str], Form]] = {
    "HTMLQuestion": _html,
    "QuestionForm": question_form.read,
    "ExternalQuestion": external_question.read,
}


def _page(text: str, root: str | None) -> Form:
    """A page that no XML is round.

    Raises:
        UnreadableQuestion: it is other XML, or no markup.
    """
    if root == "!DOCTYPE":
        doctype = _HTML_DOCTYPE(text, xml_text.root_at(text))
        if doctype is None or xml_text.root_name(text[doctype.end() :]) in _READERS:
            raise UnreadableQuestion("has a DTD, which no question of MTurk has")
    elif _IS_XML(text) and (root or "").lower() != "html":
        raise UnreadableQuestion("is XML, but no question of MTurk")
    if not any(_OF_A_PAGE(tag[1]) for tag in _TAG(text)):
        raise UnreadableQuestion("is neither a question of MTurk nor HTML")
    return html_form.read(text)
