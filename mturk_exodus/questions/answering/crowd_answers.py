"""What a form of Crowd HTML Elements gives, value by value.

Its one answer, `taskAnswers`, is a JSON list with one object, keyed by the elements' names. What an
element's output looks like is in the Crowd HTML Elements reference of Amazon's SageMaker developer
guide; a radio button, a checkbox or a switch says `{"its value": true}`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

TYPES = (
    *("text", "selection", "other", "file", "boolean", "number", "label", "json"),
    *("box", "polygon", "polyline", "line", "keypoint", "text_span", "instance", "segmentation"),
)
"""What a value can be. Of file, json and all after it, the value is compact JSON."""

_ANNOTATIONS = {
    "boundingBoxes": ("box", "left"),
    "polygons": ("polygon", "vertices"),
    "polylines": ("polyline", "vertices"),
    "lines": ("line", "vertices"),
    "keypoints": ("keypoint", "x"),
    "entities": ("text_span", "startOffset"),
    "instances": ("instance", "color"),
}
"""By the member that lists them: what annotations are, and what each of them has."""

_PICTURE, _CONTENT = "labeledImage", "pngImageData"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_REWRITTEN = 1 << 20
_LONGEST_NUMBER = 400


class Value(NamedTuple):
    """One value of an element.

    Attributes:
        value: as text; None if the element says that there is none.
        value_type: one of TYPES.
    """

    value: str | None
    value_type: str


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number that Python would write in another way than the worker's browser did: 1e-7, 1.10."""

    text: str


class Output(NamedTuple):
    """What a form gave.

    Attributes:
        elements: what each element says, by name.
        rewritten: whether it was JSON no more, but what Python shows of such an object.
    """

    elements: Mapping[str, Any]
    rewritten: bool


def output_of(text: str) -> Output | None:
    """What a form's one answer says; None if it is not of that shape."""
    rewritten = False
    try:
        given = json_of(text)
    except ValueError:
        try:
            given, rewritten = json_of(_json_of_python(text)), True
        except ValueError:
            return None
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    return Output(given, rewritten) if isinstance(given, dict) else None


def json_of(text: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    """What a JSON text says.

    Raises:
        ValueError: it is not JSON, or it says what is lost in reading: a name twice, a number that
            is out of range, more levels than can be counted.
    """
    try:
        return _DECODE(text)
    except RecursionError:
        raise ValueError("is too deep") from None


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) != len(pairs):
        raise ValueError("says a name twice")
    return given


def _finite(text: str) -> float | Spelled:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("is out of range")
    return number if repr(number) == text else Spelled(text)


def _short(text: str) -> int | Spelled:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("is out of range")
    return int(text) if text != "-0" else Spelled(text)


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


_DECODE = json.JSONDecoder(
    object_pairs_hook=_no_name_twice,
    parse_float=_finite,
    parse_int=_short,
    parse_constant=_no_constant,
).decode


_PYTHON = re.compile(
    r"""\s+|(?P<string>'[^'\\\n]*(?:\\.[^'\\\n]*)*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*")|(?P<word>True|False|None)\b"""
    r"""|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\b|[\[\]{}:,]"""
).match
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL).sub
_WORDS = {"True": "true", "False": "false", "None": "null"}
_ESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}


def _json_of_python(text: str) -> str:
    """Python's own notation of what JSON can say, as people's pandas writes it, as JSON.

    Nothing is evaluated. Whatever repr() does not write is refused.
    """
    if len(text) > _LONGEST_REWRITTEN:
        raise ValueError("is too long")
    parts, end = [], 0
    while end < len(text):
        match = _PYTHON(text, end)
        if match is None:
            raise ValueError("is not Python's notation")
        if match["string"]:
            parts.append(json.dumps(_ESCAPE(_unescaped, match["string"][1:-1])))
        else:
            parts.append(_WORDS.get(match[0], match[0]))
        end = match.end()
    return "".join(parts)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return _character(int(code, 16))
    if match[4] not in _ESCAPED:
        raise ValueError("has an escape that repr() does not write")
    return _ESCAPED[match[4]]


