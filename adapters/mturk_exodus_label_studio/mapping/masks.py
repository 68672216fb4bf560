"""Painted pictures: MTurk's PNG, a colour for each label, as brush regions.

A brush region's `rle` is thi.ng's rle-pack (umbrella, packages/rle-pack) of the mask as RGBA, every
pixel four times its alpha: 32 bits the count of bytes, 5 bits a word's size less one, four times 4
bits the sizes of counts less one, then runs. A run is a bit 1, two bits for the size of its count,
the count less one, and the byte; a bit 0 begins as many bytes that differ.
"""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from mturk_exodus_label_studio.mapping.regions import Refused, Size

_MOST_PIXELS = 50_000_000
_MOST_WORK = 1_000_000_000
"""Pixels times colours that one picture may cost."""
_MOST_RUNS = 2_000_000
_BYTES_OF_A_RUN = 2
_WORD = 8
_COUNTS = (3, 4, 8, 16)
_LONGEST = 1 << _COUNTS[-1]
_CHANNELS = 4
_COLOUR = re.compile("#([0-9a-fA-F]{6})").fullmatch
_RUNS = re.compile(rb"\x00+|\xff+").finditer
_ALL_BUT_NOTHING = bytes([0, *[255] * 255])
_BACKGROUND = frozenset({(255, 255, 255), (0, 0, 0)})

Colour = tuple[int, int, int]


class Picture(NamedTuple):
    """A painted picture.

    Attributes:
        bands: red, green, blue and alpha, each a byte for each pixel, row by row.
        size: its own.
        colours: that are in it, but for what is transparent; None if there are very many.
    """

    bands: tuple[bytes, ...]
    size: Size
    colours: frozenset[Colour] | None


def colour_of(said: object) -> Colour:
    """A colour as `#1f77b4` says it.

    Raises:
        Refused: it is another text, or none.
    """
    match = _COLOUR(said) if isinstance(said, str) else None
    if match is None:
        raise Refused("a label's colour is none that can be read")
    code = int(match[1], 16)
    return (code >> 16, code >> 8 & 255, code & 255)


def picture_of(content: object) -> Picture:
    """The picture that an answer holds as PNG in base64.

    Raises:
        Refused: it is no PNG, it is broken, or it is larger than anyone can have painted.
    """
    if not isinstance(content, str):
        raise Refused("the painted picture is missing")
    try:
        png = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("the painted picture is no base64") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _opened(png)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("the painted picture is too large") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, MemoryError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("the painted picture is no PNG that can be read") from None


def _opened(png: bytes) -> Picture:
    with Image.open(BytesIO(png), formats=("PNG",)) as opened:
        width, height = opened.size
        if width * height > _MOST_PIXELS:
            raise Refused("the painted picture is too large")
        if opened.mode.startswith(("I", "F")):
            raise Refused("the painted picture has more than 8 bits a colour")
        seen = opened.convert("RGBA")
    found = seen.getcolors(1 << 16)
    colours = None if found is None else frozenset(_opaque(found))
    bands = tuple(band.tobytes() for band in seen.split())
    return Picture(bands, Size(width, height), colours)


def _opaque(found: Iterable[tuple[int, object]]) -> Iterator[Colour]:
    for _, pixel in found:
        if isinstance(pixel, tuple) and pixel[-1]:
            red, green, blue = pixel[:3]
            yield red, green, blue


def mask_of(picture: Picture, colour: Colour) -> bytes:
    """A byte for each pixel, row by row: 255 where it is of the colour, 0 elsewhere.

    What is transparent has no colour.
    """
    *bands, alpha = picture.bands
    mask = int.from_bytes(alpha.translate(_ALL_BUT_NOTHING), "big")
    for band, level in zip(bands, colour, strict=True):
        mask &= int.from_bytes(band.translate(_only(level)), "big")
    return mask.to_bytes(len(alpha), "big")


@cache
def _only(level: int) -> bytes:
    """A table that makes 255 of one level, and 0 of all others."""
    return bytes(255 if one == level else 0 for one in range(256))


def is_affordable(picture: Picture, colours: int) -> bool:
    """Whether a picture can be taken apart into so many colours in a bearable time."""
    return picture.size.width * picture.size.height * colours <= _MOST_WORK


def has_others(picture: Picture, colours: Iterable[Colour]) -> bool:
    """Whether something is painted in colours that stand for no label; white and black may be."""
    return picture.colours is None or bool(picture.colours - {*colours} - _BACKGROUND)


class Coder:
    """Encodes the masks of one picture, each colour once, and not more than an editor can bear.

    A few kilobytes of PNG can hold a chessboard of which a mask is millions of numbers.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._runs = 0
        self._known: dict[Colour, list[int]] = {}

    def rle(self, colour: Colour) -> list[int]:
        """A colour's mask as `rle`.

        Raises:
            Refused: the masks of this picture are too many numbers.
        """
        if colour not in self._known:
            self._known[colour] = self._encoded(mask_of(self._picture, colour))
        else:
            self._count(len(self._known[colour]) // _BYTES_OF_A_RUN)
        return self._known[colour]

    def _encoded(self, mask: bytes) -> list[int]:
        self._count(runs_of(mask))
        return encode(mask)

    def _count(self, runs: int) -> None:
        self._runs += runs
        if self._runs > _MOST_RUNS:
            raise Refused("the painted picture is too finely painted for the editor")


def runs_of(mask: bytes) -> int:
    """How many runs of equal bytes 0 and 255 a mask has."""
    number = int.from_bytes(mask, "big")
    return (number ^ number >> 8).bit_count() // 8 + 1


@cache
def _run(count: int, byte: int) -> str:
    """A run of so many bytes, as bits."""
    size = next(place for place, bits in enumerate(_COUNTS) if count <= 1 << bits)
    return f"1{size:02b}{count - 1:0{_COUNTS[size]}b}{byte:0{_WORD}b}"


def encode(mask: bytes) -> list[int]:
    """A mask of bytes 0 and 255 as `rle`."""
    head = f"{len(mask) * _CHANNELS:032b}{_WORD - 1:05b}"
    parts = [head, *(f"{bits - 1:04b}" for bits in _COUNTS)]
    for match in _RUNS(mask):
        left, byte = (match.end() - match.start()) * _CHANNELS, mask[match.start()]
        while left:
            count = min(left, _LONGEST)
            parts.append(_run(count, byte))
            left -= count
    bits = "".join(parts)
    length = -(-len(bits) // 8)
    return [*int(bits.ljust(length * 8, "0"), 2).to_bytes(length, "big")]
