"""What one reading of a file's bytes tells of it: its digest, its encoding, whether it is whole."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = 1 << 18
_SAMPLE = 1024
_REPLACED = "\ufffd"
_UNDEFINED = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
"""What has no meaning in cp1252; in latin-1 every byte has one."""


@dataclass(frozen=True)
class Contents:
    """What one reading of a whole file tells.

    Attributes:
        size: bytes.
        sha256: their digest.
        encoding: what their text is in: utf-8, utf-8-sig, utf-16 (-le or -be where no mark at the
            beginning says which), cp1252 where nothing else fits, latin-1 where not even that.
        has_nul: whether there are NULs in what should be text.
        odd_quotes: whether a `"` is without its other one.
        ends_with_newline: whether the last line is whole.
        ends_in_character: whether the last character is cut off.
        damaged: characters of UTF-8 text that are none; they are read as U+FFFD.
    """

    size: int
    sha256: str
    encoding: str
    has_nul: bool
    odd_quotes: bool
    ends_with_newline: bool
    ends_in_character: bool = False
    damaged: int = 0


def examine(stream: BinaryIO) -> Contents:
    """Read a whole stream once, in bounded memory."""
    digest, size = hashlib.sha256(), 0
    block = stream.read(_BLOCK)
    text = _text_that_begins(block)
    while block:
        digest.update(block)
        size += len(block)
        text.take(block)
        block = stream.read(_BLOCK)
    return Contents(
        size,
        digest.hexdigest(),
        text.encoding,
        text.has_nul,
        text.odd_quotes,
        text.ends_with_newline,
        text.ends_in_character,
        text.damaged,
    )


def text_of(head: bytes) -> str:
    """The beginning of a file as text; what it ends in the middle of is left out."""
    text = _text_that_begins(head)
    text.take(head)
    return codecs.getincrementaldecoder(text.encoding)("replace").decode(head)


def _text_that_begins(head: bytes) -> _Bytewise | _Wide:
    if head.startswith(codecs.BOM_UTF8):
        return _Bytewise("utf-8-sig")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Wide("utf-16")
    wide = _without_mark(head[:_SAMPLE])
    return _Wide(wide) if wide else _Bytewise(None)


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 by its NULs: in most texts every other byte is one, and hardly any between them."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) <= len(sample) // 4 or min(even, odd) > max(even, odd) // 8:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


class _Bytewise:
    """Text whose ASCII characters are bytes, while it passes by.

    Attributes:
        announced: what a mark at its beginning says; None if there is none.
    """

    def __init__(self, announced: str | None) -> None:
        self.announced = announced
        self.has_nul = False
        self.odd_quotes = False
        self.ends_with_newline = True
        self._decoder = codecs.getincrementaldecoder(announced or "utf-8")("replace")
        self._odd = 0
        self._beyond_ascii = 0
        self._beyond_cp1252 = False

    def take(self, block: bytes) -> None:
        if not block.isascii() or self._pending:
            self._take_beyond_ascii(block)
        self.has_nul = self.has_nul or b"\0" in block
        self.odd_quotes ^= bool(block.count(b'"') & 1)
        self.ends_with_newline = not block or block.endswith((b"\n", b"\r"))

    def _take_beyond_ascii(self, block: bytes) -> None:
        self._beyond_cp1252 |= any(byte in block for byte in _UNDEFINED)
        text = self._decoder.decode(block)
        self._odd += max(text.count(_REPLACED) - block.count(_REPLACED.encode()), 0)
        self._beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))

    @property
    def _fits(self) -> bool:
        """Whether it is UTF-8. In other encodings, hardly any letter beyond ASCII looks like it."""
        return 3 * self._odd <= self._beyond_ascii - self._odd

    @property
    def damaged(self) -> int:
        return self._odd if self._fits and self.encoding.startswith("utf-8") else 0

    @property
    def encoding(self) -> str:
        if self.announced:
            return self.announced
        if self._fits and (self._beyond_ascii or not self._pending):
            return "utf-8"
        return "latin-1" if self._beyond_cp1252 else "cp1252"

    @property
    def ends_in_character(self) -> bool:
        """An accented letter at the very end is no beginning of UTF-8 where nothing else is."""
        return self._fits and self._pending and self.encoding.startswith("utf-8")

    @property
    def _pending(self) -> bool:
        return bool(self._decoder.getstate()[0])


class _Wide:
    """Text of two bytes for each character, while it passes by."""

    damaged = 0

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.has_nul = False
        self.odd_quotes = False
        self.ends_with_newline = True
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def take(self, block: bytes) -> None:
        text = self._decoder.decode(block)
        self.has_nul = self.has_nul or "\0" in text
        self.odd_quotes ^= bool(text.count('"') & 1)
        if text:
            self.ends_with_newline = text.endswith(("\n", "\r"))

    @property
    def ends_in_character(self) -> bool:
        return bool(self._decoder.getstate()[0])
