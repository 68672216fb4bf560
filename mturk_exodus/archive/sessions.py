"""Which assignments were worked on in which visit of a participant, as the host noted it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from mturk_exodus.archive.archive import Archive

_SAID = (
    "select assignment_id, hit_id, raw from assignments where source = 'host'"
    " union all select record_key ->> '$[0]', said ->> 'hit_id', raw from source_records"
    " where record_table = 'assignments' and source = 'host'"
)


class Worked(NamedTuple):
    """An assignment that was worked on in a visit."""

    assignment_id: str
    hit_id: str
    hit_type_id: str | None
    session_id: str
    study_id: str | None
    worker_id: str | None


class Sessions:
    """The visits of one panel, looked up by the id that the panel gave them.

    They are noted in a table that lives as long as the connection: an archive may hold millions.
    """

    def __init__(self, archive: Archive, panel: str) -> None:
        self._connection = archive.connection
        self._connection.executescript(
            "drop table if exists temp.sessions;"
            "create table temp.sessions (session_id text not null, assignment_id text not null,"
            " hit_id text not null, hit_type_id text, study_id text, worker_id text,"
            " primary key (session_id, assignment_id)) strict, without rowid;"
        )
        self._connection.execute(
            "insert or ignore into temp.sessions select raw ->> 'SessionId', assignment_id, hit_id,"
            " raw ->> 'HITTypeId', raw ->> 'StudyId', raw ->> '$.Assignment.WorkerId'"
            f" from ({_SAID})"
            " where raw ->> 'Panel' = ? and raw ->> 'SessionId' is not null"
            " and assignment_id is not null and hit_id is not null",
            [panel],
        )
        self._connection.execute(
            "create index temp.sessions_by_assignment on sessions (assignment_id)"
        )

    def worked(self, session_id: str) -> Sequence[Worked]:
        """The assignments of a visit, as links said: who opens one can write another's id there."""
        return self._found("session_id", session_id)

    def of_assignment(self, assignment_id: str) -> Worked | None:
        """The visit in which an assignment was worked on; None if it was in none."""
        return next(iter(self._found("assignment_id", assignment_id)), None)

    def last_seen(self, assignment_id: str, source: str) -> tuple[str, str] | None:
        """The state that a source last saw an assignment's submission in, and since when."""
        row = self._connection.execute(
            "select raw ->> '$.Submission.status', raw ->> 'Seen' as seen from source_records"
            " where record_table = 'assignments' and record_key = ?1 and source = ?3"
            " union all select raw ->> '$.Submission.status', raw ->> 'Seen' from assignments"
            " where assignment_id = ?2 and source = ?3 order by seen desc limit 1",
            [json.dumps([assignment_id]), assignment_id, source],
        ).fetchone()
        return None if row is None or None in row else (str(row[0]), str(row[1]))

    def _found(self, column: str, value: str) -> list[Worked]:
        rows = self._connection.execute(
            "select assignment_id, hit_id, hit_type_id, session_id, study_id,"
            " worker_id from temp.sessions"
            f" where {column} = ? order by assignment_id",
            [value],
        )
        return [Worked(*row) for row in rows]
