"""A plan as a file: a line of JSON for each action and each loss, for people and programs."""

from __future__ import annotations

import json
import os.path
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.publishing import published, refuse_existing
from mturk_exodus.replay.adapter import Action, Adapter, Loss
from mturk_exodus.replay.plan import LossCount, Plan, declared_losses
from mturk_exodus.replay.reader import ArchiveReader

_BESIDE_AN_ARCHIVE = ("", "-wal", "-shm", "-journal", ".lock")


def write_plan(
    archive: Archive, adapter: Adapter, selection: Selection | None, path: Path
) -> tuple[Plan, list[LossCount]]:
    """Write a plan to a new file that its owner alone can read; its account, and the losses by
    declaration. The file appears complete or not at all; what is no file but a pipe or a device is
    written to as it is.

    The last line holds the plan's digest: `{"digest": ..., "actions": {...}}`.

    Raises:
        OutputFailed: it cannot be written, or is there already, or is the archive's.
    """
    refuse_taken(archive, path)
    reader, account = ArchiveReader(archive, selection), Plan()
    try:
        with _opened(path) as file:
            _write(file, adapter, reader, account)
    except OSError as error:
        raise errors.OutputFailed(f"{path} cannot be written: {error.strerror}") from error
    return account, declared_losses(adapter, reader)


def refuse_taken(archive: Archive, path: Path) -> None:
    """Say so before anything is asked or written.

    Raises:
        OutputFailed: a file is there, or the archive keeps, or may come to keep, a part of itself
            there.
    """
    held = archive.path.resolve()
    if any(_is_same(path, Path(f"{held}{end}")) for end in _BESIDE_AN_ARCHIVE):
        raise errors.OutputFailed(f"{path} is the archive's own; name another place")
    if not _takes_what_comes(path):
        refuse_existing(path)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        # One of them is not there yet.
        return _folded(path) == _folded(other)


def _folded(path: Path) -> str:
    """A name as file systems compare it that do not tell large letters from small ones."""
    return os.path.realpath(path).casefold()


def _takes_what_comes(path: Path) -> bool:
    """Whether it is a pipe, a device or a socket: nothing whose place could be taken."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if _takes_what_comes(path):
        with path.open("w", encoding="utf-8") as file:
            yield file
    else:
        with published(path, makes_folders=False) as file:
            yield file


def _write(file: TextIO, adapter: Adapter, reader: ArchiveReader, account: Plan) -> None:
    _line(file, {"adapter": adapter.name, "archive_id": reader.archive_id})
    for _ in account.watched(_copied(adapter.plan(reader), file)):
        pass
    _line(file, {"digest": account.digest, "actions": dict(account.actions)})


def _copied(items: Iterable[Action | Loss], file: TextIO) -> Iterator[Action | Loss]:
    for item in items:
        _line(file, _as_json(item))
        yield item


def _as_json(item: Action | Loss) -> dict[str, Any]:
    source = {"record": item.source.record, "id": item.source.id}
    if isinstance(item, Loss):
        said = {"field": item.field, "fidelity": item.fidelity.value, "note": item.note}
        return {"loss": {"source": source, **said}}
    return {
        "action": {
            "key": item.key,
            "operation": item.operation,
            "source": source,
            "requires": list(item.requires),
            "payload": item.payload,
        }
    }


def _line(file: TextIO, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a character, which JSON can name and UTF-8 cannot hold.
        text = json.dumps(value, separators=(",", ":"))
    file.write(f"{text}\n")
