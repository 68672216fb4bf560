"""What an archive holds of a selection of HITs, row by row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS
from mturk_exodus.requester_site.cells import (
    BATCH_CSV,
    COLUMNS_OF_ASSIGNMENTS,
    COLUMNS_OF_HITS,
    Row,
)
from mturk_exodus.requester_site.columns import FileColumns
from mturk_exodus.requester_site.selections import Selection

_TOGETHER = 200
_ASSIGNMENTS = f"""
    select rowid, {", ".join(COLUMNS_OF_ASSIGNMENTS)} from assignments
    where rowid in (select value from json_each(?))
"""  # noqa: S608 - names of columns are constants
_HITS = f"""
    select {", ".join(COLUMNS_OF_HITS)} from hits
    where hit_id in (select value from json_each(?))
"""  # noqa: S608 - names of columns are constants


class Reading:
    """The records of a selection."""

    def __init__(self, archive: Archive, selection: Selection) -> None:
        self._connection = archive.connection
        self._where, self._values = selection.where, selection.values

    def files(self) -> dict[int, FileColumns]:
        """The tables that records came from, in the order in which they were read."""
        query = f"""
            select file_id, columns from files where columns is not null and file_id in (
                select file_id from hits where {self._where}
                union select assignments.file_id from assignments join hits using (hit_id)
                    where {self._where})
            order by file_id
        """  # noqa: S608 - a selection's condition has no value in it, here and below
        found = self._connection.execute(query, self._values * 2)
        return {file_id: FileColumns(json.loads(columns)) for file_id, columns in found}

    def other_variables(self, told_in: list[int]) -> Iterator[Row]:
        """HITs whose variables have no columns in a file of batch results.

        Args:
            told_in: the files that have such columns.
        """
        query = f"""
            select template_variables from hits where {self._where}
                and template_variables is not null and not (source = '{BATCH_CSV}'
                    and file_id in (select value from json_each(?))
                    and json_type(ifnull(own_values, '{{}}'), '$.template_variables') is null)
            order by rowid
        """  # noqa: S608 - see files
        return self._rows(query, *self._values, json.dumps(told_in))

    def other_answers(self, told_in: list[int]) -> Iterator[Row]:
        """Assignments whose answers have no columns in a file of batch results."""
        query = f"""
            select answer from assignments join hits using (hit_id) where {self._where}
                and answer is not null and not (assignments.source = '{BATCH_CSV}'
                    and assignments.file_id in (select value from json_each(?))
                    and json_type(ifnull(assignments.own_values, '{{}}'), '$.answer') is null)
        """  # noqa: S608 - see files
        return self._rows(query, *self._values, json.dumps(told_in))

    def together(self) -> Iterator[tuple[list[Row], list[Row]]]:
        """All assignments, by file and row, then by HIT: some at a time, and their HITs."""
        query = f"""
            select assignments.rowid from assignments join hits using (hit_id)
            where {self._where}
            order by assignments.file_id is null, assignments.file_id, assignments.file_row,
                hits.rowid, assignments.rowid
        """  # noqa: S608 - see files
        keys = self._connection.execute(query, self._values)
        while some := [key for (key,) in keys.fetchmany(_TOGETHER)]:
            rows = {row["rowid"]: row for row in self._rows(_ASSIGNMENTS, json.dumps(some))}
            hit_ids = {row["hit_id"] for row in rows.values()}
            hits = self._rows(_HITS, json.dumps(list(hit_ids)))
            yield [rows[key] for key in some], list(hits)

    def beside(self, assignment_id: str) -> Row:
        """What batch results say of an assignment, in their words, that has another main source."""
        said = self._connection.execute(
            "select raw from source_records where record_table = ? and record_key = ?"
            " and source = ? order by raw_sha256",
            [ASSIGNMENTS.name, json.dumps([assignment_id]), BATCH_CSV],
        ).fetchone()
        return {} if said is None else json.loads(said[0])

    def _rows(self, query: str, *values: Any) -> Iterator[Row]:  # noqa: ANN401 - what SQLite takes
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(query, values)
