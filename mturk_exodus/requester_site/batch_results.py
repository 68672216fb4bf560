"""A file of batch results out of an archive, as the requester site gave it for download.

UTF-8, CRLF, every cell in quotes; a column for each mark, and no cells for them in rows where
nothing is marked. Rows stand as in the files that they came from; what came from elsewhere
follows, HIT by HIT. Nothing grows with the number of rows but SQLite's sorter, which has files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from typing import TextIO

from mturk_exodus import formulas
from mturk_exodus.archive import Archive
from mturk_exodus.batch_columns import MARKS, OF_THE_ASSIGNMENT, OF_THE_HIT
from mturk_exodus.requester_site import cells
from mturk_exodus.requester_site.cells import Row
from mturk_exodus.requester_site.columns import Layout
from mturk_exodus.requester_site.reading import Reading
from mturk_exodus.requester_site.selections import Selection

_FIXED = len(OF_THE_ASSIGNMENT)


@dataclass
class Written:
    """What was written.

    Attributes:
        columns: how many.
        rows: without the header.
        formulas: cells that a spreadsheet would take for formulas.
        unreadable: answers that could not be taken apart; they stand in a column of their own.
    """

    columns: int = 0
    rows: int = 0
    formulas: int = 0
    unreadable: int = 0


@contextmanager
def one_look(archive: Archive) -> Iterator[None]:
    """What is read inside is of one moment, whoever writes meanwhile."""
    archive.connection.execute("begin")
    try:
        yield
    finally:
        archive.connection.execute("rollback")


def write(
    archive: Archive, selection: Selection, stream: TextIO, *, for_spreadsheets: bool = False
) -> Written:
    """Write the assignments of some HITs; a `'` before formulas if it is for spreadsheets.

    The stream must leave ends of lines as they are.
    """
    rows = _Rows(archive, selection)
    stream.write(_line(rows.layout.header))
    written = Written(columns=len(rows.layout.header))
    for row in rows:
        found = formulas.places(row)
        if found and for_spreadsheets:
            for place in found:
                row[place] = f"'{row[place]}"
        stream.write(_line(row))
        written.rows += 1
        written.formulas += len(found)
    written.unreadable = rows.unreadable
    return written


def _line(cells: Sequence[str]) -> str:
    """A row in quotes; csv.writer gives the same in five times the time."""
    text = '","'.join(cells)
    if text.count('"') > 2 * (len(cells) - 1):
        text = '","'.join([cell.replace('"', '""') for cell in cells])
    return f'"{text}"\r\n'


class _Rows:
    """The rows of a selection, in their order."""

    def __init__(self, archive: Archive, selection: Selection) -> None:
        self._reading = Reading(archive, selection)
        self._files = self._reading.files()
        self.layout = self._laid_out()
        self.unreadable = 0

    def __iter__(self) -> Iterator[list[str]]:
        for assignments, hits in self._reading.together():
            of_hits = {hit["hit_id"]: self._hit_cells(hit) for hit in hits}
            for assignment in assignments:
                yield self._row(assignment, *of_hits[assignment["hit_id"]])

    def _laid_out(self) -> Layout:
        """With what rows have that no file has a column for; only those rows are looked at."""
        told = [file_id for file_id, file in self._files.items() if file.inputs]
        inputs: dict[str, None] = {}
        for row in self._reading.other_variables(told):
            inputs |= dict.fromkeys(cells.inputs(row))
        answered = [file_id for file_id, file in self._files.items() if file.answers]
        given: set[str] = set()
        for row in self._reading.other_answers(answered):
            given.update(cells.given(row))
        return Layout.of(list(self._files.values()), inputs, given)

    def _row(self, assignment: Row, of_hit: list[str], inputs: list[str]) -> list[str]:
        file = self._files.get(assignment["file_id"])
        said = cells.of_assignment(assignment, file, self._reading.beside)
        self.unreadable += cells.UNREADABLE in said
        work = list(map(said.get, self.layout.of_the_assignment, repeat("")))
        row = [*of_hit, *work[:_FIXED], *inputs, *work[_FIXED:]]
        marks = [said.get(mark, "") for mark in MARKS]
        return [*row, *marks] if any(marks) else row

    def _hit_cells(self, hit: Row) -> tuple[list[str], list[str]]:
        said = cells.of_hit(hit, self._files.get(hit["file_id"]))
        both = list(map(said.get, self.layout.of_the_hit, repeat("")))
        return both[: len(OF_THE_HIT)], both[len(OF_THE_HIT) :]
