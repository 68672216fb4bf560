"""What the names of files tell before anything is opened, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from mturk_exodus.sources.files import SourceFile

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LEFT_BEHIND = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".git"})
_LOCKS_AND_FORKS = ("~$", ".~lock.", "._")
_PACKED_OTHERWISE = (".tar", ".tar.gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".z")

Key = TypeVar("Key")


class Unreadable(NamedTuple):
    """Something that cannot be looked at.

    Attributes:
        name: as a file's.
        reason: what is wrong, and what to do about it.
    """

    name: str
    reason: str


class Neighbours(Mapping[str, SourceFile], Generic[Key]):
    """The files of one folder by their names, made when they are asked for.

    None is kept: with each file goes its head, and a folder may have ten thousand.
    """

    def __init__(self, keys: Mapping[str, Key], make: Callable[[Key], SourceFile]) -> None:
        self._keys = keys
        self._make = make

    def __getitem__(self, name: str) -> SourceFile:
        return self._make(self._keys[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def shown(name: str) -> str:
    """A name as text: bytes that are none, and control characters, become U+FFFD."""
    return _NOT_SHOWN.sub("\ufffd", name)


def is_left_behind(base_name: str, *, folder: bool) -> bool:
    """Whether systems and programs leave such a thing behind: it is nobody's work."""
    if folder and (base_name.startswith(".") or base_name == "__MACOSX"):
        return True
    return base_name.lower() in _LEFT_BEHIND or base_name.startswith(_LOCKS_AND_FORKS)


def is_zip(base_name: str) -> bool:
    """Whether it is named as a zip is."""
    return base_name.lower().endswith(".zip")


def is_gzip(base_name: str) -> bool:
    """Whether it is named as one file, gzipped."""
    return base_name.lower().endswith(".gz") and not is_packed_otherwise(base_name)


def is_packed_otherwise(base_name: str) -> bool:
    """Whether it is named as what is packed in a way that we do not unpack."""
    return base_name.lower().endswith(_PACKED_OTHERWISE)


def unpacked_name(base_name: str) -> str:
    """What a file is called when it is not gzipped any more."""
    return base_name[: -len(".gz")] if is_gzip(base_name) else base_name
