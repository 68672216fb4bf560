"""What results of Label Studio say in MTurk's units, found out without the adapter's own code.

Masks are decoded by the program that Label Studio itself ships for that.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from functools import cache
from typing import Any

from tests.adapters.label_studio.servers import ROOT

Size = tuple[int, int]

_PYTHON = ROOT / ".live" / "label_studio" / "venv" / "bin" / "python"
_DECODE = """
import sys
from label_studio_sdk.converter.brush import decode_rle
sys.stdout.buffer.write(bytes(decode_rle([*sys.stdin.buffer.read()])))
"""
_PLAIN = {"choices": "choices", "textarea": "text"}
_SINGLE = {"number": "number", "datetime": "datetime"}
_HIDDEN = "mturk"


def said_by(results: Iterable[dict[str, Any]], text: str = "") -> dict[str, list[Any]]:
    """By control: texts, numbers; of annotations, their members as MTurk's elements give them,
    with the points of `vertices` as x0, y0, x1 and so on; of masks, their labels and pixels.

    Args:
        results: of one annotation.
        text: that spans lie in.
    """
    said: dict[str, list[Any]] = {}
    for one in results:
        if one["from_name"] != _HIDDEN:
            said.setdefault(one["from_name"], []).extend(_said(one, text))
    return said


def flat(annotation: dict[str, Any]) -> dict[str, Any]:
    """An annotation of MTurk's in the same way."""
    points = annotation.get("vertices", ())
    numbers = {f"{axis}{place}": one[axis] for place, one in enumerate(points) for axis in "xy"}
    return {name: one for name, one in annotation.items() if name != "vertices"} | numbers


def _said(one: dict[str, Any], text: str) -> list[Any]:
    value, form = one["value"], one["type"]
    if form in _PLAIN:
        return list(value[_PLAIN[form]])
    if form in _SINGLE:
        return [value[_SINGLE[form]]]
    (label,) = value[form]
    if form == "labels":
        return [{**_units(value, text), "label": label}]
    size = one["original_width"], one["original_height"]
    if form == "brushlabels":
        return [(label, size, decoded(bytes(value["rle"])))]
    return [{**_pixels(form, value, size), "label": label}]


def _units(value: dict[str, Any], text: str) -> dict[str, int]:
    assert text[value["start"] : value["end"]] == value["text"]
    offsets = {"startOffset": value["start"], "endOffset": value["end"]}
    return {name: len(text[:place].encode("utf-16-le")) // 2 for name, place in offsets.items()}


def _pixels(form: str, value: dict[str, Any], size: Size) -> dict[str, Any]:
    width, height = size
    if form == "rectanglelabels":
        return {
            "left": value["x"] / 100 * width,
            "top": value["y"] / 100 * height,
            "width": value["width"] / 100 * width,
            "height": value["height"] / 100 * height,
        }
    if form == "keypointlabels":
        return {"x": value["x"] / 100 * width, "y": value["y"] / 100 * height}
    points = value["points"] if form == "polygonlabels" else _path(value["vertices"])
    return flat({"vertices": [{"x": x / 100 * width, "y": y / 100 * height} for x, y in points]})


def _path(vertices: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """The points of a path, from its first to its last."""
    before, found = None, []
    for one in vertices:
        assert (one["prevPointId"], one["isBezier"]) == (before, False)
        before = one["id"]
        found.append((one["x"], one["y"]))
    return found


@cache
def decoded(rle: bytes) -> bytes:
    """A mask, a byte for each pixel."""
    rgba = subprocess.run([_PYTHON, "-c", _DECODE], input=rle, capture_output=True, check=True)
    return rgba.stdout[3::4]
