"""A HIT and a worker's answer to it, and what must become of that in Label Studio."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.demo import markup as m
from mturk_exodus.demo.answers import FreeText, Given, answers_xml

WIDTH, HEIGHT = 1200, 800
"""Pixels, of the picture that most are about. The editor has to make it smaller, and shows all of
it; one that is smaller than its place it enlarges beyond its frame.
"""
STREET = f"{{media}}/street-{WIDTH}x{HEIGHT}.png"

LABELS = ("cat", "dog & lead", "true")


@dataclass(frozen=True)
class Kind:
    """A HIT and its one assignment.

    Attributes:
        name: of the kind.
        question: its Question; `{media}` stands for the host of its pictures.
        given: what the worker gave.
        results: by control, what its results must say, in MTurk's units.
        seen: what a person must see of it: captions that are checked, texts, numbers.
        marks: whether something is drawn at a place of the picture, in its pixels.
        size: of that picture.
        text: that spans lie in.
    """

    name: str
    question: str
    given: Sequence[Given]
    results: dict[str, list[Any]]
    seen: Sequence[str] = ()
    marks: dict[tuple[float, float], bool] = field(default_factory=dict)
    size: tuple[int, int] = (WIDTH, HEIGHT)
    text: str = ""

    @property
    def answer(self) -> str:
        """The assignment's Answer."""
        return answers_xml(self.given)


def html(name: str, body: str, given: str, result: Any, *seen: str) -> Kind:  # noqa: ANN401 - JSON
    """A HIT of one plain field, `a`."""
    return Kind(name, m.html_form(body), [FreeText("a", given)], {"a": [result]}, seen)


def crowd(
    name: str,
    element: str,
    said: Any,  # noqa: ANN401 - JSON
    result: Iterable[Any],
    *seen: str,
    **more: Any,  # noqa: ANN401 - as Kind has them
) -> Kind:
    """A HIT of one Crowd element, `a`, and what that says."""
    given = [FreeText("taskAnswers", json.dumps([{"a": said}], ensure_ascii=False))]
    return Kind(name, m.crowd_form(element), given, {"a": [*result]}, seen, **more)
