"""What an import would make, as files that the target's own tools take."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.publishing import published, refuse_existing
from mturk_exodus.replay.adapter import Adapter, Writes
from mturk_exodus.replay.reader import ArchiveReader

_is_name = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}").fullmatch


def write_files(
    archive: Archive, adapter: Adapter, selection: Selection | None, folder: Path, *, ask: bool
) -> int:
    """Write them into a folder that is there, each a new file; how many.

    Raises:
        AdapterNotFound: the target's tools take no files.
        OutputFailed: one cannot be written, or is there already.
    """
    if not isinstance(adapter, Writes):
        raise errors.AdapterNotFound(
            f"{adapter.title} has no tools that take files; name a file after --out"
        )
    count = 0
    for name, content in adapter.files(ArchiveReader(archive, selection), ask=ask):
        if not _is_name(name):
            raise errors.AdapterBroken("the adapter names a file as none may be; tell its authors")
        path = folder / name
        refuse_existing(path)
        with published(path, makes_folders=False) as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
        count += 1
    return count
