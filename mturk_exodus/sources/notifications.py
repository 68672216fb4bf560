"""Messages that MTurk sent of what happened: to a queue (SQS), a topic (SNS), or a server (REST).

No call of the API tells of work that was returned or abandoned; these messages alone do.

Members: "Notification Handling Using Amazon SQS" and "... SNS" in MTurk's API reference
(EventDocVersion 2014-08-15 and 2006-05-05). An event names no worker and holds no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple
from urllib.parse import unquote_plus

from mturk_exodus.archive.tables import ASSIGNMENTS, NOTIFICATION_EVENTS
from mturk_exodus.sources import json_text
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.sayings import derived

_TYPES = (
    "(?:Assignment(?:Accepted|Abandoned|Returned|Submitted|Rejected|Approved)"
    "|HIT(?:Created|Extended|Disposed|Reviewable|Expired)|Ping)"
)
# In a message within a message within a message every quotation mark has backslashes before it.
_IN_JSON = re.compile(rf'"EventType\\*"\s*:\s*\\*"{_TYPES}\\*"')
_TIME_IN_JSON = re.compile(r'"EventTime(?:stamp)?\\*"\s*:')
_IN_QUERY = re.compile(rf"\bEvent\.\d{{1,4}}\.EventType={_TYPES}\b")
_PARAMETER = re.compile(r"\bEvent\.(\d{1,4})\.(\w{1,40})=([^&\s\"'<>]*)")

# SNS in SQS, in a list of messages, in the record of a function that was called with it.
_DEEPEST = 12
_WRAPPED = ("Message", "Body", "body", "Sns", "Messages", "Records")
_ENVELOPE = {"MessageId": "MessageId", "messageId": "MessageId", "Timestamp": "Timestamp"}
# SendTestEventNotification's events are of nothing: HIT 12345678901234567890.
_TEST_ID = "1234567890123456789"

_EVENT = {
    "EventType": "EventType",
    "EventTimestamp": "EventTimestamp",
    "EventTime": "EventTimestamp",
    "HITTypeId": "HITTypeId",
    "HITId": "HITId",
    "AssignmentId": "AssignmentId",
    "WorkerId": "WorkerId",
}
_ASSIGNMENT = {
    "AssignmentId": "AssignmentId",
    "HITId": "HITId",
    "WorkerId": "WorkerId",
    "Answer": "Answer",
}


class Notifications:
    """Every event of every message."""

    name: ClassVar[str] = "notifications"
    title: ClassVar[str] = "notification messages"
    authority: ClassVar[int] = 15

    def claims(self, file: SourceFile) -> str | None:
        """JSON that names an event of MTurk's and its time, or a log with a REST notification."""
        start = file.start
        if start.lstrip()[:1] in ("{", "[", '"'):
            told = _IN_JSON.search(start) and _TIME_IN_JSON.search(start)
            return "events of notification messages" if told else None
        return "notifications by REST" if _IN_QUERY.search(start) else None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every event.

        Raises:
            FileRefused: it is not text, or too long.
        """
        in_json = file.start.lstrip()[:1] in ("{", "[", '"')
        told = _told_in_json(file) if in_json else _told_in_lines(file)
        for number, one in enumerate(told, 1):
            yield _entry(number, one)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What an event means."""
        return derived(table, raw, _ASSIGNMENT if table == ASSIGNMENTS.name else _EVENT)


class _NoEvent(NamedTuple):
    """Something that should be a message, and is none."""

    reason: str
    words: Any


_Told = dict[str, Any] | _NoEvent


def _told_in_json(file: SourceFile) -> Iterator[_Told]:
    for document in json_text.documents(file):
        if document.readable:
            yield from _told(document.value, {}, _DEEPEST)
        else:
            yield _NoEvent("it is not JSON", document.text)


def _told(value: object, envelope: dict[str, Any], depth: int) -> Iterator[_Told]:
    """The events in a value, whatever it is wrapped in."""
    if depth == 0:
        yield _NoEvent("messages are wrapped too deep", None)
    elif isinstance(value, str):
        yield from _told_in_text(value, envelope, depth - 1)
    elif isinstance(value, list):
        for item in value:
            yield from _told(item, envelope, depth - 1)
    elif isinstance(value, dict):
        yield from _told_in_structure(value, envelope, depth - 1)
    else:
        yield _NoEvent("no event in it", value)


def _told_in_text(text: str, envelope: dict[str, Any], depth: int) -> Iterator[_Told]:
    try:
        value = json_text.parse(text)
    except json_text.NotJSON:
        yield _NoEvent("its message is not JSON", text)
    else:
        yield from _told(value, envelope, depth)


def _told_in_structure(
    value: dict[str, Any], envelope: dict[str, Any], depth: int
) -> Iterator[_Told]:
    if isinstance(value.get("EventType"), str):
        yield {**_about(envelope), **value}
    elif isinstance(value.get("Events"), list):
        message = {name: said for name, said in value.items() if name != "Events"}
        for event in value["Events"]:
            yield from _told_in_message(event, {**_about(envelope), "Message": message})
    elif str(value.get("Type", "")).endswith("Confirmation"):
        # Its token and address are of no use to an archive, and might be to others.
        yield _NoEvent("a subscription, not an event", _names(value))
    else:
        yield from _unwrapped(value, envelope, depth)


def _told_in_message(event: object, about: dict[str, Any]) -> Iterator[_Told]:
    if isinstance(event, dict) and isinstance(event.get("EventType"), str):
        yield {**about, **event}
    else:
        yield _NoEvent("an event without a type", event)


def _unwrapped(value: dict[str, Any], envelope: dict[str, Any], depth: int) -> Iterator[_Told]:
    inside = [value[name] for name in _WRAPPED if isinstance(value.get(name), (str, list, dict))]
    if not inside:
        yield _NoEvent("no event in it", value)
    for inner in inside:
        yield from _told(inner, {**envelope, **_names(value)}, depth)


def _names(value: Mapping[str, Any]) -> dict[str, Any]:
    """What an envelope says of itself that an event may need."""
    return {_ENVELOPE[name]: said for name, said in value.items() if name in _ENVELOPE}


def _about(envelope: dict[str, Any]) -> dict[str, Any]:
    return {"Envelope": envelope} if envelope else {}


def _told_in_lines(file: SourceFile) -> Iterator[_Told]:
    """The events in a web server's log: `Event.1.EventType=...`, several in one request."""
    with file.text() as stream:
        for line in json_text.lines(stream):
            yield from _told_in_line(line)


def _told_in_line(line: str) -> Iterator[_Told]:
    events: dict[str, dict[str, str]] = {}
    for number, name, value in _PARAMETER.findall(line):
        if value:
            events.setdefault(number, {})[name] = unquote_plus(value)
    for event in events.values():
        yield event if "EventType" in event else _NoEvent("an event without a type", event)


def _entry(number: int, told: _Told) -> Entry | Refused:
    if isinstance(told, _NoEvent):
        return Refused(number, told.reason, told.words)
    raw = {name: said for name, said in told.items() if said not in (None, "")}
    found = [Found(NOTIFICATION_EVENTS, raw)]
    test = any(str(raw.get(name, "")).startswith(_TEST_ID) for name in ("HITId", "AssignmentId"))
    if not test and all(
        isinstance(raw.get(key), str) for key in ("HITId", "AssignmentId", "Answer")
    ):
        found.append(Found(ASSIGNMENTS, raw))
    return Entry(number, tuple(found), ("it is not a test event",) if test else ())
