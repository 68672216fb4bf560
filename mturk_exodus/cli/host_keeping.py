"""Answers from the host's desk into the archive, as the records of a source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.serve.host.desk import Finished
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.host_answers import HostAnswers
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import Installed


class Keeping:
    """Writes assignments into the archive at a path; while it does, nobody else writes there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, finished: Sequence[Finished]) -> list[str]:
        """Write these; the ids of those that are there now.

        Raises:
            ArchiveError: the archive cannot be written, now or at all.
        """
        text = as_lines(finished)
        name = f"exodus-host/{finished[0].record['SubmitTime']}.jsonl"
        file = SourceFile(name, lambda: BytesIO(text))
        source = HostAnswers()
        with Archive.open(self._path) as archive, archive.writing():
            ingest = Ingest(archive, Installed({source.name: source}), only=source.name)
            ingest.run([name], found=[file])
            ids = json.dumps([one.record["AssignmentId"] for one in finished])
            rows = archive.connection.execute(
                "select assignment_id from assignments"
                " where assignment_id in (select value from json_each(?))",
                [ids],
            )
            return [assignment_id for (assignment_id,) in rows]


def as_lines(finished: Sequence[Finished]) -> bytes:
    """One JSON object a line, as `sources.host_answers` reads it."""
    lines = [json.dumps(_record(one), separators=(", ", ": ")) for one in finished]
    return ("\n".join(lines) + "\n").encode()


def _record(finished: Finished) -> dict[str, object]:
    said = {
        "ExodusHost": 1,
        "Panel": finished.panel,
        "StudyId": finished.study_id,
        "SessionId": finished.session_id,
        "HITTypeId": finished.hit_type_id,
        "Assignment": finished.record,
    }
    return {name: value for name, value in said.items() if value is not None}
