"""An archive with a run, and records to put into it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import Raw, Table
from mturk_exodus.archive.writer import Origin, Stored, Writer

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

ORIGIN = Origin("Test", "")


def raw(record: object) -> Raw:
    """A record as its source would give it."""
    text = json.dumps(record)
    return Raw(text, json.loads(text))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A writer of a new run on the archive at `path`."""
    opened = Archive.open(path) if path.exists() else Archive.create(path)
    with opened as archive:
        with archive.transaction():
            run = runs.begin(
                archive, "test", {}, account="key:0", endpoint="http://x", pass_id=None
            )
        yield Writer(archive, run)


def put(
    writer: Writer,
    table: Table,
    *records: object,
    copies: Counter[str] | None = None,
    **context: Any,  # noqa: ANN401 - columns
) -> Stored:
    """Put records into a table, in a transaction of their own."""
    with writer.archive.transaction():
        raws = [raw(record) for record in records]
        return writer.put(table, raws, ORIGIN, context, copies)


def hit(hit_id: str, **members: object) -> dict[str, object]:
    """A HIT that nobody has submitted."""
    return {
        "HITId": hit_id,
        "HITTypeId": "T1",
        "Title": "Label",
        "Reward": "0.05",
        "MaxAssignments": 1,
        "NumberOfAssignmentsAvailable": 1,
        "NumberOfAssignmentsPending": 0,
        "NumberOfAssignmentsCompleted": 0,
    } | members
