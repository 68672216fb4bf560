"""A HIT's page: what its project's template has of it, and what its row has."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from mturk_exodus.questions.showing import Frame
from mturk_exodus.questions.showing.policy import in_document
from mturk_exodus.questions.templates.template import Matcher, Template
from mturk_exodus.replay.adapter import Fidelity, Task
from mturk_exodus_turkle.mapping.designs import Design
from mturk_exodus_turkle.mapping.shells import Shell, frame_in_turkle, shell_of, whole

_IS_PLAIN = re.compile(r"(?:[^<>&\"'`\\/\r\x00]|/(?!/))*").fullmatch
_MOST_TEMPLATES = 64

_NO_QUESTION = "no source kept its question"
_EXTERNAL = (
    "its page stands elsewhere: its answers arrive only where mturk_exodus_turkle_site is installed"
    " on the server"
)
_FIELDS = 1_000
"""Django takes no more of them with one answer (DATA_UPLOAD_MAX_NUMBER_FIELDS)."""
_MANY_FIELDS = (
    "it has more than 1,000 fields: its answers arrive only where mturk_exodus_turkle_site is"
    " installed on the server, or DATA_UPLOAD_MAX_NUMBER_FIELDS raised in its settings"
)
_BLOCKED = "what it loads from Amazon's servers is not loaded"
_REBUILT = "no source kept its question; this is "

Loss = tuple[Fidelity, str]


@dataclass(frozen=True)
class Page:
    """A HIT's page.

    Attributes:
        design: its project's.
        row: what its row has of it.
        refused: whether there is nothing that could be worked on.
        losses: what of it does not arrive as it is.
    """

    design: Design
    row: Mapping[str, Any]
    refused: bool
    losses: tuple[Loss, ...]


class Pages:
    """Makes pages; keeps what it has read of templates, within bounds."""

    def __init__(self) -> None:
        self._shells: OrderedDict[str, Shell | None] = OrderedDict()

    def of(self, task: Task) -> Page:
        """The page of a HIT."""
        text = task.question
        if text is None:
            return _refused(_NO_QUESTION, _NO_QUESTION)
        known = self._at_sight(task)
        if known is not None:
            return known
        frame = frame_in_turkle(text)
        if frame.refused is not None:
            return _refused(frame.refused, _reason(frame))
        losses = tuple(dict.fromkeys(_losses(task, frame)))
        if frame.url is not None:
            row: dict[str, Any] = {
                "url": frame.url,
                "height": frame.height,
                "hit_id": task.hit.hit_id,
            }
            return Page(Design(), row, refused=False, losses=losses)
        design, values = self._shown(task, frame)
        row = {"values": values, "height": frame.height}
        return Page(design, row, refused=False, losses=losses)

    def _shown(self, task: Task, frame: Frame) -> tuple[Design, list[str]]:
        """By the HIT's template, if that gives its page to the letter; else whole."""
        design, values = whole(frame)
        shell, found = self._filled(task)
        if shell is None:
            return design, values
        document = design.document(values)
        for read in (_lines, unescape):
            some = [values[1], *map(read, found)]
            if shell.design.document(some) == document:
                return shell.design, some
        return design, values

    def _at_sight(self, task: Task) -> Page | None:
        """The page of a HIT whose template's values are plain text, wherever they stand."""
        shell, found = self._filled(task)
        if shell is None or not shell.is_text or not all(map(_IS_PLAIN, found)):
            return None
        row = {"values": [_policy_of(shell), *found], "height": shell.frame.height}
        losses = tuple(dict.fromkeys(_losses(task, shell.frame)))
        return Page(shell.design, row, refused=False, losses=losses)

    def _filled(self, task: Task) -> tuple[Shell | None, list[str]]:
        """The shell of a HIT's template, and what the template was filled with."""
        template, text = task.template, task.question
        shell = None if template is None else self._shell_of(template)
        if shell is None or template is None or text is None:
            return None, []
        found = Matcher(template.parts).values(text)
        return (None, []) if found is None else (shell, found)

    def _shell_of(self, template: Template) -> Shell | None:
        if template.digest not in self._shells:
            self._shells[template.digest] = shell_of(template)
            if len(self._shells) > _MOST_TEMPLATES:
                self._shells.popitem(last=False)
        return self._shells[template.digest]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _policy_of(shell: Shell) -> str:
    return escape(in_document(shell.frame.policy or ""))


def _refused(shown: str, note: str) -> Page:
    words = f"This task cannot be shown: {shown}."
    return Page(Design(), {"refused": words}, refused=True, losses=((Fidelity.UNSUPPORTED, note),))


def _reason(frame: Frame) -> str:
    """Without words of the question's own."""
    if frame.kind == "crowd":
        return frame.refused or ""
    if frame.kind == "external":
        return "its page's address is no address of the web, or Amazon's"
    return "the question cannot be read"


def _losses(task: Task, frame: Frame) -> Iterator[Loss]:
    if task.rebuilt_from is not None:
        yield Fidelity.APPROXIMATE, _REBUILT + task.rebuilt_from
    if frame.url is not None:
        yield Fidelity.MANUAL, _EXTERNAL
    # Other names are among them: better one warning too many. Looking closer takes too long.
    if frame.document is not None and frame.document.lower().count(" name=") > _FIELDS:
        yield Fidelity.MANUAL, _MANY_FIELDS
    if frame.blocked:
        yield Fidelity.APPROXIMATE, _BLOCKED
    for one in frame.not_shown:
        yield Fidelity.UNSUPPORTED, f"not shown: {one}"
