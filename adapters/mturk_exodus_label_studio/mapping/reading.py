"""The form of each HIT, and the project that asks it: read once for all that are alike.

How much is kept is bounded, whatever the archive holds.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from mturk_exodus.questions import question
from mturk_exodus.questions.form import Form, NotUnderstood, Shown, UnreadableQuestion
from mturk_exodus.replay.adapter import Task
from mturk_exodus_label_studio.mapping.config import Design, designed
from mturk_exodus_label_studio.mapping.controls import controls_of
from mturk_exodus_label_studio.mapping.slots import TemplateForms

_MOST_TEMPLATES = 64
_MOST_QUESTIONS = 256
_MOST_DESIGNS = 1024

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Asked(NamedTuple):
    """What a HIT asks, and the project that asks it."""

    form: Form
    design: Design


class _Recent(Generic[Key, Kept]):
    """Keeps what was used last."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._most = most

    def get(self, key: Key, make: Callable[[], Kept]) -> Kept:
        """What is kept under a key, made if it is not there."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = make()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found


class Forms:
    """Reads the forms of HITs."""

    def __init__(self) -> None:
        self._templates: _Recent[str, TemplateForms] = _Recent(_MOST_TEMPLATES)
        self._questions: _Recent[bytes, Asked] = _Recent(_MOST_QUESTIONS)
        self._designs: _Recent[object, Design] = _Recent(_MOST_DESIGNS)

    def of(self, task: Task) -> Asked:
        """What a HIT asks. A question that cannot be read asks nothing, and is shown as it is."""
        text = task.question
        if text is None:
            return self._asked(_without("there is no question"))
        template = task.template
        if template is not None:
            forms = self._templates.get(
                template.digest, lambda: TemplateForms(template, read, self._design_of)
            )
            found = forms.form_of(text)
            if found is not None:
                return Asked(*found)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return self._questions.get(digest, lambda: self._asked(read(text)))

    def _asked(self, form: Form) -> Asked:
        return Asked(form, self._design_of(form))

    def _design_of(self, form: Form) -> Design:
        controls = controls_of(form)
        return self._designs.get(controls, lambda: designed(controls))


def read(text: str) -> Form:
    """The form of a question; what cannot be read is a form that says why."""
    try:
        return question.read(text)
    except UnreadableQuestion as error:
        return _without(str(error), text)


def _without(why: str, text: str = "") -> Form:
    shows = (Shown("text", text),) if text else ()
    return Form(kind="html", shows=shows, not_understood=(NotUnderstood("question", why),))
