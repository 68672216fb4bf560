"""What a question asks: its fields, whatever it was written in.

One model for HTML, Crowd HTML Elements, QuestionForm and ExternalQuestion. It tells what a target
needs to ask the same, and what of the question was not understood. The question itself stays where
it is: a form is worked out from it, never the other way round.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    {
        "text",
        "number",
        "date",
        "slider",
        "file",
        "hidden",
        "button",
        "single_choice",
        "multiple_choice",
        "classifier",
        "ranking",
        "text_span",
        "image_box",
        "image_polygon",
        "image_polyline",
        "image_line",
        "image_keypoint",
        "image_segmentation",
        "image_instances",
        "document_analysis",
        "question_answer",
    }
)
"""What a field can be.

button: one of several that end the work; the one that was pressed is sent with its value. A picture
to press sends where that was, under two names that end in `.x` and `.y`: two fields.
classifier: labels for what is shown, one or (max_selections) several.
"""

Constraint = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen.

    Attributes:
        value: what the answer says then.
        label: what the worker reads; None if that is not to be found.
        chosen: whether it is chosen before the worker does anything.
    """

    value: str
    label: str | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a worker is shown.

    Attributes:
        kind: text, image, audio, video, frame, link.
        value: the text, or the address.
        label: what stands for it where it cannot be shown.
    """

    kind: str
    value: str
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a worker is asked for under one name.

    Attributes:
        name: what the answer calls it: the name of an HTML field, a QuestionIdentifier, the key
            in a Crowd form's answer.
        kind: one of KINDS.
        element: what it was written as: `input type=radio`, `crowd-bounding-box`,
            `SelectionAnswer`.
        label: what is asked, as text.
        choices: the values of a choice, or the labels of an annotation.
        required: whether the work cannot be submitted without it.
        constraints: what else an answer must be, of these: min, max, step (numbers, or dates as
            ISO 8601 text), min_length, max_length (characters), pattern (a regular expression),
            pattern_flags, error_text (shown where the pattern is not met), min_selections,
            max_selections, other (whether something else than the choices can be written), lines
            (of a text), format (email, url, password, month, ...), accept (of a file), min_bytes,
            max_bytes. HTML's pattern must match the whole answer.
        default: what it holds before the worker does anything.
        shows: what it is about, where that belongs to it alone: the image to draw on.
    """

    name: str
    kind: str
    element: str
    label: str | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = False
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    default: str | None = None
    shows: tuple[Shown, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a kind that no target knows."""
        if self.kind not in KINDS:
            raise ValueError(f"there are no fields of the kind {self.kind}")


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Something in a question that may ask for something, or show it.

    Attributes:
        what: the element, or the part of the question.
        why: why it is no field here.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a question asks.

    Attributes:
        kind: html, crowd, question_form, external.
        fields: in the order of the question. Two of one name are possible: their values are
            joined with `|` in the answer.
        shows: what is shown beside the fields, in its order.
        not_understood: what may be more.
        variables: placeholders of a template that are not filled in, without `${}` or `{{}}`.
        title: the page's.
        frame_height: in pixels, 0 for the whole window; None if it is not said.
        url: of an ExternalQuestion.
        url_parameters: what its address says beyond the path.
        scripts: addresses of scripts that the page loads.
        has_inline_script: whether the page holds scripts of its own.
    """

    kind: str
    fields: tuple[Field, ...] = ()
    shows: tuple[Shown, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    variables: tuple[str, ...] = ()
    title: str | None = None
    frame_height: int | None = None
    url: str | None = None
    url_parameters: tuple[tuple[str, str], ...] = ()
    scripts: tuple[str, ...] = ()
    has_inline_script: bool = False


class UnreadableQuestion(ValueError):
    """A text that is no question of MTurk; the message says why, without its words."""


def as_json(form: Form) -> dict[str, Any]:
    """A form as JSON holds it: tuples are lists, what is None or empty is there as well."""
    return dataclasses.asdict(form)
