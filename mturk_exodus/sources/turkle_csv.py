"""Turkle's results: work that was done on a server of one's own, in nearly MTurk's columns.

Turkle 3.1.0, as it answered when its results were downloaded (by its API and by its admin pages,
which write the same), and its source:

    HITId, AssignmentId, WorkerId   integers, each server's own; nobody's id is empty
    HITTypeId, Title                the project's number and its name, which can be changed
    CreationTime                    of the batch, to the second; nothing changes it
    MaxAssignments, AssignmentDurationInSeconds   of the batch; the latter can be changed
    AcceptTime, SubmitTime          in UTC, cut to seconds
    WorkTimeInSeconds               the exact difference, cut to seconds: one less at times
    Input.*, Answer.*               by name, sorted; a field that was not sent is as empty as one
                                    that was sent empty
    Turkle.Username                 since Turkle 2.1; empty where no login was needed

A field that was sent several times stands there as Python spells a list of texts: `['a', 'b']`.
Its values are joined with `|`, as MTurk does, and the field is listed in AnswerDoubts: somebody
may have typed just that.

The integers are made ours: `turkle-<batch>-<HITId>`, where <batch> is a digest of HITTypeId and
CreationTime. So a batch that is downloaded again, under another project name too, has the same ids,
and another server's has others. A HIT that came from MTurk (`Input.mturk_hit_id`) keeps MTurk's
id, and so does a worker whose account has an MTurk worker's id for its name.
"""

from __future__ import annotations

import hashlib
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.questions import answers
from mturk_exodus.sources.delimited import Line, header_of, opened
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.java_dates import iso_of

WORK_TIME = "WorkTimeInSeconds is SubmitTime - AcceptTime"
CUT_OFF = (
    "the file ends inside this row: Turkle's API cuts results off where they hold other characters"
    " than ASCII, and later rows may be missing; its admin pages give them whole"
)
NO_IDS = "has no HITId or no AssignmentId"
NO_BATCH = "has neither CreationTime nor Title: it cannot be told from another server's"

_BATCH = ("HITTypeId", "Title", "CreationTime")
_OF_THE_HIT = ("HITId", *_BATCH, "MaxAssignments", "AssignmentDurationInSeconds")
_OF_BOTH = ("HITId", *_BATCH)
_ONLY_OF_MTURK = {"Reward", "Description", "RequesterAnnotation", "AssignmentStatus"}
_INPUT, _ANSWER = "Input.", "Answer."
_CAME_FROM = "Input.mturk_hit_id"
_USERNAME = "turkle.username"  # `Turkle.username` in the change log of 2.1

_MTURK_HIT = re.compile(r"[A-Z0-9]{20,64}")
_MTURK_WORKER = re.compile(r"A[A-Z0-9]{8,20}")
_WHOLE = re.compile(r"([0-9]{1,18})(?:\.0+)?")  # a table program that met an empty cell adds .0
_TEXT = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_LIST = re.compile(rf"\[(?:{_TEXT})(?:, (?:{_TEXT}))+\]")


class TurkleCSV:
    """The results of a batch, as Turkle downloads them."""

    name: ClassVar[str] = "turkle_csv"
    title: ClassVar[str] = "Turkle results"
    authority: ClassVar[int] = 30

    def claims(self, file: SourceFile) -> str | None:
        """By Turkle's own column, or by MTurk's columns with a HITId that is just a number."""
        columns = header_of(file.start)
        if not {"HITId", "AssignmentId"} <= set(columns):
            return None
        if any(name.lower() == _USERNAME for name in columns):
            return "has the column Turkle.Username"
        if _ONLY_OF_MTURK.isdisjoint(columns) and _numbers_its_hits(columns, file.start):
            return "has MTurk's columns and Turkle's numbers"
        return None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """A HIT and an assignment for each row; the assignment alone where the HIT is MTurk's.

        Raises:
            FileRefused: it is no table.
        """
        with opened(file) as sheet:
            yield Columns(sheet.columns)
            for line in sheet.lines():
                yield _entry(sheet.columns, line)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a HIT or an assignment means. Turkle knows no review, so there is no status."""
        cells = {name: text for name, text in raw.items() if isinstance(text, str)}
        odd = [name for name, text in raw.items() if not isinstance(text, str)]
        wire = _hit(cells, odd) if table == HITS.name else _assignment(cells, odd)
        return Derived(wire, tuple(odd))


def _numbers_its_hits(columns: tuple[str, ...], start: str) -> bool:
    """These columns' names have no line ends, so the second line begins the first row."""
    row = header_of(start.partition("\n")[2])
    place = columns.index("HITId")
    return len(row) > place and row[place].isdecimal()


def _entry(columns: tuple[str, ...], line: Line) -> Entry | Refused:
    raw = _named(columns, line.cells)
    if line.cut_off:
        return Refused(line.number, CUT_OFF, raw)
    if "HITId" not in raw or "AssignmentId" not in raw:
        return Refused(line.number, NO_IDS, raw)
    if _batch(raw) is None:
        return Refused(line.number, NO_BATCH, raw)
    return Entry(line.number, _found(raw), _doubts(raw))


def _named(columns: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    """The cells that say something; one without a column's name goes by its place."""
    names = (*columns, *("" for _ in range(len(columns), len(cells))))
    return {
        name or f"(column {place})": cell
        for place, (name, cell) in enumerate(zip(names, cells, strict=False), 1)
        if cell
    }


def _found(raw: dict[str, str]) -> tuple[Found, ...]:
    if _hit_of_mturk(raw) is not None:
        return (Found(ASSIGNMENTS, raw),)
    hit = {name: cell for name, cell in raw.items() if _is_of_the_hit(name)}
    assignment = {
        name: cell for name, cell in raw.items() if name in _OF_BOTH or not _is_of_the_hit(name)
    }
    return (Found(HITS, hit), Found(ASSIGNMENTS, assignment))


def _is_of_the_hit(column: str) -> bool:
    return column in _OF_THE_HIT or column.startswith(_INPUT)


def _doubts(raw: Mapping[str, str]) -> tuple[str, ...]:
    accepted, submitted = iso_of(raw.get("AcceptTime", "")), iso_of(raw.get("SubmitTime", ""))
    worked = _whole(raw.get("WorkTimeInSeconds", ""))
    if accepted is None or submitted is None or worked is None:
        return ()
    return () if _seconds(submitted) - _seconds(accepted) - worked in {0, 1} else (WORK_TIME,)


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp())


def _hit(cells: Mapping[str, str], odd: list[str]) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    batch = _batch(cells)
    if batch is not None and "HITId" in cells:
        wire["HITId"] = _ours(batch, cells["HITId"])
    if batch is not None and "HITTypeId" in cells:
        wire["HITTypeId"] = _ours(batch, cells["HITTypeId"])
    if "Title" in cells:
        wire["Title"] = cells["Title"]
    _read(cells, ("CreationTime",), iso_of, wire, odd)
    _read(cells, ("MaxAssignments", "AssignmentDurationInSeconds"), _whole, wire, odd)
    if variables := _under(_INPUT, cells):
        wire["TemplateVariables"] = variables
    return wire
