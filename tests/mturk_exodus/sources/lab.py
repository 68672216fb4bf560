"""What a lab keeps of eleven years: folders of batch results in every state, and all else."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from mturk_exodus.requester_site.pacific import written

HIT_COLUMNS = (
    *("HITId", "HITTypeId", "Title", "Description", "Keywords", "Reward", "CreationTime"),
    *("MaxAssignments", "RequesterAnnotation", "AssignmentDurationInSeconds"),
    *("AutoApprovalDelayInSeconds", "Expiration", "NumberOfSimilarHITs", "LifetimeInSeconds"),
)
WORK_COLUMNS = (
    *("AssignmentId", "WorkerId", "AssignmentStatus", "AcceptTime", "SubmitTime"),
    *("AutoApprovalTime", "ApprovalTime", "RejectionTime", "RequesterFeedback"),
    *("WorkTimeInSeconds", "LifetimeApprovalRate", "Last30DaysApprovalRate"),
    "Last7DaysApprovalRate",
)
PEOPLE = ("Ann", "Bob", "Nguyễn", "Zoë", "old laptop of Max", "former members")
YEARS = range(2008, 2019)
Row = dict[str, str]


class Style(NamedTuple):
    """How a program writes a table.

    Attributes:
        dressed: one more delimiter at each line's end.
    """

    encoding: str = "utf-8"
    end: str = "\r\n"
    delimiter: str = ","
    quoting: Literal[0, 1] = csv.QUOTE_ALL
    dressed: bool = False


RAW = Style()
STYLES = (
    RAW,
    Style(end="\n", quoting=csv.QUOTE_MINIMAL),
    Style("utf-8-sig"),
    Style("cp1252", delimiter=";", quoting=csv.QUOTE_MINIMAL),
    Style("utf-16", delimiter="\t", quoting=csv.QUOTE_MINIMAL),
    Style(end="\r", quoting=csv.QUOTE_MINIMAL),
    Style(quoting=csv.QUOTE_MINIMAL, dressed=True),
    Style("utf-16", end="\n"),
)


@dataclass
class Known:
    """What the generator knows of a tree.

    Attributes:
        read: files of batches, as often as their bytes differ.
        copies: files whose bytes another one has.
        refused: files of a known kind in which nothing is whole.
        unknown: files of no kind.
        rows: in the files that are read, those that are refused among them.
        refused_rows: those that are cut off.
        submitted: when, in UTC, as the archive writes it.
    """

    read: int = 0
    copies: int = 0
    refused: int = 0
    unknown: int = 0
    rows: int = 0
    refused_rows: int = 0
    hits: set[str] = field(default_factory=set)
    assignments: set[str] = field(default_factory=set)
    workers: set[str] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)
    saved: Counter[str] = field(default_factory=Counter)

    def held(self) -> dict[str, object]:
        """What an archive of the tree says of itself."""
        return {
            "batches": len(self.batches),
            "hits": len(self.hits),
            "assignments": len(self.assignments),
            "workers": len(self.workers),
            "first_submit_time": min(self.submitted),
            "last_submit_time": max(self.submitted),
        }


def iso(moment: datetime) -> str:
    """As the archive writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def site_time(moment: datetime, *, gmt: bool = False) -> str:
    """As the requester site writes it."""
    return moment.strftime("%a %b %d %H:%M:%S GMT %Y") if gmt else written(iso(moment))


def table(rows: Sequence[Mapping[str, str]], style: Style = RAW, *, marks: bool = True) -> bytes:
    """Rows as a file. The requester site's last two columns have no cells."""
    text = io.StringIO()
    lines = csv.writer(
        text, delimiter=style.delimiter, lineterminator=style.end, quoting=style.quoting
    )
    more = [""] if style.dressed else []
    lines.writerow([*rows[0], *(("Approve", "Reject") if marks else ()), *more])
    lines.writerows([*row.values(), *more] for row in rows)
    return text.getvalue().encode(style.encoding)


