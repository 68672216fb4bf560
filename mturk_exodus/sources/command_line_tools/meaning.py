"""What the tools' cells mean: `HITResults.java` of Amazon's Java SDK writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mturk_exodus.questions.answering.answers import build
from mturk_exodus.questions.answering.answers import doubts as what_is_hidden
from mturk_exodus.sources.cells import Meaning, money, told, whole_number
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
from mturk_exodus.sources.java_dates import iso_of, seconds_of

_NOT_ANSWERED = "emptyanswer"

_AUTO_APPROVAL = "AutoApprovalTime is SubmitTime + AutoApprovalDelayInSeconds"
_COUNTERS = "MaxAssignments is at least NumberOfAssignmentsAvailable + NumberOfAssignmentsPending"


def _word(cell: str) -> str | None:
    return cell.strip() or None


_HIT: Meaning = {
    HIT_ID: ("HITId", _word),
    HIT_TYPE_ID: ("HITTypeId", _word),
    "title": ("Title", str),
    "description": ("Description", str),
    "keywords": ("Keywords", str),
    "reward": ("Reward", money),
    "creationtime": ("CreationTime", iso_of),
    "assignments": ("MaxAssignments", whole_number),
    "numavailable": ("NumberOfAssignmentsAvailable", whole_number),
    "numpending": ("NumberOfAssignmentsPending", whole_number),
    "numcomplete": ("NumberOfAssignmentsCompleted", whole_number),
    "hitstatus": ("HITStatus", _word),
    "reviewstatus": ("HITReviewStatus", _word),
    "annotation": ("RequesterAnnotation", str),
    "assignmentduration": ("AssignmentDurationInSeconds", whole_number),
    "autoapprovaldelay": ("AutoApprovalDelayInSeconds", whole_number),
    # HITResults.java puts the HIT's expiration into this column; so do all 2,844 public rows.
    "hitlifetime": ("Expiration", iso_of),
}

_ASSIGNMENT: Meaning = {
    ASSIGNMENT_ID: ("AssignmentId", _word),
    HIT_ID: ("HITId", _word),
    "assignmentstatus": ("AssignmentStatus", _word),
    "autoapprovaltime": ("AutoApprovalTime", iso_of),
    "assignmentaccepttime": ("AcceptTime", iso_of),
    "assignmentsubmittime": ("SubmitTime", iso_of),
    "assignmentapprovaltime": ("ApprovalTime", iso_of),
    "assignmentrejecttime": ("RejectionTime", iso_of),
    "deadline": ("Deadline", iso_of),
    "feedback": ("RequesterFeedback", str),
}


def hit(raw: Mapping[str, Any]) -> Derived:
    """A HIT of results or of a list of HITs."""
    unreadable: list[str] = []
    wire = told(raw, _HIT, unreadable)
    if isinstance(given := raw.get(INPUT), dict):
        wire["TemplateVariables"] = {str(name): str(value) for name, value in given.items()}
    elif given is not None:
        unreadable.append(INPUT)
    return Derived(wire, tuple(unreadable))


def assignment(raw: Mapping[str, Any]) -> Derived:
    """An assignment of results."""
    unreadable: list[str] = []
    wire = told(raw, _ASSIGNMENT, unreadable)
    worker, not_one = _worker(raw)
    if worker is not None:
        wire["WorkerId"] = worker
    by_turns = list(_by_turns(raw.get(ANSWERS)))
    if ANSWERS in raw and not by_turns:
        unreadable.append(ANSWERS)
    answers = [*_in_columns(raw), *by_turns]
    if answers:
        wire["Answer"] = build((name, _given(cell)) for name, cell in answers)
        wire["AnswerDoubts"] = _answer_doubts(answers)
    return Derived(wire, (*unreadable, *not_one))


def _worker(raw: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """The worker. People publish results with plain numbers in place of workers.

    Such a number is another worker in the next file; it names nobody.
    """
    said = {name: raw[name] for name in (WORKER_ID, WORKER_ID_AGAIN) if raw.get(name)}
    ids = {cell.strip() if isinstance(cell, str) else "" for cell in said.values()}
    worker = ids.pop() if len(ids) == 1 else ""
    if any(map(str.isalpha, worker)):
        return worker, ()
    return None, tuple(said)


def _in_columns(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    start = len(ANSWER)
    return [
        (name[start:], cell)
        for name, cell in raw.items()
        if name.startswith(ANSWER) and isinstance(cell, str)
    ]


def _by_turns(cell: object) -> Iterator[tuple[str, str]]:
    """`name TAB value TAB name TAB value TAB`; nothing if it is not that."""
    if not isinstance(cell, str):
        return
    parts = cell.rstrip("\r\n").removesuffix("\t").split("\t")
    names, values = parts[::2], parts[1::2]
    # There are also public programs that read `name=value` there; it is not told apart for sure.
    is_other = all("=" in part for part in parts)
    if len(names) == len(values) == len(set(names)) and all(names) and not is_other:
        yield from zip(names, values, strict=True)


def _given(cell: str) -> str:
    """The tools write a word where an answer is empty."""
    return "" if cell == _NOT_ANSWERED else cell


def _answer_doubts(answers: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What the cells do not tell; empty: the tools' own word may have been typed as well."""
    empty = [name for name, cell in answers if cell == _NOT_ANSWERED]
    return {**what_is_hidden(answers), **({"empty": empty} if empty else {})}


def doubts(row: Mapping[str, str]) -> tuple[str, ...]:
    """The checks that a row fails; both hold for each of 2,844 public rows."""
    checks = ((_AUTO_APPROVAL, _is_approved_in_time(row)), (_COUNTERS, _counters_fit(row)))
    return tuple(check for check, holds in checks if not holds)


def _is_approved_in_time(row: Mapping[str, str]) -> bool:
    """True as well if a cell of these cannot be read."""
    submitted = seconds_of(row.get("assignmentsubmittime", ""))
    approved = seconds_of(row.get("autoapprovaltime", ""))
    delay = whole_number(row.get("autoapprovaldelay", ""))
    if submitted is None or approved is None or delay is None:
        return True
    return approved - submitted == delay


def _counters_fit(row: Mapping[str, str]) -> bool:
    """True as well if a cell of these cannot be read."""
    names = ("assignments", "numavailable", "numpending")
    most, available, pending = (whole_number(row.get(name, "")) for name in names)
    if most is None or available is None or pending is None:
        return True
    return most >= available + pending
