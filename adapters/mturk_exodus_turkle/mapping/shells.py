"""What pages have in common: the parts that their project's template has of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from mturk_exodus.questions.showing import PAGE, Frame, frame_of
from mturk_exodus.questions.showing.policy import in_document
from mturk_exodus.questions.showing.scripts import beginning
from mturk_exodus.questions.templates.template import Template
from mturk_exodus_turkle.mapping.designs import Design, Part
from mturk_exodus_turkle.mapping.texts import sound

NOWHERE = "https://turkle.invalid"
"""The plan does not know where the server is; a page's policy does not name it either."""

_POLICY = ('<meta http-equiv="Content-Security-Policy" content="', '">')
_NO_REFERRER = '<meta name="referrer" content="strict-origin">'
_IN_SCRIPTS_AND_TAGS = re.compile(
    r"<(script|style|textarea|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True)
class Shell:
    """A template's pages.

    Attributes:
        design: of their project.
        frame: of the page with marks in place of values.
        is_text: whether values are nothing but text between elements, so that a page whose values
            are plain text is known without being read.
    """

    design: Design
    frame: Frame
    is_text: bool


def frame_in_turkle(question: str) -> Frame:
    """What is shown of a question; its answer goes to the page around."""
    return frame_of(question, origin=NOWHERE, delivery=PAGE)


def whole(frame: Frame) -> tuple[Design, list[str]]:
    """The page in three values: before its policy, the policy, and behind our script."""
    document = frame.document or ""
    start, end = beginning(document)
    parts = (0, _POLICY[0], 1, f"{_POLICY[1]}{_NO_REFERRER}{document[start:end]}", 2)
    policy = escape(in_document(frame.policy or ""))
    return Design(parts), [sound(document[:start]), policy, sound(document[end:])]


def shell_of(template: Template) -> Shell | None:
    """The pages that a template gives: the policy is the first value, slots are the others. None
    if Turkle does not take so long a template, or there is nothing to be shown.
    """
    marks = [f"mturkexodus{template.digest[:12]}slot{one}x" for one in range(len(template.names))]
    frame = frame_in_turkle(template.render(marks))
    if frame.document is None:
        return None
    design, (before, _, after) = whole(frame)
    shim = design.parts[1:4]
    parts = (*_split(before, marks), shim[0], 0, shim[2], *_split(after, marks))
    found = Design(tuple(_joined(parts)))
    return Shell(found, frame, _is_text(template, frame, marks)) if found.fits else None


def _is_text(template: Template, frame: Frame, marks: list[str]) -> bool:
    between = _IN_SCRIPTS_AND_TAGS.sub("", frame.document or "")
    uses = Counter(part for part in template.parts if isinstance(part, int))
    return all(between.count(mark) == uses[number] for number, mark in enumerate(marks))


def _split(text: str, marks: list[str]) -> Iterator[Part]:
    """A text with the numbers of values in place of marks."""
    while text:
        places = [(at, number) for number, one in enumerate(marks) if (at := text.find(one)) >= 0]
        if not places:
            yield text
            return
        at, number = min(places)
        if at:
            yield text[:at]
        yield number + 1
        text = text[at + len(marks[number]) :]


def _joined(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Literals that meet are one."""
    text = ""
    for one in parts:
        if isinstance(one, str):
            text += one
            continue
        if text:
            yield text
        yield one
        text = ""
    if text:
        yield text
