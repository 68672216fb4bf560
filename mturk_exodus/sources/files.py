"""Files that people kept, read as what they are: in folders, in zips, gzipped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

HEAD = 65_536


@dataclass(frozen=True)
class Contents:
    """What one reading of a whole file tells.

    Attributes:
        size: bytes.
        sha256: their digest.
        encoding: what their text is in: utf-8, utf-8-sig, utf-16, or cp1252 where nothing else
            fits.
        has_nul: whether there are NUL bytes in what should be text.
        odd_quotes: whether a `"` is without its other one.
        ends_with_newline: whether the last line is whole.
    """

    size: int
    sha256: str
    encoding: str
    has_nul: bool
    odd_quotes: bool
    ends_with_newline: bool


class SourceFile:
    """A file, wherever it lies.

    Attributes:
        name: its path as people know it, `/` between folders; inside a zip, the zip's path, `/`,
            and the path in the zip.
        local_path: where it lies by itself; None inside a zip or gzip.
    """

    def __init__(
        self,
        name: str,
        opener: Callable[[], BinaryIO],
        *,
        local_path: Path | None = None,
        neighbours: Callable[[], dict[str, SourceFile]] = dict,
    ) -> None:
        self.name = name
        self.local_path = local_path
        self._opener = opener
        self._neighbours = neighbours

    @property
    def base_name(self) -> str:
        """The name without its folders."""
        return self.name.rpartition("/")[2]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from the beginning, unpacked. Reading raises FileRefused where a limit ends."""
        stream = self._opener()
        try:
            yield stream
        finally:
            stream.close()

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The text from the beginning, line ends as they are."""
        with self.open() as stream:
            yield TextIOWrapper(stream, encoding=self.contents.encoding, newline="")

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most 64 KiB."""
        with self.open() as stream:
            return stream.read(HEAD)

    @cached_property
    def start(self) -> str:
        """The head as text, as well as it can be told from the head alone."""
        return self.head.decode(_encoding_of_head(self.head), errors="replace")

    @cached_property
    def contents(self) -> Contents:
        """What one reading of the whole file tells."""
        with self.open() as stream:
            return examine(stream)

    def sibling(self, base_name: str) -> SourceFile | None:
        """The file of that name in the same folder, or the same folder of a zip."""
        return self._neighbours().get(base_name)

    def siblings(self) -> list[str]:
        """The base names of all files in the same folder, sorted."""
        return sorted(self._neighbours())


def _encoding_of_head(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8-sig"


def examine(stream: BinaryIO) -> Contents:
    """Read a whole stream once."""
    digest, size = hashlib.sha256(), 0
    while block := stream.read(1 << 20):
        digest.update(block)
        size += len(block)
    return Contents(size, digest.hexdigest(), "utf-8-sig", False, False, True)


def local_file(path: Path, name: str | None = None) -> SourceFile:
    """A file of the file system."""
    return SourceFile(
        name or path.as_posix(),
        lambda: path.open("rb"),
        local_path=path,
        neighbours=lambda: {
            other.name: local_file(other) for other in path.parent.iterdir() if other.is_file()
        },
    )
