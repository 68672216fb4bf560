"""Files in what people name: files, folders, patterns, zips and gzips.

Nothing is opened here but folders and the directories of zips: a file is, when somebody reads it.
Devices, pipes and sockets are never opened.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from mturk_exodus.errors import SourceFileNotFound
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.names import (
    Neighbours,
    Unreadable,
    is_gzip,
    is_left_behind,
    is_packed_otherwise,
    is_zip,
    shown,
    unpacked_name,
)
from mturk_exodus.sources.packed import Shelf, gunzipped
from mturk_exodus.sources.zips import Zip

__all__ = ["Unreadable", "find"]

_PATTERN = re.compile(r"[*?\[]")


def find(
    paths: Sequence[str], left_out: Callable[[str], None] = lambda _: None
) -> Iterator[SourceFile | Unreadable]:
    """Every file under some paths, each folder's sorted by name.

    A pattern is expanded if nothing has that very name. Links to files and folders are followed,
    but no folder is visited twice.

    Args:
        paths: of files, folders, zips and gzips, or patterns with `*`, `?`, `[` or `**`.
        left_out: told the name of each file and folder that is nobody's work, `.DS_Store` for one.

    Raises:
        SourceFileNotFound: one of the paths leads to nothing. Nothing is found before.
    """
    search = _Search(left_out)
    starts = [start for path in paths for start in search.starts(path)]
    return (found for start in starts for found in search.below(start))


class _Folder:
    """A folder, looked into once and not before it must be.

    Attributes:
        path: where it is; empty for the folder that one is in.
        prefix: what stands before the names of its files.
    """

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.prefix = "" if name in ("", ".") else f"{name.rstrip('/')}/"

    @cached_property
    def real_path(self) -> str:
        return os.path.realpath(self.path)

    @cached_property
    def entries(self) -> list[_Seen]:
        with os.scandir(self.path or ".") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        return [
            _Seen(self, entry.name, _asked(entry.is_dir), _asked(entry.is_file)) for entry in found
        ]

    @cached_property
    def files(self) -> dict[str, str]:
        """Their names in the folder, by their names as files."""
        try:
            entries = self.entries
        except OSError:
            return {}
        names = [entry.base_name for entry in entries if entry.is_neighbour]
        names.sort(key=is_gzip, reverse=True)  # what lies there unpacked as well comes to count
        return {unpacked_name(shown(base_name)): base_name for base_name in names}

    def file(self, base_name: str) -> SourceFile:
        path = Path(self.path, base_name)
        name = self.prefix + shown(base_name)
        if is_gzip(base_name):
            name = f"{name}/{unpacked_name(shown(base_name))}"
            return SourceFile(name, partial(_open_gzip, path), neighbours=self._neighbours)
        return SourceFile(name, partial(_open, path), local_path=path, neighbours=self._neighbours)

    def _neighbours(self) -> Neighbours[str]:
        return Neighbours(self.files, self.file)


class _Seen(NamedTuple):
    """An entry of a folder, links followed. A link that leads nowhere is neither."""

    folder: _Folder
    base_name: str
    is_folder: bool
    is_file: bool

    @property
    def path(self) -> str:
        return os.path.join(self.folder.path, self.base_name)  # noqa: PTH118 - 10,000 times

    @property
    def name(self) -> str:
        return self.folder.prefix + shown(self.base_name) or "."

    @property
    def is_left_behind(self) -> bool:
        return is_left_behind(self.base_name, folder=self.is_folder)

    @property
    def is_neighbour(self) -> bool:
        return (
            self.is_file
            and not self.is_left_behind
            and not is_zip(self.base_name)
            and not is_packed_otherwise(self.base_name)
        )


class _Search:
    """One look around: what was seen in it is not seen again."""

    def __init__(self, left_out: Callable[[str], None]) -> None:
        self._left_out = left_out
        self._shelf = Shelf()
        self._visited: set[tuple[int, int]] = set()
        self._taken: set[tuple[str, str]] = set()
        self._parents: dict[str, _Folder] = {}

    def starts(self, path: str) -> list[_Seen]:
        """What a path or a pattern means."""
        if os.path.lexists(path):
            return [self._seen(path)]
        matches = sorted(_matches(path))
        if not matches:
            raise SourceFileNotFound(f"{shown(path)}: there is no such file or folder")
        return list(self._worth_a_look([self._seen(match) for match in matches]))

    def below(self, start: _Seen) -> Iterator[SourceFile | Unreadable]:
        """The files that something is, or holds. Folders may lie in each other without end."""
        waiting: list[Iterator[_Seen | Unreadable]] = [iter([start])]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
            elif isinstance(item, Unreadable):
                yield item
            elif item.is_folder:
                waiting.append(self._inside(item))
            else:
                yield from self._file(item)

    def _seen(self, path: str) -> _Seen:
        parent, base_name = os.path.split(path.rstrip("/"))
        if not base_name or base_name in (".", ".."):
            parent, base_name = path, ""
        name = PurePosixPath(shown(parent)).as_posix()
        folder = self._parents.setdefault(parent, _Folder(parent, name))
        place = Path(path)
        return _Seen(folder, base_name, _asked(place.is_dir), _asked(place.is_file))

    def _inside(self, seen: _Seen) -> Iterator[_Seen | Unreadable]:
        folder = _Folder(seen.path, seen.name)
        try:
            status = Path(seen.path).stat()
            if (status.st_dev, status.st_ino) in self._visited:
                return
            self._visited.add((status.st_dev, status.st_ino))
            entries = folder.entries
        except OSError as error:
            yield Unreadable(seen.name, f"cannot be read: {error.strerror}")
            return
        yield from self._worth_a_look(entries)

    def _worth_a_look(self, entries: Sequence[_Seen]) -> Iterator[_Seen]:
        for entry in entries:
            if entry.is_left_behind:
                self._left_out(entry.name)
            else:
                yield entry

    def _file(self, seen: _Seen) -> Iterator[SourceFile | Unreadable]:
        key = (seen.folder.real_path, seen.base_name)
        if key in self._taken:
            return
        self._taken.add(key)
        if reason := _why_not(seen):
            yield Unreadable(seen.name, reason)
        elif is_zip(seen.base_name):
            yield from Zip(Path(seen.path), seen.name, self._shelf).members(self._left_out)
        else:
            yield seen.folder.file(seen.base_name)


def _matches(pattern: str) -> list[str]:
    if not _PATTERN.search(pattern):
        return []
    return glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute ones


def _asked(question: Callable[[], bool]) -> bool:
    """Whether a link leads to such a thing; if it leads in a circle, it does not."""
    try:
        return question()
    except OSError:
        return False


def _why_not(seen: _Seen) -> str | None:
    """Why an entry that is no folder is not read."""
    if not seen.is_file:
        if Path(seen.path).is_symlink():
            return "is a link that leads to no file"
        return "is no file: a device, a pipe or a socket, or gone"
    if not os.access(seen.path, os.R_OK):
        return "cannot be read: Permission denied"
    if is_packed_otherwise(seen.base_name):
        return "is packed in a way that is not known here: unpack it first"
    return None


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_gzip(path: Path) -> BinaryIO:
    return gunzipped(path.open("rb"), path.stat().st_size)
