"""Rows of batch results into records. A million rows pass here; nothing is looked up twice."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from operator import itemgetter

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.batch_columns import OF_THE_HIT, is_answer, is_input
from mturk_exodus.sources.batch_csv.columns import IDS, member_names
from mturk_exodus.sources.batch_csv.meaning import seconds_of
from mturk_exodus.sources.cells import TOO_MANY, whole_number
from mturk_exodus.sources.delimited import CUT_OFF, Line
from mturk_exodus.sources.interface import Entry, Found, Refused

WORK_TIME = "WorkTimeInSeconds is SubmitTime - AcceptTime"
AUTO_APPROVAL = "AutoApprovalTime is SubmitTime + AutoApprovalDelayInSeconds"
WIDTH = "a row has as many cells as the header"
NO_SUCH_STATUS = "a status that MTurk does not have"

_STATUSES = {"Submitted", "Approved", "Rejected", ""}
_HITS_REMEMBERED = 50_000
_IS_ID = re.compile(r"[A-Z0-9]{10,64}").fullmatch
_CHECKED = (
    "AssignmentStatus",
    "AcceptTime",
    "SubmitTime",
    "WorkTimeInSeconds",
    "AutoApprovalTime",
    "AutoApprovalDelayInSeconds",
)


class _Layout:
    """Which cell of a row is what."""

    def __init__(self, names: Sequence[str]) -> None:
        places = {name: place for place, name in enumerate(names)}
        of_hit = [name for name in names if name in OF_THE_HIT or is_input(name)]
        of_work = ["HITId", *(name for name in names if name not in set(of_hit))]
        answers = [name for name in names if is_answer(name)]
        self.hit_id = places["HITId"]
        self.assignment_id = places["AssignmentId"]
        self.hit_names, self.hit_cells = tuple(of_hit), _cells(places, of_hit)
        self.work_names, self.work_cells = tuple(of_work), _cells(places, of_work)
        self.answer_cells = _cells(places, answers)
        self.first_answer = answers[0] if answers else ""
        self.first_answer_place = places[answers[0]] if answers else sys.maxsize
        self.checked_cells = _cells(places, _CHECKED)


def _cells(
    places: Mapping[str, int], names: Sequence[str]
) -> Callable[[list[str]], tuple[str, ...]]:
    if len(names) > 1 and set(names) <= places.keys():
        return itemgetter(*(places[name] for name in names))
    wanted = [places.get(name) for name in names]
    return lambda row: tuple("" if place is None else row[place] for place in wanted)


class Rows:
    """The rows of one file."""

    def __init__(self, columns: Sequence[str]) -> None:
        names = member_names(columns)
        self._width = len(names)
        self._whole = _Layout(names)
        # A raw download has two cells fewer than columns in every row: Approve and Reject.
        self._raw = _Layout(names[:-2]) if {*IDS} <= {*names[:-2]} else None
        self._told: dict[str, int] = {}
        self._said: tuple[str, ...] = ()

    def entry(self, line: Line) -> Entry | Refused:
        """What a row holds."""
        number, cells, cut_off = line
        if cut_off:
            return Refused(number, CUT_OFF, cells)
        width = len(cells)
        if width == self._width - 2 and self._raw is not None:
            return self._entry(number, cells, self._raw, width)
        if any(map(str.strip, cells[self._width :])):
            return Refused(number, TOO_MANY, cells)
        row = cells if width == self._width else self._made_whole(cells)
        return self._entry(number, row, self._whole, width)

    def _made_whole(self, cells: list[str]) -> list[str]:
        return [*cells[: self._width], *[""] * (self._width - len(cells))]

    def _entry(self, number: int, row: list[str], layout: _Layout, width: int) -> Entry | Refused:
        work = layout.work_cells(row)
        raw = dict(zip(compress(layout.work_names, work), filter(None, work), strict=True))
        said = layout.hit_cells(row)
        hit = None
        if said != self._said or not _IS_ID(row[layout.assignment_id]):
            ids = row[layout.hit_id].strip(), row[layout.assignment_id].strip()
            if not all(map(_IS_ID, ids)):
                return Refused(number, _what_is_no_id(*ids), row[:width])
            raw["HITId"], raw["AssignmentId"] = ids
            hit = self._hit(ids[0], layout.hit_names, said)
            # Most rows say of the HIT what the one before said; only its id may need a look again.
            self._said = said if ids[0] == row[layout.hit_id] else ()
        if "WorkerId" in raw:
            raw["WorkerId"] = raw["WorkerId"].strip() or raw["WorkerId"]
        if layout.first_answer_place < width and not any(layout.answer_cells(row)):
            # The row shows that nothing was answered. A file without such columns shows nothing.
            raw[layout.first_answer] = ""
        found = Found(ASSIGNMENTS, raw)
        doubts = _doubts(layout.checked_cells(row))
        if width < self._width - 2:
            doubts = (*doubts, WIDTH)
        return Entry(number, (found,) if hit is None else (hit, found), doubts)

    def _hit(self, hit_id: str, names: Sequence[str], cells: tuple[str, ...]) -> Found | None:
        """The HIT; None if that is what was said of it before."""
        said = hash(cells)
        if self._told.get(hit_id) == said:
            return None
        if len(self._told) >= _HITS_REMEMBERED:
            self._told.clear()
        self._told[hit_id] = said
        hit = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
        hit["HITId"] = hit_id
        if "HITTypeId" in hit:
            hit["HITTypeId"] = hit["HITTypeId"].strip() or hit["HITTypeId"]
        return Found(HITS, hit) if len(hit) > 1 else None


def _what_is_no_id(hit_id: str, assignment_id: str) -> str:
    name, value = ("AssignmentId", assignment_id) if _IS_ID(hit_id) else ("HITId", hit_id)
    # What is no id is in the wrong column, or a table program's number.
    return f"its {name} is not one" if value else f"has no {name}"


def _doubts(cells: tuple[str, ...]) -> tuple[str, ...]:
    status, accepted, submitted, worked, approved, delay = cells
    begun, done, due = seconds_of(accepted), seconds_of(submitted), seconds_of(approved)
    lasted, waited = whole_number(worked), whole_number(delay)
    doubts = []
    if _is_off(begun, lasted, done):
        doubts.append(WORK_TIME)
    if _is_off(done, waited, due):
        doubts.append(AUTO_APPROVAL)
    if status not in _STATUSES and status.strip() not in _STATUSES:
        doubts.append(NO_SUCH_STATUS)
    return tuple(doubts)


def _is_off(start: float | None, lasted: int | None, end: float | None) -> bool:
    """Whether all three are known and do not add up. MTurk's times here are whole seconds."""
    if start is None or lasted is None or end is None:
        return False
    return abs(start + lasted - end) >= 1
