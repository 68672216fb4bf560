"""The requester site's batch results: `Batch_<id>_batch_results.csv`, raw or saved again.

What 98 public files of 2015 to 2023 with 39,986 rows show:

    27 columns, always in one order: 14 that tell of the HIT, 13 that tell of the assignment
    Input.*    what the template's variables were for this HIT; nothing else keeps them
    Answer.*   what the worker gave, sorted by name; several values of one name joined with `|`,
               crowd forms taken apart into dotted names, or all in one `Answer.taskAnswers`
    Approve, Reject    for marks; a raw download has no cells for them in any row
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.sources.batch_csv import columns, meaning
from mturk_exodus.sources.batch_csv.rows import Rows
from mturk_exodus.sources.delimited import Sheet, header_of, opened
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Refused

_MEANINGS = {HITS.name: meaning.hit, ASSIGNMENTS.name: meaning.assignment}


def _entries(sheet: Sheet) -> Iterator[Entry | Refused]:
    """A file may be several, one after the other, each with a header of its own."""
    rows = Rows(sheet.columns)
    for line in sheet.lines():
        entry = rows.entry(line)
        if isinstance(entry, Refused) and not columns.missing_ids(line.cells):
            rows = Rows([cell.strip() for cell in line.cells])
        else:
            yield entry


class BatchCSV:
    """The results of a batch, as the requester site downloads them."""

    name: ClassVar[str] = "batch_csv"
    title: ClassVar[str] = "requester site batch results"
    authority: ClassVar[int] = 20

    def claims(self, file: SourceFile) -> str | None:
        """By its columns, however a table program spells them."""
        header = header_of(file.start)
        if not header or columns.is_of_another_program(header, file.start):
            return None
        return columns.claim(header)

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """An assignment for each row; its HIT before it, where the row says something new of it.

        Raises:
            FileRefused: it is no table, or has no column of ids.
        """
        with opened(file) as sheet:
            missing = columns.missing_ids(sheet.columns)
            if missing:
                raise FileRefused(columns.why_ids_matter(missing))
            yield Columns(sheet.columns)
            yield from _entries(sheet)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a HIT or an assignment means."""
        mean = _MEANINGS.get(table)
        if mean is None:
            return Derived({})
        try:
            return mean(raw)
        except (TypeError, AttributeError):  # `read` makes no such record: its cells are texts
            texts = {name: cell for name, cell in raw.items() if isinstance(cell, str)}
            derived = mean(texts)
            odd = (name for name in raw if name not in texts)
            return Derived(derived.wire, (*derived.unreadable, *odd))
