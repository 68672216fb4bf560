"""The requester site's list of workers: Manage > Workers > Download CSV.

It names everyone who ever worked for the account, with totals over all years and with blocks that
were lifted: no call of the API tells any of these. No such file is public. What is known comes
from Amazon's guide (RequesterUI, "Managing Worker details offline" and "View Worker statistics")
and from four public programs that read such files:

    Worker ID
    Number of HITs approved or rejected - Lifetime
    Number of HITs approved - Lifetime
    CURRENT-<qualification>, UPDATE-<qualification>    for each of the account's qualifications
    CURRENT BlockStatus                                Never Blocked, Blocked, Unblocked
    UPDATE-BlockStatus

The guide says that counts of the last 30 and the last 7 days exist as well. What stands under
UPDATE is what the requester was about to ask for; it is kept, and taken for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import WORKER_BLOCKS, WORKER_DETAILS
from mturk_exodus.sources.cells import by_name, whole_number
from mturk_exodus.sources.delimited import Line, entries, header_of, unsound
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused

MORE_APPROVED = "LifetimeApproved is at most LifetimeSubmitted"

_WORKER_ID = re.compile(r"worker[ _-]?id", re.IGNORECASE)
_SUBMITTED = re.compile(r"number of \w+ approved or rejected\W+lifetime", re.IGNORECASE)
_APPROVED = re.compile(r"number of \w+ approved\W+lifetime", re.IGNORECASE)
_COUNT = re.compile(r"number of \w+ approved\b.*", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(r"current ?block ?status", re.IGNORECASE)
_BLOCK_WITH_HYPHEN = re.compile(r"current-block ?status", re.IGNORECASE)
_SCORE = re.compile(r"current-(.+)", re.IGNORECASE | re.DOTALL)
_OF_A_BATCH = re.compile(r"hit[ _-]?id|assignment[ _-]?id", re.IGNORECASE)

_GROUPED = re.compile(r"[0-9]{1,3}(?:([,' \u00a0\u202f\u2019])[0-9]{3})(?:\1[0-9]{3}){0,4}")

_BLOCK_STATUSES = {
    "neverblocked": "Never Blocked",
    "blocked": "Blocked",
    "unblocked": "Unblocked",
}


class WorkerCSV:
    """The list of workers, as the requester site downloads it."""

    name: ClassVar[str] = "worker_csv"
    title: ClassVar[str] = "requester site worker list"
    authority: ClassVar[int] = 20

    def claims(self, file: SourceFile) -> str | None:
        """By its columns: a worker's id, and scores or counts, but nothing of a HIT."""
        columns = header_of(file.start)
        if _first(_WORKER_ID, columns) is None or _first(_OF_A_BATCH, columns) is not None:
            return None
        if any(_says_of_a_worker(name) for name in columns):
            return "has the columns of the requester site's list of workers"
        return None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """A worker's details for each row, and the block of who is blocked.

        Raises:
            FileRefused: it is no table.
        """
        return entries(file, _entry)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a row means. LifetimeSubmitted counts what was approved or rejected."""
        return _meaning(table, raw)


def _says_of_a_worker(column: str) -> bool:
    return any(kind.fullmatch(column) is not None for kind in (_COUNT, _BLOCK, _SCORE))


def _first(kind: re.Pattern[str], columns: Iterable[str]) -> str | None:
    return next((name for name in columns if kind.fullmatch(name)), None)


def _entry(columns: tuple[str, ...], line: Line) -> Entry | Refused:
    bad = unsound(columns, line)
    if bad is not None:
        return bad
    raw = by_name(columns, line.cells)
    worker_column = _first(_WORKER_ID, raw)
    if worker_column is None or not raw[worker_column].strip():
        return Refused(line.number, "has no worker id", raw)
    found = [Found(WORKER_DETAILS, raw)]
    wire = _meaning(WORKER_DETAILS.name, raw).wire
    status_column = _block_column(raw)
    if status_column is not None and wire.get("BlockStatus") == "Blocked":
        block = {name: raw[name] for name in (worker_column, status_column)}
        found.append(Found(WORKER_BLOCKS, block))
    return Entry(line.number, tuple(found), _doubts(wire))


def _doubts(wire: Mapping[str, Any]) -> tuple[str, ...]:
    approved, submitted = wire.get("LifetimeApproved"), wire.get("LifetimeSubmitted")
    if approved is not None and submitted is not None and approved > submitted:
        return (MORE_APPROVED,)
    return ()


def _meaning(table: str, raw: Mapping[str, Any]) -> Derived:
    cells = {name: text.strip() for name, text in raw.items() if isinstance(text, str)}
    odd = [name for name, text in raw.items() if not isinstance(text, str)]
    wire: dict[str, Any] = {}
    column = _first(_WORKER_ID, cells)
    if column is not None and cells[column]:
        wire["WorkerId"] = cells[column]
    if table == WORKER_DETAILS.name:
        _totals(cells, wire, odd)
        _block_status(cells, wire, odd)
        if scores := _scores(cells):
            wire["QualificationScores"] = scores
    return Derived(wire, tuple(odd))


def _totals(cells: Mapping[str, str], wire: dict[str, Any], odd: list[str]) -> None:
    for kind, member in ((_SUBMITTED, "LifetimeSubmitted"), (_APPROVED, "LifetimeApproved")):
        column = _first(kind, cells)
        if column is None or not cells[column]:
            continue
        total = _whole(cells[column])
        if total is None:
            odd.append(column)
        else:
            wire[member] = total


def _whole(text: str) -> int | None:
    """12 of 12 and 12.0, 1234 of 1,234 and 1 234; 1.234 may be either."""
    if _GROUPED.fullmatch(text):
        return int("".join(filter(str.isdigit, text)))
    return whole_number(text)


def _block_column(cells: Mapping[str, str]) -> str | None:
    """The site writes a space, so what has a hyphen beside it is a qualification of that name."""
    return _first(_BLOCK, cells) or _first(_BLOCK_WITH_HYPHEN, cells)


def _block_status(cells: Mapping[str, str], wire: dict[str, Any], odd: list[str]) -> None:
    column = _block_column(cells)
    if column is None or not cells[column]:
        return
    status = _BLOCK_STATUSES.get(re.sub(r"[\s_-]+", "", cells[column]).lower())
    if status is None:
        odd.append(column)
    else:
        wire["BlockStatus"] = status


def _scores(cells: Mapping[str, str]) -> dict[str, int | str]:
    """By the qualification's name; a score that is no whole number as it is written."""
    block = _block_column(cells)
    scores: dict[str, int | str] = {}
    for column, text in cells.items():
        match = _SCORE.fullmatch(column)
        if match is not None and text and column != block:
            score = whole_number(text)
            scores[match[1].strip()] = text if score is None else score
    return scores
