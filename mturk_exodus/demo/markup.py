"""Question documents, built from pieces (MTurk API reference, QuestionForm and HTMLQuestion)."""

from __future__ import annotations

from html import escape
from string import Template

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
CROWD_SCRIPT = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>\n'

Options = dict[str, str]
"""SelectionIdentifier and, as markup, what the worker sees."""


def element(tag: str, *children: str) -> str:
    """An element round markup that is already escaped."""
    return f"<{tag}>{''.join(children)}</{tag}>"


def text(tag: str, value: object) -> str:
    """An element that holds a text."""
    return element(tag, escape(str(value), quote=False))


def cdata(value: str) -> str:
    """A CDATA section, split where the text itself would end it."""
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"


def html_question(body: str, height: int = 600) -> str:
    """An HTMLQuestion whose page has `body`; MTurk gives back what was sent, CDATA included."""
    page = (
        "<!DOCTYPE html>\n<html>\n<head><meta charset='utf-8'/>\n"
        "<script type='text/javascript' "
        "src='https://s3.amazonaws.com/mturk-public/externalHIT_v1.js'></script>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
    return _html_document(page, height)


def html_form(fields: str, height: int = 600) -> str:
    """An HTMLQuestion with the usual form round `fields`."""
    return html_question(
        "<form name='mturk_form' method='post' id='mturk_form' "
        "action='https://www.mturk.com/mturk/externalSubmit'>\n"
        "<input type='hidden' value='' name='assignmentId' id='assignmentId'/>\n"
        f"{fields}\n<p><input type='submit' id='submitButton' value='Submit'/></p></form>\n"
        "<script>turkSetAssignmentID(); if (items[marks[0]]>0) { start(); }</script>",
        height,
    )


def crowd_form(fields: str, height: int = 0) -> str:
    """An HTMLQuestion with Crowd HTML Elements; a height of 0 means the whole window."""
    return _html_document(f"{CROWD_SCRIPT}<crowd-form>\n{fields}\n</crowd-form>\n", height)


def fill(template: str, values: dict[str, str]) -> str:
    """A template of the requester site with its `${variables}` put in."""
    return Template(template).safe_substitute({k: escape(v) for k, v in values.items()})


def external_question(url: str, height: int = 0) -> str:
    """An ExternalQuestion."""
    namespace = f"{SCHEMAS}2006-07-14/ExternalQuestion.xsd"
    inside = text("ExternalURL", url) + text("FrameHeight", height)
    return f'{DECLARATION}<ExternalQuestion xmlns="{namespace}">{inside}</ExternalQuestion>'


def question_form(schema: str, *parts: str) -> str:
    """A QuestionForm; `schema` is the date in its namespace."""
    namespace = f"{SCHEMAS}{schema}/QuestionForm.xsd"
    inside = "\n".join(parts)
    return f'{DECLARATION}<QuestionForm xmlns="{namespace}">\n{inside}\n</QuestionForm>'


def question(name: str, content: str, answer: str, *, display: str = "", needed: str = "") -> str:
    """A Question; `needed` is the text of IsRequired, which may be left out."""
    return element(
        "Question",
        text("QuestionIdentifier", name),
        text("DisplayName", display) if display else "",
        text("IsRequired", needed) if needed else "",
        element("QuestionContent", content),
        element("AnswerSpecification", answer),
    )


def free_text(constraints: str = "", default: str = "", lines: int = 0) -> str:
    """A FreeTextAnswer."""
    return element(
        "FreeTextAnswer",
        element("Constraints", constraints) if constraints else "",
        text("DefaultText", default) if default else "",
        text("NumberOfLinesSuggestion", lines) if lines else "",
    )


def selection(
    style: str, options: Options, *, least: int = 1, most: int = 1, other: bool = False
) -> str:
    """A SelectionAnswer over `options`."""
    choices = [
        element("Selection", text("SelectionIdentifier", identifier), shown)
        for identifier, shown in options.items()
    ]
    extra = element("OtherSelection", text("NumberOfLinesSuggestion", 1)) if other else ""
    return element(
        "SelectionAnswer",
        text("MinSelectionCount", least),
        text("MaxSelectionCount", most),
        text("StyleSuggestion", style),
        element("Selections", *choices, extra),
    )


def plain(labels: dict[str, str]) -> Options:
    """Options that are shown as text."""
    return {identifier: text("Text", label) for identifier, label in labels.items()}


def binary(tag: str, kind: str, url: str, alt: str, size: tuple[int, int] | None = None) -> str:
    """A Binary or, with its size, an EmbeddedBinary; `kind` is a MIME type."""
    major, minor = kind.split("/")
    mime = "EmbeddedMimeType" if tag == "EmbeddedBinary" else "MimeType"
    return element(
        tag,
        element(mime, text("Type", major), text("SubType", minor)),
        text("DataURL", url),
        text("AltText", alt),
        text("Width", size[0]) + text("Height", size[1]) if size else "",
    )


def _html_document(page: str, height: int) -> str:
    namespace = f"{SCHEMAS}2011-11-11/HTMLQuestion.xsd"
    return (
        f'<HTMLQuestion xmlns="{namespace}">\n<HTMLContent>{cdata(page)}</HTMLContent>\n'
        f"{text('FrameHeight', height)}\n</HTMLQuestion>"
    )
