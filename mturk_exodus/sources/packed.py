"""Zips and gzips, unpacked while they are read and never further than is reasonable."""

from __future__ import annotations

import copy
import gzip
import lzma
import zlib
from collections import OrderedDict
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, TypeAlias
from zipfile import BadZipFile, ZipFile, ZipInfo

from mturk_exodus.sources.files import FileRefused

_Stream: TypeAlias = IO[bytes] | gzip.GzipFile

_BUFFER = 1 << 16
_OPEN_AT_ONCE = 8
_DAMAGE = (BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, ValueError)


class Limits(NamedTuple):
    """What is unpacked: so many bytes, and beyond that so many times what they are packed in.

    Texts that people kept shrink to a tenth or a twentieth; a bomb to a thousandth.
    """

    size: int = 1 << 30
    ratio: int = 200


LIMITS = Limits()


def unzipped(archive: ZipFile, member: ZipInfo, limits: Limits = LIMITS) -> BinaryIO:
    """A file in a zip.

    Raises:
        FileRefused: it is not where the zip says. Reading raises it where the zip is damaged, the
            file is not as long as the zip says, or longer than it may be.
    """
    longer = copy.copy(member)
    longer.file_size += 1  # zipfile reads no further than this, and would hide what is there
    try:
        stream = archive.open(longer)
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise FileRefused("is damaged: the zip does not hold what its directory says") from error
    return BufferedReader(
        _Unpacked([stream], member.compress_size, member.file_size, limits), _BUFFER
    )


def gunzipped(stream: BinaryIO, packed: int, limits: Limits = LIMITS) -> BinaryIO:
    """The file in a gzip.

    Args:
        stream: the gzip; it is closed with what is returned.
        packed: its bytes.
        limits: how far to go.
    """
    inner = gzip.GzipFile(fileobj=stream, mode="rb")
    return BufferedReader(_Unpacked([inner, stream], packed, None, limits), _BUFFER)


class _Unpacked(RawIOBase):
    """A packed file's bytes, counted."""

    def __init__(
        self, streams: list[_Stream], packed: int, declared: int | None, limits: Limits
    ) -> None:
        super().__init__()
        self._streams = streams
        self._most = max(limits.size, limits.ratio * packed)
        self._declared = declared
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._block(len(buffer))
        self._size += len(block)
        self._check(at_end=not block)
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            for stream in self._streams:
                stream.close()
        super().close()

    def _block(self, size: int) -> bytes:
        try:
            return self._streams[0].read(size)
        except EOFError as error:
            raise FileRefused("is cut off: its packed data end too early") from error
        except _DAMAGE as error:
            raise FileRefused("is damaged: it does not unpack to what was packed") from error

    def _check(self, *, at_end: bool) -> None:
        if self._size > self._most:
            raise FileRefused(f"unpacks to more than {self._most:,} bytes, far more than a text")
        declared = self._size if self._declared is None else self._declared
        if self._size > declared or (at_end and self._size < declared):
            raise FileRefused(f"is damaged: the zip says that it has {declared:,} bytes")


class Shelf:
    """Zips, a few of them open: whoever has thousands of files at hand has not as many open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, ZipFile] = OrderedDict()

    def zip(self, path: Path) -> ZipFile:
        """A zip, open. What is being read of one stays open when it is put back.

        Raises:
            FileRefused: it is damaged.
            OSError: it cannot be read.
        """
        archive = self._open.pop(path, None) or _opened(path)
        self._open[path] = archive
        if len(self._open) > _OPEN_AT_ONCE:
            self._open.popitem(last=False)[1].close()
        return archive


def _opened(path: Path) -> ZipFile:
    try:
        return ZipFile(path)
    except (BadZipFile, NotImplementedError, ValueError) as error:
        raise FileRefused("is damaged, or no zip") from error