def resaved(rows: Sequence[Mapping[str, str]]) -> bytes:
    """The same, read and written by pandas: a number before each row."""
    numbered = [
        {"": str(number), **row, "Approve": "", "Reject": ""} for number, row in enumerate(rows)
    ]
    return table(numbered, Style(end="\n", quoting=csv.QUOTE_MINIMAL), marks=False)


def approved(rows: Sequence[Row], after: timedelta, *, gmt: bool = False) -> list[Row]:
    """The same rows as they are downloaded later."""
    later = datetime(2019, 3, 1, tzinfo=timezone.utc) + after
    return [
        {**row, "AssignmentStatus": "Approved", "ApprovalTime": site_time(later, gmt=gmt)}
        for row in rows
    ]


def batch(number: int, *, hits: int = 4, each: int = 3, gmt: bool = False) -> list[Row]:
    """The rows of a batch, none of them reviewed. A sixth of all batches are survey links."""
    return [row for row, _ in _made(number, hits, each, gmt=gmt)]


def _made(number: int, hits: int, each: int, *, gmt: bool) -> list[tuple[Row, str]]:
    """Rows, and when each was submitted."""
    random = Random(number)  # noqa: S311 - an invented lab
    year = YEARS[number % len(YEARS)]
    begun = datetime(year, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=random.randrange(520_000))
    rows = []
    for place in range(hits):
        hit = _hit(number, place, each, begun, gmt=gmt)
        for copy in range(each):
            work, submitted = _work(number, place, copy, random, begun, gmt=gmt)
            rows.append(({**hit, **work, **_form(number, place, copy)}, submitted))
    return rows


def _hit(number: int, place: int, each: int, begun: datetime, *, gmt: bool) -> Row:
    cells = dict.fromkeys(HIT_COLUMNS, "")
    cells |= {
        "HITId": f"3H{number:05}{place:05}".ljust(30, "A"),
        "HITTypeId": f"3T{number:05}".ljust(30, "B"),
        "Title": f"Find the words, part {number}",
        "Description": "Read, and mark; then say why",
        "Keywords": "text, words",
        "Reward": f"${number % 90 / 100 + 0.05:.2f}",
        "CreationTime": site_time(begun, gmt=gmt),
        "MaxAssignments": str(each),
        "RequesterAnnotation": f"BatchId:{300_000 + number};OriginalHitTemplateId:{number % 40};",
        "AssignmentDurationInSeconds": "3600",
        "AutoApprovalDelayInSeconds": "259200",
        "Expiration": site_time(begun + timedelta(days=7), gmt=gmt),
    }
    return cells


def _work(
    number: int, place: int, copy: int, random: Random, begun: datetime, *, gmt: bool
) -> tuple[Row, str]:
    taken = begun + timedelta(seconds=random.randrange(60, 600_000))
    done = taken + timedelta(seconds=random.randrange(20, 3_000))
    cells = dict.fromkeys(WORK_COLUMNS, "")
    cells |= {
        "AssignmentId": f"3A{number:05}{place:05}{copy:03}".ljust(30, "C"),
        "WorkerId": f"AW{(number * 7 + place * 3 + copy) % 997:05}XYZ",
        "AssignmentStatus": "Submitted",
        "AcceptTime": site_time(taken, gmt=gmt),
        "SubmitTime": site_time(done, gmt=gmt),
        "AutoApprovalTime": site_time(done + timedelta(days=3), gmt=gmt),
        "WorkTimeInSeconds": str(int((done - taken).total_seconds())),
        "LifetimeApprovalRate": "0% (0/0)",
        "Last30DaysApprovalRate": "0% (0/0)",
        "Last7DaysApprovalRate": "0% (0/0)",
    }
    return cells, iso(done)


def _form(number: int, place: int, copy: int) -> Row:
    if number % 6 == 0:
        return {"Answer.surveycode": f"{number}-{place}-{copy}"}
    return {
        "Input.text": f'Über "das", Satz {place}',
        "Answer.why": f"weil es schön ist, {copy};\nund auch sonst",
        "Answer.label": "a|b" if copy else "",
    }


