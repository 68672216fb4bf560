"""Batch results in an archive, and out of it again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.batch_columns import MARKS, OF_THE_ASSIGNMENT, OF_THE_HIT
from mturk_exodus.requester_site import selections
from mturk_exodus.requester_site.batch_results import Written, one_look, write
from mturk_exodus.requester_site.selections import Selection
from mturk_exodus.sources.batch_csv import BatchCSV
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused, Source
from mturk_exodus.sources.registry import Installed

FIXED = (*OF_THE_HIT, *OF_THE_ASSIGNMENT)
ANNOTATION = "BatchId:3000001;OriginalHitTemplateId:928390909;"
HIT_ID = "3HIT0000000000000000000000000A"
WORK_ID = "3WORK000000000000000000000000A"
OTHER_WORK_ID = "3WORK000000000000000000000000B"

Cells = dict[str, str]


def row(hit_id: str = HIT_ID, work_id: str = WORK_ID, **cells: str) -> Cells:
    """A row as the site writes it; what is not named is empty."""
    return {
        "HITId": hit_id,
        "HITTypeId": "3TYPE000000000000000000000000A",
        "Title": "Label",
        "Reward": "$0.05",
        "CreationTime": "Fri Oct 27 04:17:01 PDT 2017",
        "MaxAssignments": "3",
        "RequesterAnnotation": ANNOTATION,
        "AssignmentDurationInSeconds": "3600",
        "AutoApprovalDelayInSeconds": "259200",
        "AssignmentId": work_id,
        "WorkerId": "A1EXAMPLE",
        "AssignmentStatus": "Submitted",
        "AcceptTime": "Sat Oct 28 04:17:01 PDT 2017",
        "SubmitTime": "Sat Oct 28 04:18:01 PDT 2017",
        "AutoApprovalTime": "Tue Oct 31 04:18:01 PDT 2017",
        "WorkTimeInSeconds": "60",
        "LifetimeApprovalRate": "100% (597/598)",
        "Last30DaysApprovalRate": "0% (0/0)",
        "Last7DaysApprovalRate": "0% (0/0)",
        **cells,
    }


def file_of(rows: Sequence[Mapping[str, str]], more: Iterable[str] = ()) -> str:
    """Batch results in the site's own style, with more columns than the fixed ones."""
    columns = [*FIXED, *more]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*columns, *MARKS])
    for cells in rows:
        marks = [cells.get(mark, "") for mark in MARKS]
        beyond = marks if any(marks) else []
        writer.writerow([*(cells.get(name, "") for name in columns), *beyond])
    return text.getvalue()


def ingest(archive: Archive, *files: Path) -> Report:
    """Take files in as `exodus ingest` does."""
    sources = Installed({"batch_csv": BatchCSV()}, {}, ())
    return Ingest(archive, sources).run([str(file) for file in files], lambda _: None)


@contextmanager
def holding(folder: Path, *contents: str) -> Iterator[Archive]:
    """A new archive of files with these contents."""
    files = [folder / f"Batch_{number}_batch_results.csv" for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content.encode())
    with Archive.create(folder / "mturk.db") as archive:
        report = ingest(archive, *files)
        assert (report.kept, report.entries_refused) == (len(files), 0), report
        yield archive


def written(
    archive: Archive, selection: Selection | None = None, *, for_spreadsheets: bool = False
) -> tuple[str, Written]:
    """The file of a selection, or of the one batch that there is."""
    if selection is None:
        (selection,) = selections.everything(archive)
    stream = io.StringIO(newline="")
    with one_look(archive):
        told = write(archive, selection, stream, for_spreadsheets=for_spreadsheets)
    return stream.getvalue(), told


def table(text: str) -> tuple[list[str], list[Cells]]:
    """The header, and rows by column; each row has no cells for the marks, or all cells."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert {len(cells) for cells in rows} <= {len(header), len(header) - len(MARKS)}
    return header, [dict(zip(header, cells, strict=False)) for cells in rows]


def rows_of(archive: Archive) -> list[Cells]:
    """The rows of the one batch that there is."""
    return table(written(archive)[0])[1]


class OtherProgram:
    """A source whose files are lines of JSON: a table, and a record in MTurk's words."""

    name: ClassVar[str]
    title: ClassVar[str] = "a test's files"
    authority: ClassVar[int]

    def claims(self, file: SourceFile) -> str | None:
        """They are called so."""
        return "a test" if file.base_name.startswith(self.name) else None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """A record a line."""
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                table, raw = json.loads(line)
                yield Entry(number, (Found(_TABLES[table], raw),))

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:  # noqa: ARG002 - the interface's
        """They are in MTurk's words already."""
        return Derived(raw)


class _Dump(OtherProgram):
    name = "dump"
    authority = 10


class _Tools(OtherProgram):
    name = "tools"
    authority = 30


DUMP = _Dump()
"""One whose word counts more than batch results'."""
TOOLS = _Tools()
"""One whose word counts less."""


def put(archive: Archive, program: OtherProgram, *records: tuple[str, Mapping[str, Any]]) -> None:
    """Take a file of another program in."""
    (number,) = archive.connection.execute("select count(*) from files").fetchone()
    file = archive.path.with_name(f"{program.name}{number}")
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    sources: dict[str, Source] = {program.name: program}
    report = Ingest(archive, Installed(sources, {}, ())).run([str(file)], lambda _: None)
    assert (report.kept, report.entries_refused) == (1, 0), report


def hit(**members: object) -> tuple[str, Mapping[str, Any]]:
    """A HIT in MTurk's words."""
    return HITS.name, {"HITId": HIT_ID, "RequesterAnnotation": ANNOTATION, **members}


def work(work_id: str = WORK_ID, **members: object) -> tuple[str, Mapping[str, Any]]:
    """An assignment in MTurk's words."""
    return ASSIGNMENTS.name, {"AssignmentId": work_id, "HITId": HIT_ID, **members}


_TABLES = {table.name: table for table in (HITS, ASSIGNMENTS)}
