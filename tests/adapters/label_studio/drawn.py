"""HITs in which workers draw and paint on pictures."""

from __future__ import annotations

import base64
import json
from html import escape
from io import BytesIO
from typing import Any

from PIL import Image

from tests.adapters.label_studio.kind import HEIGHT, LABELS, STREET, WIDTH, Kind, crowd
from tests.adapters.label_studio.units import flat

BLUE, ORANGE, WHITE = (0x1F, 0x77, 0xB4), (0xFF, 0x7F, 0x0E), (255, 255, 255)
CELLS = 24, 16
"""Squares that a painted picture is made of, across and down."""


def _on_picture(
    name: str,
    listed: str,
    several: list[dict[str, Any]],
    marks: dict[tuple[float, float], bool],
) -> Kind:
    labels = escape(json.dumps(LABELS))
    element = f'<crowd-{name} name="a" src="{STREET}" labels="{labels}"></crowd-{name}>'
    said = {listed: several, "inputImageProperties": {"width": WIDTH, "height": HEIGHT}}
    return crowd(name, element, said, map(flat, several), marks=marks)


def _path(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [{"x": x, "y": y} for x, y in points]


REGIONS = [
    _on_picture(
        "bounding-box",
        "boundingBoxes",
        [
            {"left": 17, "top": 33, "width": 101, "height": 67, "label": "cat"},
            {"left": 1100, "top": 750, "width": 100, "height": 50, "label": "dog & lead"},
            {"left": 0, "top": 0, "width": 1, "height": 1, "label": "true"},
        ],
        {(67, 66): True, (1150, 775): True, (160, 66): False, (67, 150): False},
    ),
    _on_picture(
        "polygon",
        "polygons",
        [
            {"vertices": _path((10, 10), (130, 20), (70.25, 131.7)), "label": "dog & lead"},
            {"vertices": _path((299, 0), (200, 7), (211, 99), (300, 200)), "label": "cat"},
        ],
        {(70, 50): True, (250, 60): True, (20, 120): False, (170, 60): False},
    ),
    _on_picture(
        "polyline",
        "polylines",
        [{"vertices": _path((28, 44), (524, 68), (560, 760), (1160, 12)), "label": "cat"}],
        {(280, 56.2): True, (800, 200): False},
    ),
    _on_picture(
        "line",
        "lines",
        [
            {"vertices": _path((120, 400), (1080, 400)), "label": "cat"},
            {"vertices": _path((600, 40), (600, 760)), "label": "true"},
        ],
        {(360, 400): True, (600, 200): True, (360, 200): False},
    ),
    _on_picture(
        "keypoint",
        "keypoints",
        [
            {"x": 33, "y": 77, "label": "cat"},
            {"x": 1199.5, "y": 0.25, "label": "dog & lead"},
        ],
        {(33, 77): True, (150, 100): False},
    ),
]


def _surface(x: int, y: int) -> tuple[int, int, int]:
    """A blue blob with a hole, an orange line and dots; white is nothing."""
    if 3 <= x < 11 and 2 <= y < 12:
        return WHITE if (x, y) == (6, 6) else BLUE
    return ORANGE if y == 14 or (x > 13 and (x + y) % 5 == 0) else WHITE


_CELLS = [_surface(x, y) for y in range(CELLS[1]) for x in range(CELLS[0])]


def _enlarged(mode: str, cells: list[Any], scale: int) -> Image.Image:
    small = Image.new(mode, CELLS)
    small.putdata(cells)
    size = (CELLS[0] * scale, CELLS[1] * scale)
    return small.resize(size, Image.Resampling.NEAREST)


def _png(scale: int) -> str:
    written = BytesIO()
    _enlarged("RGB", _CELLS, scale).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def _mask(colour: tuple[int, int, int], scale: int) -> bytes:
    """255 for each pixel of a colour, 0 for each other, row by row."""
    return _enlarged("L", [255 * (one == colour) for one in _CELLS], scale).tobytes()


def _painted(name: str, scale: int, said: dict[str, Any], *labels: str) -> Kind:
    width, height = CELLS[0] * scale, CELLS[1] * scale
    said = {
        **said,
        "labeledImage": {"pngImageData": _png(scale)},
        "inputImageProperties": {"width": width, "height": height},
    }
    masks = [
        (label, (width, height), _mask(colour, scale))
        for label, colour in zip(labels, (BLUE, ORANGE), strict=True)
    ]
    # The cells at the right margin lie under the editor's tools.
    marks = {
        ((x + 0.5) * scale, (y + 0.5) * scale): _surface(x, y) != WHITE
        for x in range(CELLS[0] - 2)
        for y in range(CELLS[1])
    }
    element = (
        f'<crowd-{name} name="a" src="{{media}}/street-{width}x{height}.png"'
        f' labels="{escape(json.dumps(LABELS))}"></crowd-{name}>'
    )
    return crowd(name, element, said, masks, marks=marks, size=(width, height))


_CODES = {BLUE: "#1f77b4", ORANGE: "#FF7F0E"}

MASKS = [
    _painted(
        "semantic-segmentation",
        50,
        {
            "labelMappings": {
                "cat": {"color": _CODES[BLUE]},
                "dog & lead": {"color": _CODES[ORANGE]},
                "true": {"color": "#2ca02c"},
            }
        },
        "cat",
        "dog & lead",
    ),
    _painted(
        "instance-segmentation",
        45,
        {
            "instances": [
                {"color": _CODES[BLUE], "label": "cat"},
                {"color": _CODES[ORANGE], "label": "cat"},
            ]
        },
        "cat",
        "cat",
    ),
]
