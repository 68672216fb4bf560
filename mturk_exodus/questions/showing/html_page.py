"""A page of HTML with our scripts in the place of MTurk's."""

from __future__ import annotations

import re

from mturk_exodus.questions.form import Form
from mturk_exodus.questions.pages.page import read
from mturk_exodus.questions.pages.surroundings import words
from mturk_exodus.questions.showing import policy, scripts
from mturk_exodus.questions.showing.frame import Frame
from mturk_exodus.questions.showing.hosts import sources

_MOST_HOSTS = 60
_WIDGETS = words(
    """crowd-bounding-box crowd-polygon crowd-polyline crowd-line crowd-keypoint
    crowd-semantic-segmentation crowd-instance-segmentation crowd-entity-annotation
    crowd-textract-analyze-document crowd-rekognition-detect-moderation-labels
    crowd-text-ranking crowd-question-answer-generation"""
)
_PROLOGUE = re.compile(r"(?:\s|\ufeff|<!--(?:(?!-->).){0,20000}-->|<\?[^>]{0,500}>)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype[^>]{0,500}>", re.IGNORECASE)
_HAS_FORM = re.compile(r"<(?:form|crowd-form)(?=[\s/>])", re.IGNORECASE).search
_HAS_CROWD = re.compile(r"<crowd-[a-z]|crowd-html-elements|[\"'`]crowd-[a-z]", re.IGNORECASE).search
_FORM = (
    '<form name="mturk_form" method="post" id="mturk_form" action="/mturk/externalSubmit">'
    '<input type="hidden" value="" name="assignmentId" id="assignmentId">'
)
_FORM_ENDS = '<p><input type="submit" id="submitButton" value="Submit"></p></form>'


def frame(
    html: str,
    form: Form,
    origin: str,
    allowed_hosts: frozenset[str],
    delivery: str,
    *,
    layout: bool,
) -> Frame:
    """The frame of a page.

    Args:
        html: the page.
        form: what it asks.
        origin: the host's own.
        allowed_hosts: hosts of Amazon's that may be loaded from.
        delivery: where the answer goes (`scripts.FORM`, `scripts.PAGE`).
        layout: whether it is what the requester site put into a form, with a button below it, and
            so is to be put into one here if it has none.
    """
    is_crowd = _HAS_CROWD(html) is not None
    if widgets := _widgets(form):
        return Frame(kind="crowd", height=form.frame_height, refused=_refusal(widgets))
    if layout and not _HAS_FORM(html):
        start = _begins(html)
        html = f"{html[:start]}{_FORM}{html[start:]}{_FORM_ENDS}"
    found = sources(html, read(html), allowed_hosts, _MOST_HOSTS)
    start = _begins(html)
    ours = (scripts.of_crowd if is_crowd else scripts.of_html)(delivery)
    return Frame(
        kind="crowd" if is_crowd else "html",
        document=f"{html[:start]}{ours}{html[start:]}",
        policy=policy.of_page(origin, found.allowed),
        height=form.frame_height,
        hosts=found.hosts,
        blocked=found.blocked,
        not_shown=tuple(_not_shown(form)),
    )


def _begins(html: str) -> int:
    """Where a script is the first, and the page still is what its document type says."""
    start = _PROLOGUE.match(html)
    doctype = _DOCTYPE.match(html, start.end() if start else 0)
    return doctype.end() if doctype else 0


def _widgets(form: Form) -> list[str]:
    """Elements of the page that mark things in pictures and texts, with a name or without."""
    named = [field.element for field in form.fields]
    others = [one.what.split(" ")[0] for one in form.not_understood]
    return sorted({*named, *others} & _WIDGETS)


def _refusal(widgets: list[str]) -> str:
    return (
        f"{', '.join(widgets)}: marking things in pictures and texts is not possible here; "
        "Label Studio does it (exodus plan --target label-studio)"
    )


def _not_shown(form: Form) -> list[str]:
    unknown = [
        f"{one.what}: {one.why}"
        for one in form.not_understood
        if one.what.startswith("crowd-") and "known" in one.why
    ]
    if any(field.kind == "file" for field in form.fields):
        unknown.append("input type=file: only the file's name is sent, as MTurk's form did")
    return unknown
