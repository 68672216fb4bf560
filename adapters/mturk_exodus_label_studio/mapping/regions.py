"""Regions of images: MTurk's pixels as Label Studio's percent.

MTurk counts pixels from the upper left corner, and says the image's own size beside them
(Crowd HTML Elements reference: `inputImageProperties`). Label Studio counts percent of the image.
Its editor keeps boxes, polygons and points to the last digit; of the paths of VectorLabels, which
it counts in pixels while they are open, the sixteenth digit may be another (seen in the editor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from mturk_exodus.questions.answering.crowd_answers import Spelled
from mturk_exodus.replay.adapter import JSON

_LARGEST = 1e9
_LEAST_POINTS = {"image_polygon": 3, "image_polyline": 2, "image_line": 2}
_KEYPOINT_WIDTH = 0.75
"""How large the editor draws a point, in percent."""

LISTS: Mapping[str, str] = {
    "image_box": "boundingBoxes",
    "image_polygon": "polygons",
    "image_polyline": "polylines",
    "image_line": "lines",
    "image_keypoint": "keypoints",
    "text_span": "entities",
    "image_instances": "instances",
}
"""By a field's kind: the member of an element's output that lists its annotations."""


class Refused(ValueError):
    """Part of an answer that does not become a result; the message says why, without its words."""


class Size(NamedTuple):
    """An image's size in pixels."""

    width: int
    height: int


def number_of(said: object) -> int | float:
    """A number that both sides can hold.

    Raises:
        Refused: it is none.
    """
    if isinstance(said, Spelled):
        # A browser writes 0.00005, where Python would write 5e-05.
        said = float(said.text) + 0.0
    if (
        isinstance(said, bool)
        or not isinstance(said, int | float)
        or not -_LARGEST <= said <= _LARGEST
    ):
        raise Refused("a coordinate is no number that can be used")
    return said


def size_of(output: Mapping[str, JSON]) -> Size:
    """The image's size.

    Raises:
        Refused: it is not there; without it, pixels mean nothing.
    """
    said = output.get("inputImageProperties")
    width: JSON = said.get("width") if isinstance(said, dict) else None
    height: JSON = said.get("height") if isinstance(said, dict) else None
    if not _is_side(width) or not _is_side(height):
        raise Refused("the answer does not say the image's size")
    return Size(int(width), int(height))


def _is_side(said: JSON) -> bool:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return False
    return 0 < said <= _LARGEST and float(said).is_integer()


def value_of(kind: str, one: JSON, size: Size, number: int) -> dict[str, JSON]:
    """An annotation as a result's value, without its label.

    Args:
        kind: the field's.
        one: the annotation.
        size: the image's.
        number: that tells it from the others of the answer.

    Raises:
        Refused: it is not of its kind's shape.
    """
    if not isinstance(one, dict):
        raise Refused("an annotation is no object")
    if kind == "image_box":
        return _box(one, size)
    if kind == "image_keypoint":
        return {**_point(one, size), "width": _KEYPOINT_WIDTH}
    points = _points(one.get("vertices"), size)
    if len(points) < _LEAST_POINTS[kind]:
        raise Refused("an annotation has too few points")
    if kind == "image_polygon":
        return {"points": [[point["x"], point["y"]] for point in points], "closed": True}
    return {"vertices": [*_path(points, number)], "closed": False}


def _box(one: Mapping[str, JSON], size: Size) -> dict[str, JSON]:
    left, top, width, height = (
        number_of(one.get(name)) for name in ("left", "top", "width", "height")
    )
    if width < 0 or height < 0:
        raise Refused("a box is smaller than nothing")
    return {
        "x": 100 * left / size.width,
        "y": 100 * top / size.height,
        "width": 100 * width / size.width,
        "height": 100 * height / size.height,
        "rotation": 0,
    }


def _point(one: Mapping[str, JSON], size: Size) -> dict[str, JSON]:
    x, y = number_of(one.get("x")), number_of(one.get("y"))
    return {"x": 100 * x / size.width, "y": 100 * y / size.height}


def _points(said: JSON, size: Size) -> list[dict[str, JSON]]:
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Refused("an annotation has no list of points")
    return [_point(one, size) for one in said]


def _path(points: Sequence[Mapping[str, JSON]], number: int) -> Iterator[dict[str, JSON]]:
    before = None
    for place, point in enumerate(points):
        own = f"m{number}p{place}"
        yield {"id": own, **point, "prevPointId": before, "isBezier": False}
        before = own
