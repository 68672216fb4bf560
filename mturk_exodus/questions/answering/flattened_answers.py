"""Outputs of Crowd HTML Elements that a table has laid out in dotted columns, put together again.

The requester site shows `[{"age": {"on": true}}]` as a column `Answer.age.on` that says `true`. A
field may as well have a dot in its name. What its form says settles it, or a list of annotations
that nothing else would write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mturk_exodus.questions.answering.crowd_answers import annotation_kind, json_of
from mturk_exodus.questions.form import Field

_CHOICES = {"single_choice", "multiple_choice"}
_BOOLEANS = {"true": True, "false": False}
_TEXTS = {"label", "workerComment"}
_MOST_DOTS = 16

Fields = Mapping[str, Sequence[Field]]


class Element(NamedTuple):
    """An element's output.

    Attributes:
        name: the element's.
        members: the columns' names that it was in.
        said: what it says, as its JSON did.
        is_of_form: whether the form has such an element.
    """

    name: str
    members: tuple[str, ...]
    said: Mapping[str, Any]
    is_of_form: bool


def elements(cells: Mapping[str, str], fields: Fields, *, is_crowd: bool) -> list[Element]:
    """Elements whose outputs these cells are, each under its dotted name.

    Args:
        cells: those that may be parts of an element's output.
        fields: of the form, by name; none if it is not known.
        is_crowd: whether it is a form of Crowd HTML Elements. In such a one, plain HTML fields are
            elements, too.
    """
    owners = fields if is_crowd else {}
    known = {*_proven(cells), *owners}
    groups: dict[str, list[str]] = defaultdict(list)
    for name in cells:
        if name not in fields:
            owner = _owner(name, known)
            if owner is not None:
                groups[owner].append(name)
    made = (_element(owner, names, cells, owners) for owner, names in groups.items())
    return [element for element in made if element is not None]


def _proven(cells: Mapping[str, str]) -> Iterable[str]:
    for name, text in cells.items():
        owner, _, member = name.rpartition(".")
        if owner and text.startswith("[{"):
            value = _json(text)
            if value and annotation_kind(member, value) is not None:
                yield owner


def _owner(name: str, owners: Collection[str]) -> str | None:
    """The element that a dotted name belongs to."""
    if name.count(".") > _MOST_DOTS:
        return None
    owner = name
    while "." in owner:
        owner = owner.rpartition(".")[0]
        if owner in owners:
            return owner
    return None


def _element(
    owner: str, names: Sequence[str], cells: Mapping[str, str], fields: Fields
) -> Element | None:
    rest = {name[len(owner) + 1 :]: cells[name] for name in names}
    if any(field.kind in _CHOICES for field in fields.get(owner, ())):
        if not all(text.lower() in _BOOLEANS for text in rest.values()):
            return None
        said: dict[str, Any] | None = {k: _BOOLEANS[v.lower()] for k, v in rest.items()}
    else:
        said = _nested(rest)
    if said is None:
        return None
    return Element(owner, tuple(names), said, owner in fields)


def _nested(cells: Mapping[str, str]) -> dict[str, Any] | None:
    """Cells by dotted path as one object; None if they contradict each other."""
    whole: dict[str, Any] = {}
    for path, text in cells.items():
        *outer, last = path.split(".")
        place = whole
        for name in outer:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                return None
        if last in place:
            return None
        place[last] = text if last in _TEXTS else _value(text)
    return whole


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    value = _json(_BOOLEAN_SPELLED.get(text, text))
    return text if value is None else value


_BOOLEAN_SPELLED = {"True": "true", "False": "false"}


def _json(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    try:
        return json_of(text)
    except ValueError:
        return None
