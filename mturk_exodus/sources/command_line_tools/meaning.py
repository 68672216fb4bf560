"""What the tools' cells mean: `HITResults.java` of Amazon's Java SDK writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mturk_exodus.questions.answers import build
from mturk_exodus.sources.command_line_tools.columns import (
    ANSWER,
    ANSWERS,
    ASSIGNMENT_ID,
    HIT_ID,
    HIT_TYPE_ID,
    INPUT,
    WORKER_ID,
    WORKER_ID_AGAIN,
)
from mturk_exodus.sources.interface import Derived
from mturk_exodus.sources.java_dates import iso_of

_NUMBER = re.compile(r"([0-9]{1,18})(?:\.0)?")
_MONEY = re.compile(r"\$?((?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,6})?)")
_NOT_ANSWERED = "emptyanswer"

_AUTO_APPROVAL = "AutoApprovalTime = SubmitTime + AutoApprovalDelayInSeconds"
_COUNTERS = "MaxAssignments >= NumberOfAssignmentsAvailable + NumberOfAssignmentsPending"


def _text(cell: str) -> str:
    return cell


def _id(cell: str) -> str:
    return cell.strip()


def _number(cell: str) -> int | None:
    match = _NUMBER.fullmatch(cell.strip())
    return None if match is None else int(match[1])


def _money(cell: str) -> str | None:
    match = _MONEY.fullmatch(cell.strip())
    return None if match is None else match[1].replace(",", "")


_Meaning = Mapping[str, tuple[str, Callable[[str], str | int | None]]]

_HIT: _Meaning = {
    HIT_ID: ("HITId", _id),
    HIT_TYPE_ID: ("HITTypeId", _id),
    "title": ("Title", _text),
    "description": ("Description", _text),
    "keywords": ("Keywords", _text),
    "reward": ("Reward", _money),
    "creationtime": ("CreationTime", iso_of),
    "assignments": ("MaxAssignments", _number),
    "numavailable": ("NumberOfAssignmentsAvailable", _number),
    "numpending": ("NumberOfAssignmentsPending", _number),
    "numcomplete": ("NumberOfAssignmentsCompleted", _number),
    "hitstatus": ("HITStatus", _id),
    "reviewstatus": ("HITReviewStatus", _id),
    "annotation": ("RequesterAnnotation", _text),
    "assignmentduration": ("AssignmentDurationInSeconds", _number),
    "autoapprovaldelay": ("AutoApprovalDelayInSeconds", _number),
    # HITResults.java puts the HIT's expiration into this column; so do all 2,844 public rows.
    "hitlifetime": ("Expiration", iso_of),
}

_ASSIGNMENT: _Meaning = {
    ASSIGNMENT_ID: ("AssignmentId", _id),
    HIT_ID: ("HITId", _id),
    "assignmentstatus": ("AssignmentStatus", _id),
    "autoapprovaltime": ("AutoApprovalTime", iso_of),
    "assignmentaccepttime": ("AcceptTime", iso_of),
    "assignmentsubmittime": ("SubmitTime", iso_of),
    "assignmentapprovaltime": ("ApprovalTime", iso_of),
    "assignmentrejecttime": ("RejectionTime", iso_of),
    "deadline": ("Deadline", iso_of),
    "feedback": ("RequesterFeedback", _text),
}


def hit(raw: Mapping[str, Any]) -> Derived:
    """A HIT of results or of a list of HITs."""
    wire, unreadable = _members(raw, _HIT)
    if isinstance(given := raw.get(INPUT), dict):
        wire["TemplateVariables"] = {str(name): str(value) for name, value in given.items()}
    elif given is not None:
        unreadable.append(INPUT)
    return Derived(wire, tuple(unreadable))


def assignment(raw: Mapping[str, Any]) -> Derived:
    """An assignment of results."""
    wire, unreadable = _members(raw, _ASSIGNMENT)
    worker, not_one = _worker(raw)
    if worker is not None:
        wire["WorkerId"] = worker
    answers = list(_answers(raw))
    if answers:
        wire["Answer"] = build((name, _given(cell)) for name, cell in answers)
        wire["AnswerDoubts"] = _answer_doubts(answers)
    elif ANSWERS in raw:
        unreadable.append(ANSWERS)
    return Derived(wire, (*unreadable, *not_one))


def _members(raw: Mapping[str, Any], meaning: _Meaning) -> tuple[dict[str, Any], list[str]]:
    wire: dict[str, Any] = {}
    unreadable = []
    for name, (member, convert) in meaning.items():
        cell = raw.get(name)
        if cell is None or cell == "":
            continue
        value = convert(cell) if isinstance(cell, str) else None
        if value is None:
            unreadable.append(name)
        else:
            wire[member] = value
    return wire, unreadable


def _worker(raw: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """The worker. People publish results with plain numbers in place of workers.

    Such a number is another worker in the next file; it names nobody.
    """
    said = {name: raw[name] for name in (WORKER_ID, WORKER_ID_AGAIN) if raw.get(name)}
    ids = {str(cell).strip() for cell in said.values()}
    if len(ids) == 1 and not min(ids).isdigit():
        return ids.pop(), ()
    return None, tuple(said)


def _answers(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, cell in raw.items():
        if name.startswith(ANSWER) and isinstance(cell, str):
            yield name.removeprefix(ANSWER), cell
    yield from _by_turns(raw.get(ANSWERS))


def _by_turns(cell: object) -> Iterator[tuple[str, str]]:
    """`name TAB value TAB name TAB value TAB`; nothing if it is not that."""
    if not isinstance(cell, str):
        return
    parts = cell.rstrip("\r\n").removesuffix("\t").split("\t")
    names, values = parts[::2], parts[1::2]
    if len(names) == len(values) and all(names) and len(set(names)) == len(names):
        yield from zip(names, values, strict=True)


def _given(cell: str) -> str:
    """The tools write a word where an answer is empty."""
    return "" if cell == _NOT_ANSWERED else cell


def _answer_doubts(answers: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What the cells do not tell: `|` is put between selections, and can be typed as well."""
    doubts = {
        "joined": [name for name, cell in answers if "|" in cell],
        "dotted": [name for name, _ in answers if "." in name],
        "empty": [name for name, cell in answers if cell == _NOT_ANSWERED],
    }
    return {doubt: names for doubt, names in doubts.items() if names}


def doubts(row: Mapping[str, str]) -> tuple[str, ...]:
    """The checks that a row fails; both hold for each of 2,844 public rows."""
    failed = []
    submitted, approved = (
        _seconds(row, f"{name}time") for name in ("assignmentsubmit", "autoapproval")
    )
    delay = _number(row.get("autoapprovaldelay", ""))
    if None not in (submitted, approved, delay) and approved - submitted != delay:
        failed.append(_AUTO_APPROVAL)
    most, available, pending = (
        _number(row.get(name, "")) for name in ("assignments", "numavailable", "numpending")
    )
    if None not in (most, available, pending) and most < available + pending:
        failed.append(_COUNTERS)
    return tuple(failed)


def _seconds(row: Mapping[str, str], name: str) -> float | None:
    time = iso_of(row.get(name, ""))
    return None if time is None else datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
