"""What would be made at a target, as files in a folder: nothing is sent."""

from __future__ import annotations

import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.publishing import refuse_existing
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.beside import WritesFiles
from mturk_exodus.replay.reader import ArchiveReader

_MOST_OPEN = 32


def write_files(
    archive: Archive, adapter: Adapter, folder: Path, selection: Selection | None = None
) -> list[str]:
    """Write them into a new folder, which appears whole and is its owner's alone; their names.

    Raises:
        SettingMissing: the adapter's target has no files.
        OutputFailed: the folder is there already, or cannot be written.
    """
    if not isinstance(adapter, WritesFiles):
        raise errors.SettingMissing(f"{adapter.title} has no files of its own; leave --out away")
    refuse_existing(folder)
    try:
        unfinished = Path(tempfile.mkdtemp(prefix=".exodus-", dir=folder.parent))
        try:
            _write(unfinished, adapter.exported(ArchiveReader(archive, selection)))
            refuse_existing(folder)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise errors.OutputFailed(f"{folder} cannot be written: {error.strerror}") from error
    return sorted(one.name for one in folder.iterdir())


def _write(folder: Path, pieces: Iterable[tuple[str, str]]) -> None:
    """However many files there are, few of them are open."""
    opened: OrderedDict[str, TextIO] = OrderedDict()
    try:
        for name, text in pieces:
            if name not in opened:
                if len(opened) >= _MOST_OPEN:
                    opened.popitem(last=False)[1].close()
                path = folder / name
                opened[name] = path.open("a", encoding="utf-8", errors="replace", newline="")
            opened[name].write(text)
    finally:
        for file in opened.values():
            file.close()
