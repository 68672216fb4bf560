"""Units: pixels and percent, UTF-16 and characters, painted pictures and brush strokes."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping import masks, regions, spans
from mturk_exodus_label_studio.mapping.regions import Refused, Size
from tests.adapters.label_studio.mapping_support import png
from tests.adapters.label_studio.reading_back import decoded, region_of, span_of

SIDES = st.integers(1, 20_000)
PIXELS = st.integers(-30_000, 30_000) | st.floats(-30_000, 30_000).map(lambda one: round(one, 3))


@given(SIDES, SIDES, PIXELS, PIXELS, PIXELS.map(abs), PIXELS.map(abs))
def test_boxes_come_back(
    width: int, height: int, left: float, top: float, wide: float, high: float
) -> None:
    size = Size(width, height)
    box = {"left": left, "top": top, "width": wide, "height": high}
    value = regions.value_of("image_box", box, size, 0)
    assert region_of("image_box", value, size) == box


@pytest.mark.parametrize("kind", ["image_polygon", "image_polyline", "image_line"])
@given(SIDES, SIDES, st.lists(st.tuples(PIXELS, PIXELS), min_size=3, max_size=9))
def test_paths_come_back(
    kind: str, width: int, height: int, points: list[tuple[float, float]]
) -> None:
    size, path = Size(width, height), {"vertices": [{"x": x, "y": y} for x, y in points]}
    value = regions.value_of(kind, path, size, 0)
    assert region_of(kind, value, size) == path


@given(SIDES, SIDES, PIXELS, PIXELS)
def test_points_come_back(width: int, height: int, x: float, y: float) -> None:
    size, point = Size(width, height), {"x": x, "y": y}
    value = regions.value_of("image_keypoint", point, size, 0)
    assert region_of("image_keypoint", value, size) == point


BAD_BOXES: list[JSON] = [
    None,
    [],
    "box",
    {},
    {"left": "1", "top": 1, "width": 1, "height": 1},
    {"left": True, "top": 1, "width": 1, "height": 1},
    {"left": 1, "top": 1, "width": -1, "height": 1},
    {"left": float("nan"), "top": 1, "width": 1, "height": 1},
    {"left": 10**400, "top": 1, "width": 1, "height": 1},
    {"left": 1, "top": 1, "width": 1},
]


@pytest.mark.parametrize("box", BAD_BOXES)
def test_what_is_no_box_is_refused(box: JSON) -> None:
    with pytest.raises(Refused):
        regions.value_of("image_box", box, Size(10, 10), 0)


@pytest.mark.parametrize(
    "said",
    [None, {}, {"width": 0, "height": 1}, {"width": "9", "height": 9}, {"width": 1.5, "height": 1}],
)
def test_without_the_images_size_pixels_mean_nothing(said: JSON) -> None:
    with pytest.raises(Refused):
        regions.size_of({"inputImageProperties": said})


@given(st.text(min_size=1, max_size=30), st.data())
def test_offsets_come_back(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    units = {
        "startOffset": _units(text[:start]),
        "endOffset": _units(text[:end]),
    }
    value = spans.value_of(units, text)
    assert (value["start"], value["end"], value["text"]) == (start, end, text[start:end])
    assert span_of(value, text) == units


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("start", "end"),
    [(1, 2), (0, 1), (2, 2), (3, 2), (-1, 2), (0, 9), ("0", 2), (0.5, 2), (0, None)],
)
def test_spans_that_are_none_are_refused(start: JSON, end: JSON) -> None:
    with pytest.raises(Refused):
        spans.value_of({"startOffset": start, "endOffset": end}, "😀a")


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_masks_come_back(width: int, height: int, data: st.DataObject) -> None:
    count = width * height
    mask = bytes(data.draw(st.lists(st.sampled_from([0, 255]), min_size=count, max_size=count)))
    assert decoded(masks.encode(mask), Size(width, height)) == mask


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 64, 65, 16_384, 16_385, 40_000])
def test_runs_of_every_length_come_back(count: int) -> None:
    mask = b"\xff" * count + b"\0" * count
    assert decoded(masks.encode(mask), Size(count, 2)) == mask


def test_a_mask_to_the_bit() -> None:
    """32 bits of count, 5 of word size, 4 times 4 of sizes; a run of four, a run of eight."""
    head = f"{12:032b}{7:05b}" + "0010" + "0011" + "0111" + "1111"
    runs = "1" + "00" + "011" + "11111111" + "1" + "00" + "111" + "00000000"
    bits = (head + runs).ljust(-(-len(head + runs) // 8) * 8, "0")
    expected = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert masks.encode(b"\xff\0\0") == expected


def test_masks_with_bytes_that_differ_are_read_too() -> None:
    """As the editor's own encoder writes them."""
    head = f"{8:032b}{7:05b}" + "0010" + "0011" + "0111" + "1111"
    literal = "0" + "00" + "111" + ("11111111" * 4 + "00000000" * 4)
    bits = (head + literal).ljust(-(-len(head + literal) // 8) * 8, "0")
    rle = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    assert decoded(rle, Size(2, 1)) == b"\xff\0"


@pytest.mark.parametrize("rle", [[], [0], [256], [-1], ["1"], [255] * 40, [0, 0, 0, 4, 57, 24]])
def test_what_is_no_mask_is_refused(rle: list[int]) -> None:
    with pytest.raises(Refused):
        decoded(rle, Size(1, 1))


def test_a_mask_ends_where_it_must() -> None:
    rle = masks.encode(b"\xff" * 100)
    with pytest.raises(Refused):
        decoded(rle[:-2], Size(10, 10))
    with pytest.raises(Refused):
        decoded(rle, Size(10, 11))


def _huge(width: int, height: int) -> str:
    """A PNG of a few bytes that says it is huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    written = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + written).decode()


GIF = base64.b64encode(b"GIF89a\x01\0\x01\0\0\0\0;").decode()
CUT = png(8, 8, [(1, 2, 3, 255)] * 64)


@pytest.mark.parametrize(
    "content",
    [
        *(None, 5, "", "no base64!", "AAAA", GIF, CUT[:60]),
        *(_huge(60_000, 60_000), _huge(9_000, 9_000), _huge(100_000, 100_000)),
    ],
)
def test_pictures_that_are_none_are_refused(content: object) -> None:
    with pytest.raises(Refused):
        masks.picture_of(content)


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_a_picture_comes_apart_pixel_by_pixel(chosen: list[int]) -> None:
    colours = [(10, 20, 30), (10, 20, 31), (11, 20, 30)]
    pixels = [(*colours[one], 255) if one < 3 else (10, 20, 30, 0) for one in chosen]
    picture = masks.picture_of(png(4, 3, pixels))
    for number, colour in enumerate(colours):
        expected = bytes(255 if one == number else 0 for one in chosen)
        assert masks.mask_of(picture, colour) == expected
    assert picture.colours == frozenset(colours[one] for one in chosen if one < 3)


@pytest.mark.parametrize("said", ["#12345", "red", 5, None, "#12345g", "112233"])
def test_colours_that_are_none_are_refused(said: object) -> None:
    with pytest.raises(Refused):
        masks.colour_of(said)


def test_a_colour() -> None:
    assert masks.colour_of("#1f77B4") == (0x1F, 0x77, 0xB4)
