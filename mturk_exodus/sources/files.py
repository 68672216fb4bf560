"""Files that people kept, read as what they are: in folders, in zips, gzipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from mturk_exodus.sources.contents import Contents, examine, text_of

HEAD = 65_536
_BUFFER = 1 << 18


class FileRefused(Exception):
    """A file cannot be taken; the message says why, without the name and without its values."""


class _Measured(RawIOBase):
    """A stream that must end where the file ended when its digest was taken."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a buffer, as RawIOBase has it
        block = self._stream.read(len(buffer))
        self._left -= len(block)
        if self._left < 0 or (self._left and not block):
            raise FileRefused("was changed while it was read; ingest it again")
        buffer[: len(block)] = block
        return len(block)


class SourceFile:
    """A file, wherever it lies.

    Attributes:
        name: its path as people know it, `/` between folders; inside a zip, the zip's path, `/`,
            and the path in the zip; of a gzip, its path, `/`, and its name without `.gz`.
        local_path: where it lies by itself; None inside a zip or gzip.
    """

    def __init__(
        self,
        name: str,
        opener: Callable[[], BinaryIO],
        *,
        local_path: Path | None = None,
        neighbours: Callable[[], Mapping[str, SourceFile]] = dict,
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
        """The bytes from the beginning, unpacked.

        Raises:
            FileRefused: they cannot be read, here or anywhere while the file is open.
        """
        try:
            with self._opener() as stream:
                yield stream
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise FileRefused(f"cannot be read: {why}") from error

    @contextmanager
    def text(self) -> Iterator[TextIO]:
        """The text from the beginning, line ends as they are.

        Raises:
            FileRefused: it is not in the encoding that its first bytes announce.
        """
        encoding = self.contents.encoding
        broken = self.contents.ends_in_character or self.contents.damaged
        errors = "replace" if broken else "strict"
        try:
            with self.open() as stream:
                whole = BufferedReader(_Measured(stream, self.contents.size), _BUFFER)
                yield TextIOWrapper(whole, encoding=encoding, errors=errors, newline="")
        except UnicodeDecodeError as error:
            raise FileRefused(f"begins as {encoding} text and goes on otherwise") from error

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most 64 KiB."""
        with self.open() as stream:
            return stream.read(HEAD)

    @cached_property
    def start(self) -> str:
        """The head as text, as well as it can be told from the head alone."""
        return text_of(self.head)

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
