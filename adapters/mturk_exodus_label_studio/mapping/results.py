"""What a worker gave as results of Label Studio's editor.

What is of another shape than its control takes becomes no result: it is told as a loss and shown
as text, and the answer itself is carried along in any case.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from mturk_exodus.questions.answering.crowd_answers import json_text
from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping import masks, regions, spans
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
from mturk_exodus_label_studio.mapping.regions import Refused, Size
from mturk_exodus_label_studio.mapping.texts import of_json
from mturk_exodus_label_studio.mapping.validation import why_refused

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_IS_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII).fullmatch
_STRUCTURED = frozenset({"json", "ranking", "document_analysis", "question_answer"})
"""Kinds of which it is told already that they are JSON text."""
_LARGEST_WHOLE = 2**53
_MOST_SPANNED = 1_000_000
"""Characters in all spans of an answer: each result repeats its own."""
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
    elif not isinstance(one, Output) or not isinstance(one.said, dict):
        raise Refused("an answer is not what its element gives")
    elif control.tag == "Labels":
        yield from _spans(control, one.said, str(data.get(control.about, "")), losses)
    elif control.tag == "BrushLabels":
        yield from _masks(control, one.said, losses)
    else:
        yield from _regions(control, one.said, losses, number)


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


def _annotations(kind: str, said: Mapping[str, JSON]) -> list[JSON]:
    listed = said.get(regions.LISTS[kind])
    if not isinstance(listed, list):
        raise Refused("an answer is not what its element gives")
    return listed


def _labelled(
    control: Control,
    several: Iterable[JSON],
    value_of: Callable[[JSON], Value],
    losses: dict[str, None],
) -> Iterator[Value]:
    """Annotations as values with their labels; what is wrong with any is known at the end."""
    stored = {option.value: option.stored for option in control.options}
    bad: str | None = None
    for one in several:
        value = _one_labelled(control, one, stored, value_of)
        if isinstance(value, str):
            losses[value] = None
            bad = value
        else:
            yield value
    if bad is not None:
        raise Refused(bad)


def _one_labelled(
    control: Control, one: JSON, stored: Mapping[str, str], value_of: Callable[[JSON], Value]
) -> Value | str:
    """An annotation as a value with its label, or why it is none."""
    label = one.get("label") if isinstance(one, dict) else None
    if not isinstance(label, str) or label not in stored:
        return "an annotation's label is none of the labels"
    try:
        return {**value_of(one), control.type: [stored[label]]}
    except Refused as error:
        return str(error)


def _regions(
    control: Control, said: Mapping[str, JSON], losses: dict[str, None], number: int
) -> Iterator[Value]:
    several = _annotations(control.kind, said)
    size = regions.size_of(said) if several else Size(1, 1)
    numbers = iter(range(number, number + len(several)))

    def value_of(one: JSON) -> Value:
        return {**regions.value_of(control.kind, one, size, next(numbers)), "size": size}

    return _labelled(control, several, value_of, losses)


def _spans(
    control: Control, said: Mapping[str, JSON], text: str, losses: dict[str, None]
) -> Iterator[Value]:
    several = _annotations("text_span", said)
    if len(several) * len(text) > _MOST_SPANNED and spans.length(several) > _MOST_SPANNED:
        raise Refused("the spans of a text are too much text")
    return _labelled(control, several, lambda one: spans.value_of(one, text), losses)


def _masks(control: Control, said: Mapping[str, JSON], losses: dict[str, None]) -> Iterator[Value]:
    painted = _painted(control.kind, said)
    content = said.get("labeledImage")
    picture = masks.picture_of(content.get("pngImageData") if isinstance(content, dict) else None)
    present = [one for one in painted if picture.colours is None or one[1] in picture.colours]
    if len(present) < len(painted) and control.kind == "image_instances":
        losses["an instance is not in the painted picture"] = None
    if not masks.is_affordable(picture, len(present)):
        raise Refused("the painted picture has too many labels for its size")
    if masks.has_others(picture, [colour for _, colour in painted]):
        losses["something is painted in a colour that stands for no label"] = None
    if "inputImageProperties" in said and regions.size_of(said) != picture.size:
        losses["the painted picture is not of the image's size"] = None

    coder = masks.Coder(picture)

    def value_of(one: JSON) -> Value:
        return {"format": "rle", "rle": coder.rle(one["colour"]), "size": picture.size}

    several = [{"label": label, "colour": colour} for label, colour in present]
    return _labelled(control, several, value_of, losses)


def _painted(kind: str, said: Mapping[str, JSON]) -> list[tuple[JSON, masks.Colour]]:
    """Labels and their colours."""
    if kind == "image_instances":
        listed = _annotations(kind, said)
        if not all(isinstance(one, dict) for one in listed):
            raise Refused("an annotation is no object")
        pairs = [(one.get("label"), one) for one in listed]
    else:
        mappings = said.get("labelMappings")
        pairs = [*mappings.items()] if isinstance(mappings, dict) else []
        if not isinstance(mappings, dict):
            raise Refused("an answer is not what its element gives")
    return [
        (label, masks.colour_of(one.get("color") if isinstance(one, dict) else None))
        for label, one in pairs
    ]
