"""A file that appears under its name whole, and never in another one's place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mturk_exodus.errors import OutputFailed


def refuse_existing(path: Path) -> None:
    """Say so before anything is written.

    Raises:
        OutputFailed: there is something of that name.
    """
    if os.path.lexists(path):
        raise OutputFailed(f"{path} is there already, and is left as it is; name another place")


@contextmanager
def published(path: Path, *, makes_folders: bool = True) -> Iterator[TextIO]:
    """A new file, readable by its owner alone: it holds worker ids. What fails leaves nothing.

    Raises:
        OutputFailed: it cannot be written, or there is something of that name.
    """
    try:
        if makes_folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".exodus-", suffix=".new", dir=path.parent)
        unfinished = Path(name)
        try:
            with text_to(descriptor) as to:
                yield to
            give_name(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise OutputFailed(f"{path} cannot be written: {error.strerror}") from error


def text_to(descriptor: int, *, closes: bool = True) -> TextIO:
    """UTF-8 with ends of lines as they are written; half a character becomes `?`."""
    return open(descriptor, "w", encoding="utf-8", errors="replace", newline="", closefd=closes)


def give_name(unfinished: Path, path: Path) -> None:
    """Give a finished file its name, and never another file's.

    Raises:
        OutputFailed: there is something of that name.
        OSError: it cannot have it.
    """
    try:
        os.link(unfinished, path)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError:
        # exFAT and some shares know no second name for a file.
        refuse_existing(path)
        unfinished.rename(path)
