"""Whether Label Studio's editor will load a result: the server takes anything.

Measured on 1.23.2: a value of a wrong type ends the loading of an annotation without a word, a
result for an unknown control is dropped, and the next person to save keeps what was loaded. So what
is not exactly of its control's shape is never sent.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import fromstring

from mturk_exodus_label_studio.mapping.texts import of_json

_KEYS = frozenset({"id", "from_name", "to_name", "type", "value"})
_IMAGE = frozenset({"original_width", "original_height", "image_rotation"})
_OPTIONS = ("Choice", "Label")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_LARGEST = 1e12
_LEAST_POLYGON = 3
_LEAST_PATH = 2

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a control takes.

    Attributes:
        tag: the control's.
        about: what its results' to_name must be.
        options: what its results may say, none if it has no options.
        several: whether it takes more than one of them.
        on_image: whether its results say an image's size.
    """

    tag: str
    about: str
    options: frozenset[str]
    several: bool
    on_image: bool


@lru_cache(256)
def rules_of(config: str) -> Mapping[str, Rule]:
    """What each control of a labeling configuration takes, by name. Only for what we wrote."""
    view = fromstring(config)  # noqa: S314 - it is ours, and has neither a DTD nor entities
    objects = {one.get("name"): one.tag for one in view.iter() if one.get("toName") is None}
    rules = {}
    for one in view.iter():
        name, about = one.get("name"), one.get("toName")
        if name is not None and about is not None:
            said = (child for child in one if child.tag in _OPTIONS)
            options = frozenset(child.get("alias") or child.get("value") or "" for child in said)
            several = one.get("choice") == "multiple"
            on_image = objects.get(about) == "Image"
            rules[name] = Rule(one.tag, about, options, several, on_image)
    return rules


def problems(items: Iterable[Mapping[str, Any]], config: str) -> list[str]:
    """What the editor would not load of an annotation's results; nothing if all is well."""
    found: list[str] = []
    ids: set[object] = set()
    once: set[object] = set()
    for item in items:
        why = why_refused(item, config)
        if why is not None:
            found.append(why)
            continue
        if item["id"] in ids:
            found.append("two results have one id")
        if item["from_name"] in once:
            found.append("a control has two results")
        ids.add(item["id"])
        if item["type"] in _ONCE:
            once.add(item["from_name"])
    return found


def why_refused(item: Mapping[str, Any], config: str) -> str | None:
    """Why the editor would not load a result; None if it would."""
    name = item.get("from_name")
    rule = rules_of(config).get(name) if isinstance(name, str) else None
    if rule is None:
        return "there is no such control"
    return _of_item(item, rule) or _of_value(item["value"], rule)


def _of_item(item: Mapping[str, Any], rule: Rule) -> str | None:
    if item.get("to_name") != rule.about or item.get("type") != rule.tag.lower():
        return "a result is not of its control's kind"
    if item.keys() != (_KEYS | _IMAGE if rule.on_image else _KEYS):
        return "a result has other members than it must"
    if not isinstance(item["id"], str) or not item["id"]:
        return "a result has no id"
    if rule.on_image and not _has_size(item):
        return "a result does not say its image's size"
    return None


def _of_value(value: object, rule: Rule) -> str | None:
    if not isinstance(value, dict) or not _CHECKS[rule.tag](value, rule):
        return "a result's value is not one that its control takes"
    return None


def _has_size(item: Mapping[str, Any]) -> bool:
    sides = (item["original_width"], item["original_height"])
    if item["image_rotation"] != 0 or isinstance(item["image_rotation"], bool):
        return False
    return all(type(side) is int and 0 < side < _LARGEST for side in sides)


def _is_number(*said: object) -> bool:
    return all(
        type(one) in (int, float) and math.isfinite(one) and abs(one) < _LARGEST  # type: ignore[arg-type] # as its type says
        for one in said
    )


def _is_text(said: object) -> bool:
    return isinstance(said, str) and bool(said) and of_json(said) == said


