"""A plan as a file: a line of JSON for each action and each loss, for people and programs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.replay.adapter import Action, Adapter, Loss
from mturk_exodus.replay.plan import LossCount, Plan, declared_losses
from mturk_exodus.replay.reader import ArchiveReader, Selection


def write_plan(
    archive: Archive, adapter: Adapter, selection: Selection | None, path: Path
) -> tuple[Plan, list[LossCount]]:
    """Write a plan to a file that its owner alone can read; its account, and the losses by
    declaration. The file appears complete or not at all.

    The last line holds the plan's digest: `{"digest": ..., "actions": {...}}`.

    Raises:
        OutputFailed: it cannot be written.
    """
    reader, account = ArchiveReader(archive, selection), Plan()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        number = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            _write(file, adapter, reader, account)
        unfinished.replace(path)
    except OSError as error:
        raise errors.OutputFailed(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return account, declared_losses(adapter, reader)


def _write(file: IO[str], adapter: Adapter, reader: ArchiveReader, account: Plan) -> None:
    _line(file, {"adapter": adapter.name, "archive_id": reader.archive_id})
    for _ in account.watched(_copied(adapter.plan(reader), file)):
        pass
    _line(file, {"digest": account.digest, "actions": dict(account.actions)})


def _copied(items: Iterable[Action | Loss], file: IO[str]) -> Iterator[Action | Loss]:
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


def _line(file: IO[str], value: object) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    file.write("\n")
