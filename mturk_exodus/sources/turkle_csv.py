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
may have typed just that. So read, 1,500 rows of that server say what its database says.

The integers are made ours: `turkle-<batch>-<HITId>`, where <batch> is a digest of HITTypeId and
CreationTime. So a batch that is downloaded again, under another project name too, has the same ids,
and another server's has others. A HIT that came from MTurk (`Input.mturk_hit_id`) keeps MTurk's
id, and so does a worker whose account has an MTurk worker's id for its name. Finished work that
came from MTurk (`Answer.mturk_assignment_id`) keeps MTurk's id, too; of its worker nothing is known
then, if the account's name is a pseudonym, and of its times nothing where they are those of 1970.
So do HITs and work that came from another Turkle: they keep the ids that were made for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.batch_columns import ANSWER, INPUT
from mturk_exodus.questions.answering import answers
from mturk_exodus.sources import turkle_columns
from mturk_exodus.sources.cells import Meaning, by_name, told, whole_number
from mturk_exodus.sources.delimited import Line, entries, header_of, unsound
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.java_dates import iso_of, seconds_of
from mturk_exodus.sources.turkle_columns import BATCH, USERNAME

WORK_TIME = "WorkTimeInSeconds is SubmitTime - AcceptTime"
CUT_OFF = (
    "the file ends inside this row: Turkle's API cuts results off where they hold other characters"
    " than ASCII, and later rows may be missing; its admin pages give them whole"
)
NO_IDS = "has no HITId or no AssignmentId"
NO_BATCH = "has neither CreationTime nor Title: it cannot be told from another server's"

_OF_THE_HIT = ("HITId", *BATCH, "MaxAssignments", "AssignmentDurationInSeconds")
_OF_BOTH = ("HITId", *BATCH)
_CAME_FROM = "Input.mturk_hit_id"
_WAS = "Answer.mturk_assignment_id"

_CARRIED = re.compile(r"[A-Z0-9]{20,64}|turkle-[0-9a-f]{8}-[0-9]{1,18}")
_MTURK_WORKER = re.compile(r"A[A-Z0-9]{8,20}")

_HIT: Meaning = {
    "Title": ("Title", str),
    "CreationTime": ("CreationTime", iso_of),
    "MaxAssignments": ("MaxAssignments", whole_number),
    "AssignmentDurationInSeconds": ("AssignmentDurationInSeconds", whole_number),
}
_ASSIGNMENT: Meaning = {
    "AcceptTime": ("AcceptTime", iso_of),
    "SubmitTime": ("SubmitTime", iso_of),
}