def _is_list(said: object, least: int = 1) -> bool:
    return isinstance(said, list) and len(said) >= least


def _choices(value: Value, rule: Rule) -> bool:
    chosen = value.get("choices")
    if value.keys() != {"choices"} or not isinstance(chosen, list) or not chosen:
        return False
    known = all(isinstance(one, str) and one in rule.options for one in chosen)
    return known and len({*chosen}) == len(chosen) and (rule.several or len(chosen) == 1)


def _text(value: Value, _rule: Rule) -> bool:
    texts = value.get("text")
    return value.keys() == {"text"} and _is_list(texts) and len(texts) == 1 and _is_text(texts[0])  # type: ignore[arg-type,index] # a list by then


def _number(value: Value, _rule: Rule) -> bool:
    return value.keys() == {"number"} and _is_number(value["number"])


def _date(value: Value, _rule: Rule) -> bool:
    said = value.get("datetime")
    if value.keys() != {"datetime"} or not isinstance(said, str) or not _DATE(said):
        return False
    try:
        dt.date.fromisoformat(said)
    except ValueError:
        return False
    return True


def _labels(value: Value, rule: Rule, names: frozenset[str]) -> bool:
    key = rule.tag.lower()
    labels = value.get(key)
    if value.keys() != {*names, key} or not isinstance(labels, list) or len(labels) != 1:
        return False
    return isinstance(labels[0], str) and labels[0] in rule.options


def _box(value: Value, rule: Rule) -> bool:
    names = frozenset({"x", "y", "width", "height", "rotation"})
    if not _labels(value, rule, names) or not _is_number(*(value[one] for one in names)):
        return False
    return bool(value["width"] >= 0 and value["height"] >= 0)


def _polygon(value: Value, rule: Rule) -> bool:
    if not _labels(value, rule, frozenset({"points", "closed"})) or value["closed"] is not True:
        return False
    points = value["points"]
    return _is_list(points, _LEAST_POLYGON) and all(
        isinstance(one, list) and len(one) == len("xy") and _is_number(*one) for one in points
    )


def _path(value: Value, rule: Rule) -> bool:
    if not _labels(value, rule, frozenset({"vertices", "closed"})) or value["closed"] is not False:
        return False
    points, before = value["vertices"], None
    if not _is_list(points, _LEAST_PATH):
        return False
    for one in points:
        if not isinstance(one, dict) or one.keys() != _VERTEX or not _is_number(one["x"], one["y"]):
            return False
        if one["isBezier"] is not False or one["prevPointId"] != before or not _is_text(one["id"]):
            return False
        before = one["id"]
    return len({one["id"] for one in points}) == len(points)


_VERTEX = {"id", "x", "y", "prevPointId", "isBezier"}


def _keypoint(value: Value, rule: Rule) -> bool:
    names = frozenset({"x", "y", "width"})
    if not _labels(value, rule, names) or not _is_number(*(value[one] for one in names)):
        return False
    return bool(value["width"] > 0)


def _brush(value: Value, rule: Rule) -> bool:
    if not _labels(value, rule, frozenset({"format", "rle"})) or value["format"] != "rle":
        return False
    rle = value["rle"]
    return _is_list(rle) and all(type(one) is int and one >> 8 == 0 for one in rle)


def _span(value: Value, rule: Rule) -> bool:
    if not _labels(value, rule, frozenset({"start", "end", "text"})):
        return False
    start, end = value["start"], value["end"]
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        return False
    return isinstance(value["text"], str) and len(value["text"]) == end - start


_CHECKS: Mapping[str, Callable[[Value, Rule], bool]] = {
    "Choices": _choices,
    "TextArea": _text,
    "Number": _number,
    "DateTime": _date,
    "RectangleLabels": _box,
    "PolygonLabels": _polygon,
    "VectorLabels": _path,
    "KeyPointLabels": _keypoint,
    "BrushLabels": _brush,
    "Labels": _span,
}
_ONCE = ("choices", "textarea", "number", "datetime")
