"""Finished work as a file, for targets that let it in by a side door of their own."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.errors import OutputFailed
from mturk_exodus.publishing import published
from mturk_exodus.replay.beside import KeepsHistory
from mturk_exodus.replay.reader import ArchiveReader


def write(
    archive: Archive, adapter: KeepsHistory, path: Path, selection: Selection | None = None
) -> bool:
    """Write what was done before, in place of what an earlier import wrote; whether there is any.

    Raises:
        OutputFailed: it cannot be written.
    """
    lines = adapter.history(ArchiveReader(archive, selection))
    first = next(lines, None)
    if first is None:
        return False
    _make_way(path)
    with published(path, makes_folders=False) as file:
        for line in chain([first], lines):
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
    return True


def _make_way(path: Path) -> None:
    """For what is there is ours, of an earlier import: nobody else gives a file this name."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputFailed(f"{path} cannot be written: {error.strerror}") from error