def _character(code: int) -> str:
    if code > sys.maxunicode:
        raise ValueError("has a character that there is not")
    return chr(code)


def values_of(said: object) -> list[Value]:
    """What one element says: a row for each annotation, label, or option that was taken.

    Raises:
        ValueError: it has more levels than can be written.
    """
    try:
        return list(_values(said))
    except RecursionError:
        raise ValueError("is too deep") from None


def _values(said: object) -> Iterator[Value]:
    if isinstance(said, list):
        yield from [_scalar(one) for one in said] or [Value(None, "json")]
    elif isinstance(said, dict) and said:
        yield from _of_element(said)
    else:
        yield _scalar(said)


def _of_element(said: Mapping[str, Any]) -> Iterator[Value]:
    if all(isinstance(value, bool) for value in said.values()):
        taken = [Value(name, "selection") for name, is_taken in said.items() if is_taken]
        yield from taken or [Value(None, "selection")]
        return
    rest = {}
    for name, value in said.items():
        kind = annotation_kind(name, value)
        if kind is not None:
            yield from [Value(json_text(one), kind) for one in value] or [Value(None, kind)]
        elif name == "label" and isinstance(value, str):
            yield Value(value, "label")
        elif name == "labels" and _is_texts(value):
            yield from [Value(one, "label") for one in value] or [Value(None, "label")]
        else:
            rest[name] = value
    if rest:
        is_picture = _PICTURE in rest
        yield Value(json_text(_without_content(rest)), "segmentation" if is_picture else "json")


def annotation_kind(name: str, value: object) -> str | None:
    """What a member of an element's output lists; None if it is no list of annotations."""
    if name not in _ANNOTATIONS or not isinstance(value, list):
        return None
    kind, needed = _ANNOTATIONS[name]
    return kind if all(isinstance(one, dict) and needed in one for one in value) else None


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _scalar(said: object) -> Value:
    if said is None:
        return Value(None, "json")
    if isinstance(said, str):
        return Value(said, "text")
    if isinstance(said, bool):
        return Value(json_text(said), "boolean")
    is_number = isinstance(said, int | float | Spelled)
    return Value(json_text(said), "number" if is_number else "json")


def _without_content(said: Mapping[str, Any]) -> dict[str, Any]:
    """A painted picture is megabytes, and stays in the document; its size and digest tell of it."""
    picture = said.get(_PICTURE)
    if not isinstance(picture, dict) or not isinstance(picture.get(_CONTENT), str):
        return dict(said)
    return {**said, _PICTURE: {**picture, _CONTENT: _told(picture[_CONTENT])}}


def whole_text(said: object) -> str:
    """All that one element says, as compact JSON; a painted picture by its size and digest.

    Raises:
        ValueError: it has more levels than can be written.
    """
    try:
        return json_text(_without_content(said) if isinstance(said, dict) else said)
    except RecursionError:
        raise ValueError("is too deep") from None


def _told(content: str) -> dict[str, Any]:
    try:
        png = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        png = content.encode("utf-8", "replace")
    return {"size_in_bytes": len(png), "sha256": hashlib.sha256(png).hexdigest()}


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_text(said: object) -> str:
    """Compact JSON, in which numbers are spelled as they were."""
    try:
        return _ENCODE(said)
    except TypeError:  # The encoder knows nothing of Spelled, and writes without it much faster.
        return _spelled(said)


def _spelled(said: object) -> str:
    if isinstance(said, Spelled):
        return said.text
    if isinstance(said, dict):
        members = (f"{_ENCODE(name)}:{_spelled(value)}" for name, value in said.items())
        return f"{{{','.join(members)}}}"
    if isinstance(said, list):
        return f"[{','.join(map(_spelled, said))}]"
    return _ENCODE(said)


def whole(text: str) -> str:
    """A text as a file can hold it: JSON's escapes can say half of a character."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
