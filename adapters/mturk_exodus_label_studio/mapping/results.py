"""What a worker gave as results of Label Studio's editor.

What is of another shape than its control takes becomes no result: it is told as a loss and shown
as text, and the answer itself is carried along in any case.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from mturk_exodus.questions.answering.crowd_answers import json_text
from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping.annotations import annotated
from mturk_exodus_label_studio.mapping.answers import (
    Given,
    Output,
    Texts,
    as_text,
    shown,
    structure_of,
    texts_of,
)
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import PAGE, REST, Control
from mturk_exodus_label_studio.mapping.members import says_more
from mturk_exodus_label_studio.mapping.regions import Refused
from mturk_exodus_label_studio.mapping.texts import of_json
from mturk_exodus_label_studio.mapping.validation import why_refused

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_IS_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII).fullmatch
_STRUCTURED = frozenset({"json", "ranking", "document_analysis", "question_answer"})
"""Kinds of which it is told already that they are JSON text."""
_LARGEST_WHOLE = 2**53
_NO_CONTROL = "an answer that no control asks for is kept as text"

Value = dict[str, JSON]


@dataclass
class Results:
    """What an answer becomes.

    Attributes:
        items: results, each of which the editor loads.
        losses: what did not become one, each reason once.
    """

    items: list[Value] = field(default_factory=list)
    losses: dict[str, None] = field(default_factory=dict)


def results_of(several: Mapping[str, Given], design: Design, data: Mapping[str, JSON]) -> Results:
    """The results of one answer.

    Args:
        several: what was given, by MTurk's names.
        design: the project's.
        data: the task's, which holds the texts that spans lie in.
    """
    made = Results()
    rest: dict[str, Given] = {}
    for name, one in several.items():
        control = design.by_field.get(name)
        if control is None:
            if any(shown(one)):
                rest[name] = one
                made.losses[_NO_CONTROL] = None
        elif not _take(control, one, design, data, made):
            rest[name] = one
    if rest:
        text = of_json(as_text(rest))
        made.items.append(_item(REST, PAGE, "textarea", {"text": [text]}, len(made.items)))
    return made


def _take(
    control: Control, one: Given, design: Design, data: Mapping[str, JSON], made: Results
) -> bool:
    """Add what a field was given; false if some of it does not fit."""
    whole = True
    if isinstance(one, Output) and says_more(control.kind, one.said):
        made.losses["an answer says more than its control can show"] = None
        whole = False
    try:
        for value in _values(control, one, data, made.losses, len(made.items)):
            item = _item_of(control, value, len(made.items))
            why = why_refused(item, design.config)
            if why is None:
                made.items.append(item)
            else:
                made.losses[why] = None
                whole = False
    except Refused as error:
        made.losses[str(error)] = None
        whole = False
    except ValueError:
        made.losses["an answer has more levels than can be written"] = None
        whole = False
    return whole


def _item_of(control: Control, value: Value, number: int) -> Value:
    size = value.pop("size", None)
    name = value.pop("name", control.name)
    kind = "textarea" if name != control.name else control.type
    item = _item(name, control.about, kind, value, number)
    if size is not None:
        item |= {
            "original_width": size.width,
            "original_height": size.height,
            "image_rotation": 0,
        }
    return item


def _item(name: str, about: str, kind: str, value: Value, number: int) -> Value:
    return {"id": f"m{number}", "from_name": name, "to_name": about, "type": kind, "value": value}


def _values(
    control: Control,
    one: Given,
    data: Mapping[str, JSON],
    losses: dict[str, None],
    number: int,
) -> Iterator[Value]:
    structure = structure_of(one) if control.tag == "TextArea" else None
    if structure is not None:
        yield {"text": [of_json(structure)]}
        if control.kind not in _STRUCTURED:
            losses["an answer is more than a text: it is kept as JSON text"] = None
    elif control.tag in _ONE:
        yield from _ONE[control.tag](control, one)
    elif isinstance(one, Output) and isinstance(one.said, dict):
        yield from annotated(control, one.said, data, losses, number)
    else:
        raise Refused("an answer is not what its element gives")


def _choices(control: Control, one: Given) -> Iterator[Value]:
    chosen, others = texts_of(one)
    stored = {option.value: option.stored for option in control.options}
    known = [stored[value] for value in dict.fromkeys(chosen) if value in stored]
    if known:
        yield {"choices": known}
    if others and control.other is not None:
        yield {"text": [of_json(others[0])], "name": control.other}
    if len(known) < len(chosen) or len(others) > (control.other is not None):
        raise Refused("something was chosen that is none of the choices")
    if isinstance(one, Texts) and one.is_unsplit:
        raise Refused("a | in what was chosen may separate two choices")


def _text(_control: Control, one: Given) -> Iterator[Value]:
    chosen, others = texts_of(one)
    texts = [*chosen, *others]
    if texts:
        said = texts[0] if len(texts) == 1 else json_text(texts)
        safe = of_json(said)
        yield {"text": [safe]}
        if safe != said:
            raise Refused("a text holds what Label Studio's database cannot")


def _number(control: Control, one: Given) -> Iterator[Value]:
    texts = texts_of(one)[0]
    for text in texts[:1]:
        number = exact_number(text)
        yield {"number": number}
        if not _IS_NUMBER(text) or (number == 0 and text.startswith("-")):
            raise Refused("a number has signs that the editor does not keep")
        if not _is_within(number, dict(control.attributes)):
            raise Refused("a number is not what the form allows: the editor will not submit it")
    if len(texts) > 1:
        raise Refused("a field for one number has several")


def _is_within(number: float, limits: Mapping[str, str]) -> bool:
    """Whether the editor would submit it, as its own check goes (`validateValue` of Number)."""
    least, most = float(limits.get("min", "-inf")), float(limits.get("max", "inf"))
    step = float(limits.get("step", 0))
    start = least if "min" in limits else 0.0
    return least <= number <= most and (not step or math.fmod(number - start, step) == 0)


def exact_number(text: str) -> int | float:
    """The number that a text says, if a browser can say it to the last digit.

    Raises:
        Refused: it is no number, or a browser would change it.
    """
    try:
        said = Decimal(text.strip())
        found = float(said)
        same = said.is_finite() and Decimal(repr(found)) == said and abs(found) < _LARGEST_WHOLE
    except (InvalidOperation, ValueError, OverflowError):
        same = False
    if not same:
        raise Refused("a number is none that the editor can hold")
    return int(found) if found.is_integer() else found


def _date(_control: Control, one: Given) -> Iterator[Value]:
    texts = texts_of(one)[0]
    for text in texts[:1]:
        try:
            dt.date.fromisoformat(text if _DATE(text) else "")
        except ValueError:
            raise Refused("a date is not as ISO 8601 has it") from None
        yield {"datetime": text}
    if len(texts) > 1:
        raise Refused("a field for one date has several")


_ONE: Mapping[str, Callable[[Control, Given], Iterator[Value]]] = {
    "Choices": _choices,
    "TextArea": _text,
    "Number": _number,
    "DateTime": _date,
}
