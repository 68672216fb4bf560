"""What the cells of batch results mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from mturk_exodus import records
from mturk_exodus.batch_columns import ANSWER, INPUT, is_answer, is_input
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import CanonicalTime
from mturk_exodus.sources import java_dates
from mturk_exodus.sources.cells import money, whole_number
from mturk_exodus.sources.interface import Derived

API_ANSWER = "Answer"
"""What programs that wrote the API's assignments into a table call the whole document."""

_TIMES = (
    "AutoApprovalTime",
    "AcceptTime",
    "SubmitTime",
    "ApprovalTime",
    "RejectionTime",
    "CreationTime",
    "Expiration",
)
_IDS = ("AssignmentId", "WorkerId", "HITId")
_STATUS = "AssignmentStatus"
_TEXTS = ("HITTypeId", "Title", "Description", "Keywords", "RequesterAnnotation")
_NUMBERS = ("MaxAssignments", "AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds")
_REWARD = "Reward"
_FEEDBACK = "RequesterFeedback"

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})"
)


class _Kinds(NamedTuple):
    """Which cells a record has; there are few different sets of them in a file.

    Attributes:
        words: those that are taken without the white space round them.
        times: those that are times.
        shared: those that the HITs of a batch have in common.
        variables: those that are a template's variables, each with the variable's name.
        answers: those that are answers, each with its field.
    """

    words: tuple[str, ...]
    times: tuple[str, ...]
    shared: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]


_IS_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]").search


@lru_cache(256)
def _kinds(names: tuple[str, ...]) -> _Kinds:
    given = tuple((name, name[len(ANSWER) :]) for name in names if is_answer(name))
    return _Kinds(
        words=tuple(name for name in (*_IDS, _STATUS) if name in names),
        times=tuple(name for name in _TIMES if name in names),
        shared=tuple(name for name in (*_TEXTS, *_NUMBERS, _REWARD) if name in names),
        variables=tuple((name, name[len(INPUT) :]) for name in names if is_input(name)),
        answers=given,
    )


def hit(raw: Mapping[str, Any]) -> Derived:
    """A HIT. Its batch and its template stand in RequesterAnnotation."""
    kinds = _kinds(tuple(raw))
    shared, odd = _shared(kinds.shared, tuple([raw[name] for name in kinds.shared]))
    wire, unreadable = dict(shared), list(odd)
    _words_and_times(raw, kinds, wire, unreadable)
    if kinds.variables:
        variables = {variable: raw[name] for name, variable in kinds.variables}
        if "".join(variables.values()):
            wire["TemplateVariables"] = variables
    return Derived(wire, tuple(unreadable))


@lru_cache(256)
def _shared(
    names: tuple[str, ...], cells: tuple[str, ...]
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    wire: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        read = _READ.get(name)
        value = (read(cell) if read else cell) if cell.strip() else None
        if value is not None:
            wire[name] = value
    blank = {name for name, cell in zip(names, cells, strict=True) if not cell.strip()}
    return wire, tuple(name for name in names if name not in {*wire, *blank})


def _words_and_times(
    raw: Mapping[str, Any], kinds: _Kinds, wire: dict[str, Any], unreadable: list[str]
) -> None:
    for name in kinds.words:
        word = raw[name].strip()
        if word:
            wire[name] = word
    for name in kinds.times:
        text = raw[name]
        time = java_dates.iso_of(text) or _iso_of(text)
        if time is not None:
            wire[name] = time
        elif text.strip():
            unreadable.append(name)


def assignment(raw: Mapping[str, Any]) -> Derived:
    """An assignment, with its answers as a document."""
    kinds = _kinds(tuple(raw))
    wire: dict[str, Any] = {}
    unreadable: list[str] = []
    _words_and_times(raw, kinds, wire, unreadable)
    if _FEEDBACK in raw and raw[_FEEDBACK].strip():
        wire[_FEEDBACK] = raw[_FEEDBACK]
    if kinds.answers:
        given = [(field, raw[name]) for name, field in kinds.answers if raw[name]]
        wire["Answer"] = answers.build(given)
        wire["AnswerDoubts"] = _doubts(wire["Answer"], given)
    elif API_ANSWER in raw:
        _read_document(raw[API_ANSWER], wire, unreadable)
    return Derived(wire, tuple(unreadable))


def _doubts(document: str, given: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What the columns cannot tell.

    replaced: fields with characters that XML cannot hold; U+FFFD stands for each.
    """
    doubts = answers.doubts(given)
    if "\ufffd" in document and (replaced := [field for field, text in given if _IS_LOST(text)]):
        doubts["replaced"] = replaced
    return doubts


def _read_document(text: str, wire: dict[str, Any], unreadable: list[str]) -> None:
    if not text.strip():
        return
    try:
        answers.read(text)
    except answers.UnreadableAnswer:
        unreadable.append(API_ANSWER)
    else:
        wire["Answer"] = text


_READ: Mapping[str, Callable[[str], str | int | None]] = {
    **dict.fromkeys(_NUMBERS, whole_number),
    _REWARD: money,
}


def seconds_of(text: str) -> float | None:
    """A time of the requester site, or one that pandas wrote with its zone, as epoch seconds."""
    seconds = java_dates.seconds_of(text)
    if seconds is None and text:
        moment = _moment(text)
        return None if moment is None else moment.timestamp()
    return seconds


def _iso_of(text: str) -> CanonicalTime | None:
    moment = _moment(text)
    return None if moment is None else CanonicalTime(records.iso(moment))


def _moment(text: str) -> datetime | None:
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    date, clock, fraction, zone = match.groups("")
    offset = "+00:00" if zone in ("Z", "UTC") else f"{zone[:3]}:{zone[-2:]}"
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}.{fraction.ljust(6, '0')}{offset}")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