class Lab:
    """Writes a tree, and keeps the books."""

    def __init__(self, root: Path, *, hits: int = 4, each: int = 3) -> None:
        self.root = root
        self.known = Known()
        self._hits = hits
        self._each = each

    def grow(self, batches: int) -> Known:
        """Some batches and all that lies around them."""
        for number in range(batches):
            self._batch(number)
        self._packed(batches)
        self._damaged(batches + 10)
        self._foreign()
        return self.known

    def _rows(self, number: int, *, cut_off: int = 0) -> list[Row]:
        made = _made(number, self._hits, self._each, gmt=number % 5 == 0)
        self.known.batches.add(number)
        for row, submitted in made[: len(made) - cut_off]:
            self.known.hits.add(row["HITId"])
            self.known.assignments.add(row["AssignmentId"])
            self.known.workers.add(row["WorkerId"])
            self.known.submitted.add(submitted)
        return [row for row, _ in made]

    def _folder(self, number: int) -> Path:
        person = PEOPLE[number % len(PEOPLE)]
        folder = self.root / person / str(YEARS[number % len(YEARS)]) / f"study {number % 9}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _batch(self, number: int) -> None:
        folder, rows = self._folder(number), self._rows(number)
        name = f"Batch_{300_000 + number}_batch_results.csv"
        style = STYLES[number % len(STYLES)]
        self._read(folder / name, table(rows, style), rows)
        if number % 4 == 0:
            again = folder / "backup (2)"
            again.mkdir(exist_ok=True)
            self._write(again / name, table(rows, style))
            self.known.copies += 1
            self._read(folder / f"clean_{number}.csv", resaved(rows), rows)
            later = approved(rows, timedelta(minutes=number), gmt=number % 5 == 0)
            self._read(
                folder / f"Batch_{300_000 + number}_batch_results (1).csv", table(later), rows
            )
            self.known.approved |= {row["AssignmentId"] for row in rows}

    def _read(self, path: Path, content: bytes, rows: Sequence[Row]) -> None:
        self._write(path, content)
        self.known.read += 1
        self.known.rows += len(rows)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.known.saved[path.suffix] += 1

    def _packed(self, number: int) -> None:
        with zipfile.ZipFile(self.root / "Ann" / "moved.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for each in range(number, number + 3):
                rows = self._rows(each)
                packed.writestr(f"moved/{each}/Batch_{each}_batch_results.csv", table(rows))
                self.known.read += 1
                self.known.rows += len(rows)
            packed.writestr("moved/readme.txt", "what I did")
            packed.writestr("__MACOSX/moved/._readme.txt", b"\0\x05\x16\x07")
            self.known.unknown += 1
        rows = self._rows(number + 4)
        self._read(self.root / "Bob" / "batch.csv.gz", gzip.compress(table(rows)), rows)

    def _damaged(self, number: int) -> None:
        self._write(self.root / "Bob" / "empty.csv", b"")
        self.known.unknown += 1
        rows = self._rows(number, cut_off=1)
        self._read(self.root / "Bob" / "Batch_cut_batch_results.csv", table(rows)[:-40], rows)
        self.known.refused_rows += 1

    def _foreign(self) -> None:
        office = io.BytesIO()
        with zipfile.ZipFile(office, "w") as packed:
            packed.writestr("[Content_Types].xml", "<Types/>")
            packed.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
            packed.writestr("docProps/core.xml", "<coreProperties/>")
        for name, content in {
            "analysis.R": b'data <- read.csv("batch.csv")\nsummary(data$HITId)\n',
            "paper.pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
            "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256)),
            "draft.docx": office.getvalue(),
            "results.xlsx": office.getvalue(),
            "data.sav": b"$FL2@(#) SPSS DATA FILE" + b"\0" * 64,
            "notes.txt": b"ask for the HITId and the AssignmentId\n",
            "scores.csv": b"subject,score\n1,2\n3,4\n",
            "model.json": b'{"layers": [1, 2, 3]}',
        }.items():
            self._write(self.root / "Zoe" / "paper" / name, content)
            self.known.unknown += 1
        self._write(self.root / "Zoe" / ".DS_Store", b"\0\0\0\1Bud1")
