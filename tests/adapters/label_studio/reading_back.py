"""The other way: what results of Label Studio say, as MTurk's elements would have said it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import Control
from mturk_exodus_label_studio.mapping.regions import Refused, Size

_DIGITS = 6
_CHANNELS, _WORD = 4, 8
_HEAD = 32 + 5 + 4 * 4


def answers_of(
    items: Iterable[Mapping[str, Any]], design: Design, data: Mapping[str, JSON]
) -> dict[str, list[JSON]]:
    """What results say, by MTurk's names and in MTurk's units.

    Texts, choices and dates are texts; numbers are numbers. Annotations are objects as their
    elements give them. A mask is its label, its image's size, and a byte for each pixel.
    """
    found: dict[str, list[JSON]] = {}
    others = {one.other: one for one in design.controls if one.other is not None}
    for item in items:
        control = design.by_name.get(item["from_name"])
        if control is not None:
            found.setdefault(control.field, []).extend(_said(control, item, data))
        elif item["from_name"] in others:
            control = others[item["from_name"]]
            found.setdefault(control.field, []).extend(item["value"]["text"])
    return found


def _said(control: Control, item: Mapping[str, Any], data: Mapping[str, JSON]) -> list[JSON]:
    value = item["value"]
    meant = {option.stored: option.value for option in control.options}
    if control.tag in ("TextArea", "DateTime"):
        return value["text"] if control.tag == "TextArea" else [value["datetime"]]
    if control.tag == "Choices":
        return [meant[one] for one in value["choices"]]
    if control.tag == "Number":
        return [value["number"]]
    label = {"label": meant[value[control.type][0]]}
    if control.tag == "Labels":
        return [{**span_of(value, data[control.about]), **label}]
    size = Size(item["original_width"], item["original_height"])
    if control.tag == "BrushLabels":
        return [{**label, "size": size, "pixels": decoded(value["rle"], size)}]
    return [{**region_of(control.kind, value, size), **label}]


def span_of(value: Mapping[str, JSON], text: str) -> dict[str, JSON]:
    """A result's value as MTurk's entity, without its label."""
    return {
        "startOffset": _units(value["start"], text),
        "endOffset": _units(value["end"], text),
    }


def _units(offset: int, text: str) -> int:
    """An offset in characters as one in UTF-16 units."""
    return len(text[:offset].encode("utf-16-le")) // 2


def region_of(kind: str, value: Mapping[str, JSON], size: Size) -> dict[str, JSON]:
    """A result's value as MTurk's annotation, without its label."""
    if kind == "image_box":
        names = {"left": "x", "top": "y", "width": "width", "height": "height"}
        sides = {"left": size.width, "top": size.height, "width": size.width, "height": size.height}
        return {name: _pixels(value[its], sides[name]) for name, its in names.items()}
    if kind == "image_keypoint":
        return _pixel(value["x"], value["y"], size)
    if kind == "image_polygon":
        return {"vertices": [_pixel(x, y, size) for x, y in value["points"]]}
    return {"vertices": [_pixel(one["x"], one["y"], size) for one in value["vertices"]]}


def _pixel(x: float, y: float, size: Size) -> dict[str, JSON]:
    return {"x": _pixels(x, size.width), "y": _pixels(y, size.height)}


def _pixels(percent: float, side: int) -> int | float:
    """To a millionth of a pixel, far below what any screen shows and far above rounding."""
    found = round(percent * side / 100, _DIGITS)
    return int(found) if math.isfinite(found) and float(found).is_integer() else found


def decoded(rle: Iterable[int], size: Size) -> bytes:
    """A mask of bytes, one for each pixel.

    Raises:
        Refused: it is no such code, or not of an image of that size.
    """
    count = size.width * size.height * _CHANNELS
    try:
        bits = "".join([f"{one:08b}" for one in bytes(rle)])
        if int(bits[:32], 2) != count or int(bits[32:37], 2) != _WORD - 1:
            raise Refused("the mask is not of the image's size")
        sizes = [int(bits[at : at + 4], 2) + 1 for at in range(37, _HEAD, 4)]
        whole = b"".join(_runs(bits, sizes, count))
    except (ValueError, TypeError) as error:
        raise error if isinstance(error, Refused) else Refused("the mask cannot be read") from None
    return whole[_CHANNELS - 1 : count : _CHANNELS]


def _runs(bits: str, sizes: list[int], count: int) -> Iterator[bytes]:
    at, made = _HEAD, 0
    while made < count:
        bits_of_count = sizes[int(bits[at + 1 : at + 3], 2)]
        start = at + 3 + bits_of_count
        number = int(bits[at + 3 : start], 2) + 1
        if made + number > count:
            raise Refused("the mask is longer than it says")
        words = 1 if bits[at] == "1" else number
        at, made = start + words * _WORD, made + number
        if at > len(bits):
            raise Refused("the mask ends too early")
        found = int(bits[start:at], 2).to_bytes(words, "big")
        yield found * number if bits[start - bits_of_count - 3] == "1" else found
