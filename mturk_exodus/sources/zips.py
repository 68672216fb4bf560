"""The files in a zip."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipInfo

from mturk_exodus.sources.files import FileRefused, SourceFile
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
from mturk_exodus.sources.packed import LIMITS, Limits, Shelf, gunzipped, unzipped

_UNPACKED_HERE = (ZIP_STORED, ZIP_DEFLATED, ZIP_BZIP2, ZIP_LZMA)
_ENCRYPTED = 0x1
_ABSOLUTE = re.compile(r"/|[A-Za-z]:/")


class Zip:
    """A zip and what lies in it.

    Args:
        path: where it lies.
        name: what it is called.
        shelf: where it is opened.
        limits: how far its members are unpacked.
    """

    def __init__(self, path: Path, name: str, shelf: Shelf, limits: Limits = LIMITS) -> None:
        self._path = path
        self._name = name
        self._shelf = shelf
        self._limits = limits
        self._folders: dict[str, dict[str, ZipInfo]] = {}

    def members(self, left_out: Callable[[str], None]) -> Iterator[SourceFile | Unreadable]:
        """Its files, sorted by name; or, if it cannot be read at all, itself.

        Args:
            left_out: told the name of each member that is nobody's work.
        """
        try:
            directory = self._directory()
        except FileRefused as refusal:
            yield Unreadable(self._name, str(refusal))
            return
        for path, member in directory:
            if reason := _why_not(path, member):
                yield Unreadable(self._name_of(member), reason)
            elif _is_left_behind(path):
                left_out(self._name_of(member))
            else:
                yield self._file(member)

    def _directory(self) -> list[tuple[str, ZipInfo]]:
        try:
            members = self._shelf.zip(self._path).infolist()
            size = self._path.stat().st_size
        except OSError as error:
            raise FileRefused(f"cannot be read: {error.strerror}") from error
        if sum(member.compress_size for member in members) > size:
            raise FileRefused("is a bomb: the files in it lie in each other")
        directory = [(_path_of(member), member) for member in members]
        directory.sort(key=lambda entry: entry[0])
        for path, member in directory:
            if not _why_not(path, member) and not _is_left_behind(path):
                folder, _, base_name = path.rpartition("/")
                self._folders.setdefault(folder, {})[unpacked_name(shown(base_name))] = member
        return [entry for entry in directory if not entry[0].endswith("/")]

    def _file(self, member: ZipInfo) -> SourceFile:
        path = _path_of(member)
        name, folder = self._name_of(member), path.rpartition("/")[0]
        opener = partial(self._open, member)
        if is_gzip(path):
            name = f"{name}/{unpacked_name(name.rpartition('/')[2])}"
            opener = partial(self._open_gzip, member)
        return SourceFile(name, opener, neighbours=partial(self._beside, folder))

    def _beside(self, folder: str) -> Neighbours[ZipInfo]:
        return Neighbours(self._folders[folder], self._file)

    def _name_of(self, member: ZipInfo) -> str:
        return f"{self._name}/{shown(_path_of(member)).lstrip('/')}"

    def _open(self, member: ZipInfo) -> BinaryIO:
        return unzipped(self._shelf.zip(self._path), member, self._limits)

    def _open_gzip(self, member: ZipInfo) -> BinaryIO:
        return gunzipped(self._open(member), member.compress_size, self._limits)


def _path_of(member: ZipInfo) -> str:
    """Some programs of Windows write its separators."""
    return member.filename.replace("\\", "/")


def _is_left_behind(path: str) -> bool:
    *folders, base_name = path.split("/")
    return is_left_behind(base_name, folder=False) or any(
        is_left_behind(folder, folder=True) for folder in folders
    )


def _why_not(path: str, member: ZipInfo) -> str | None:
    """Why a member is not read."""
    if _ABSOLUTE.match(path) or ".." in path.split("/"):
        return "has a name that leads out of the zip"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted: unpack it first"
    if is_zip(path):
        return "is a zip inside a zip: unpack it first"
    if is_packed_otherwise(path) or member.compress_type not in _UNPACKED_HERE:
        return "is packed in a way that is not known here: unpack it first"
    return None
