"""Files that workers uploaded, kept in parts so that none need fit into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.runs import Run

PART_BYTES = 1024 * 1024


def store(
    archive: Archive, run: Run, assignment_id: str, question_identifier: str, file: BinaryIO
) -> None:
    """Store the content of `file` as the answer's upload."""
    key = [assignment_id, question_identifier]
    connection = archive.connection
    connection.execute(
        "delete from uploads where assignment_id = ? and question_identifier = ?", key
    )
    digest = hashlib.sha256()
    size = 0
    for number, part in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
        connection.execute("insert into upload_parts values (?, ?, ?, ?)", [*key, number, part])
        digest.update(part)
        size += len(part)
    connection.execute(
        "insert into uploads values (?, ?, ?, ?, ?, ?)",
        [*key, size, digest.hexdigest(), run.run_id, run.run_id],
    )


def is_stored(archive: Archive, assignment_id: str, question_identifier: str) -> bool:
    """Whether the archive holds that upload."""
    return (
        archive.connection.execute(
            "select 1 from uploads where assignment_id = ? and question_identifier = ?",
            [assignment_id, question_identifier],
        ).fetchone()
        is not None
    )


def parts(archive: Archive, assignment_id: str, question_identifier: str) -> Iterator[bytes]:
    """The content of an upload, in order."""
    for (part,) in archive.connection.execute(
        "select content from upload_parts where assignment_id = ? and question_identifier = ?"
        " order by part",
        [assignment_id, question_identifier],
    ):
        yield part