_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_CODE = r"x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4}|[\\'\"nrt]"
_ESCAPE = re.compile(rf"\\({_CODE})")
_TEXT = "|".join(
    rf"{quote}{plain}*(?:\\(?:{_CODE}){plain}*)*{quote}"
    for quote, plain in (("'", r"[^'\\\x00-\x1f]"), ('"', r'[^"\\\x00-\x1f]'))
)
_LIST = re.compile(rf"\[(?:{_TEXT})(?:, (?:{_TEXT}))+\]")
_ONE_TEXT = re.compile(_TEXT)


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
        return turkle_columns.claim(columns, file.start)

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """A HIT and an assignment for each row; the assignment alone where the HIT is MTurk's.

        Raises:
            FileRefused: it is no table.
        """
        return entries(file, _entry)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a HIT or an assignment means. Turkle knows no review, so there is no status."""
        cells = {name: text for name, text in raw.items() if isinstance(text, str)}
        odd = [name for name, text in raw.items() if not isinstance(text, str)]
        wire = _hit(cells, odd) if table == HITS.name else _assignment(cells, odd)
        return Derived(wire, tuple(odd))


def _entry(columns: tuple[str, ...], line: Line) -> Entry | Refused:
    bad = unsound(columns, line, cut_off=CUT_OFF)
    if bad is not None:
        return bad
    raw = by_name(columns, line.cells)
    if not all(raw.get(name, "").strip() for name in ("HITId", "AssignmentId")):
        return Refused(line.number, NO_IDS, raw)
    if _batch(raw) is None:
        return Refused(line.number, NO_BATCH, raw)
    first_answer = next((name for name in columns if name.startswith(ANSWER)), None)
    if first_answer is not None and not _under(ANSWER, raw):
        # The row shows that nothing was answered. A file without such columns shows nothing.
        raw[first_answer] = ""
    return Entry(line.number, _found(raw), _doubts(raw))


def _found(raw: dict[str, str]) -> tuple[Found, ...]:
    if _hit_of_mturk(raw) is not None:
        return (Found(ASSIGNMENTS, raw),)
    hit = {name: cell for name, cell in raw.items() if _is_of_the_hit(name)}
    assignment = {
        name: cell for name, cell in raw.items() if name in _OF_BOTH or not _is_of_the_hit(name)
    }
    return (Found(HITS, hit), Found(ASSIGNMENTS, assignment))


def _is_of_the_hit(column: str) -> bool:
    return column in _OF_THE_HIT or column.startswith(INPUT)


def _doubts(raw: Mapping[str, str]) -> tuple[str, ...]:
    accepted = seconds_of(raw.get("AcceptTime", ""))
    submitted = seconds_of(raw.get("SubmitTime", ""))
    worked = whole_number(raw.get("WorkTimeInSeconds", ""))
    if accepted is None or submitted is None or worked is None:
        return ()
    return () if submitted - accepted - worked in {0, 1} else (WORK_TIME,)


def _hit(cells: Mapping[str, str], odd: list[str]) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    batch = _batch(cells)
    if batch is not None and "HITId" in cells:
        wire["HITId"] = _ours(batch, cells["HITId"])
    if batch is not None and "HITTypeId" in cells:
        wire["HITTypeId"] = _ours(batch, cells["HITTypeId"])
    wire.update(told(cells, _HIT, odd))
    if variables := _under(INPUT, cells):
        wire["TemplateVariables"] = variables
    return wire


def _assignment(cells: Mapping[str, str], odd: list[str]) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    batch = _batch(cells)
    if batch is not None and "HITId" in cells:
        wire["HITId"] = _hit_of_mturk(cells) or _ours(batch, cells["HITId"])
    was = _assignment_of_mturk(cells)
    if batch is not None and "AssignmentId" in cells:
        wire["AssignmentId"] = was or _ours(batch, cells["AssignmentId"])
    worker_id = _worker(cells, batch)
    if worker_id is not None and (was is None or _MTURK_WORKER.fullmatch(worker_id)):
        wire["WorkerId"] = worker_id
    wire.update(told(_without_unknown_times(cells, was), _ASSIGNMENT, odd))
    if given := _under(ANSWER, cells):
        said = {
            name: _joined(text)
            for name, text in given.items()
            if text and f"{ANSWER}{name}" != _WAS
        }
        wire["Answer"] = answers.build(said.items())
        wire["AnswerDoubts"] = answers.doubts(said.items())
    return wire


def _without_unknown_times(cells: Mapping[str, str], was: str | None) -> Mapping[str, str]:
    """Turkle wants times; finished work without any was given the earliest."""
    if was is None:
        return cells
    unknown = {name for name in _ASSIGNMENT if seconds_of(cells.get(name, "")) == 0}
    return {name: text for name, text in cells.items() if name not in unknown}


def _batch(cells: Mapping[str, str]) -> str | None:
    """What tells a batch from others, of this server and of any other."""
    created = cells.get("CreationTime") or cells.get("Title")
    if not created:
        return None
    told = "\n".join((cells.get("HITTypeId", "").strip(), created.strip()))
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:8]


def _ours(batch: str, number: str) -> str:
    return f"turkle-{batch}-{number.strip()}"


def _hit_of_mturk(cells: Mapping[str, str]) -> str | None:
    came_from = cells.get(_CAME_FROM, "").strip()
    return came_from if _CARRIED.fullmatch(came_from) else None


def _assignment_of_mturk(cells: Mapping[str, str]) -> str | None:
    was = cells.get(_WAS, "").strip()
    return was if _CARRIED.fullmatch(was) else None


def _worker(cells: Mapping[str, str], batch: str | None) -> str | None:
    """By the account's name, which the whole server knows; the number is a batch's at best."""
    names = (text.strip() for column, text in cells.items() if column.lower() == USERNAME)
    name = next(filter(None, names), None)
    if name is not None:
        return name if _MTURK_WORKER.fullmatch(name) else f"turkle-{name}"
    if batch is None or not cells.get("WorkerId", "").strip():
        return None
    return _ours(batch, cells["WorkerId"])


def _under(prefix: str, cells: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text for name, text in cells.items() if name.startswith(prefix)
    }


def _joined(text: str) -> str:
    """`['a', 'b']` as `a|b`; whatever is no such list as it is."""
    if _LIST.fullmatch(text) is None:
        return text
    return "|".join(_ESCAPE.sub(_character, item[0][1:-1]) for item in _ONE_TEXT.finditer(text))


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)
