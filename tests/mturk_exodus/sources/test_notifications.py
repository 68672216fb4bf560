"""Notification messages in what people keep them in; the events are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive.tables import ASSIGNMENTS, NOTIFICATION_EVENTS
from mturk_exodus.records import from_wire
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.interface import Entry, FileRefused, Refused
from mturk_exodus.sources.notifications import Notifications

EVENT = {
    "EventType": "AssignmentReturned",
    "EventTimestamp": "2019-08-09T21:17:16Z",
    "HITId": "3HIT",
    "AssignmentId": "3ASSIGNMENT",
    "HITTypeId": "3TYPE",
}
ABANDONED = {**EVENT, "EventType": "AssignmentAbandoned"}
MESSAGE = {
    "Events": [EVENT, ABANDONED],
    "EventDocId": "9928a491605538bb160590bb57b0596a9fbbcbba",
    "SourceAccount": "123456789012",
    "CustomerId": "A1REQUESTER",
    "EventDocVersion": "2014-08-15",
}
ABOUT = {name: value for name, value in MESSAGE.items() if name != "Events"}
SNS = {
    "Type": "Notification",
    "MessageId": "6af5c15c",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:topic",
    "Message": json.dumps(MESSAGE),
    "Timestamp": "2019-08-09T21:17:16.848Z",
    "Signature": "c2lnbmVk",
}
SQS = {"MessageId": "outer", "ReceiptHandle": "handle", "Body": json.dumps(SNS)}


def kept(folder: Path, text: str) -> Path:
    path = folder / "messages.json"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path) -> list[Any]:
    return list(Notifications().read(local_file(path)))


def types(items: list[Any]) -> list[str]:
    return [entry.found[0].raw["EventType"] for entry in items if isinstance(entry, Entry)]


@pytest.mark.parametrize(
    "value",
    [
        EVENT,
        [EVENT, ABANDONED],
        MESSAGE,
        [MESSAGE],
        SNS,
        {"Messages": [SQS]},
        {"MessageId": "m", "Body": json.dumps(MESSAGE)},
        {"Records": [{"EventSource": "aws:sns", "Sns": SNS}]},
        {"Records": [{"messageId": "m", "body": json.dumps(SNS)}]},
        {"Records": [{"messageId": "m", "body": json.dumps({"Message": json.dumps(SQS)})}]},
        json.dumps(MESSAGE),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_events_are_found_whatever_they_are_wrapped_in(
    tmp_path: Path, value: object, indent: int | None
) -> None:
    path = kept(tmp_path, json.dumps(value, indent=indent))
    assert Notifications().claims(local_file(path)) == "events of notification messages"
    items = read(path)
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    assert types(items) in (["AssignmentReturned"], ["AssignmentReturned", "AssignmentAbandoned"])


def test_messages_are_read_line_by_line_and_a_damaged_one_costs_no_other(tmp_path: Path) -> None:
    line = json.dumps(SNS)
    items = read(kept(tmp_path, f"{line}\r\n{line[:40]}\n\n{line}\n"))
    assert [type(item) for item in items] == [Entry, Entry, Refused, Entry, Entry]
    assert items[2] == Refused(3, "it is not JSON", line[:40])


def test_an_event_keeps_what_its_message_and_its_envelope_say_of_it(tmp_path: Path) -> None:
    (first, _) = read(kept(tmp_path, json.dumps(SNS)))
    assert first.found[0].raw == {
        **EVENT,
        "Message": ABOUT,
        "Envelope": {"MessageId": "6af5c15c", "Timestamp": "2019-08-09T21:17:16.848Z"},
    }


def test_an_event_says_what_happened_to_which_assignment_and_when(tmp_path: Path) -> None:
    (first, _) = read(kept(tmp_path, json.dumps(MESSAGE)))
    (found,) = first.found
    assert found.table is NOTIFICATION_EVENTS
    wire = Notifications().derive("notification_events", found.raw).wire
    assert wire == {**EVENT, "EventTimestamp": "2019-08-09T21:17:16.000Z"}
    record = from_wire(NOTIFICATION_EVENTS.record, wire)
    assert record.event_timestamp == "2019-08-09T21:17:16.000Z"


def test_a_message_that_was_delivered_twice_is_one_event(tmp_path: Path) -> None:
    items = read(kept(tmp_path, "\n".join(json.dumps({**SNS, "MessageId": m}) for m in "ab")))
    rows = [
        NOTIFICATION_EVENTS.row_of(
            Notifications().derive("notification_events", item.found[0].raw).wire, {}
        )
        for item in items
    ]
    assert len({row["alike"] for row in rows}) == 2  # of four: a return and an abandonment


def test_an_answer_that_an_event_brings_is_an_assignments(tmp_path: Path) -> None:
    submitted = {**EVENT, "EventType": "AssignmentSubmitted", "Answer": "<QuestionFormAnswers/>"}
    (entry,) = read(kept(tmp_path, json.dumps(submitted)))
    _, found = entry.found
    assert found.table is ASSIGNMENTS
    assert Notifications().derive("assignments", found.raw).wire == {
        "AssignmentId": "3ASSIGNMENT",
        "HITId": "3HIT",
        "Answer": "<QuestionFormAnswers/>",
    }


def test_a_test_event_is_kept_doubted_and_never_an_assignment(tmp_path: Path) -> None:
    test = {**EVENT, "HITId": "12345678901234567890", "AssignmentId": "1" * 40, "Answer": "<a/>"}
    (entry,) = read(kept(tmp_path, json.dumps(test)))
    assert entry.doubts == ("it is not a test event",)
    assert [found.table for found in entry.found] == [NOTIFICATION_EVENTS]


def test_a_time_without_a_zone_is_unreadable() -> None:
    raw = {**EVENT, "EventTimestamp": "2019-08-09 21:17"}
    derived = Notifications().derive("notification_events", raw)
    assert derived.unreadable == ("EventTimestamp",)
    assert "EventTimestamp" not in derived.wire


def test_a_subscriptions_token_is_not_kept(tmp_path: Path) -> None:
    confirmation = {"Type": "SubscriptionConfirmation", "MessageId": "m", "Token": "secret"}
    (refused,) = read(kept(tmp_path, json.dumps(confirmation)))
    assert refused == Refused(1, "a subscription, not an event", {"MessageId": "m"})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Message": "hello"}, "its message is not JSON"),
        ({"Events": [{"HITId": "3HIT"}, 7]}, "an event without a type"),
        ({"Other": 1}, "no event in it"),
        ([7], "no event in it"),
    ],
)
def test_what_holds_no_event_is_refused(tmp_path: Path, value: object, reason: str) -> None:
    assert {item.reason for item in read(kept(tmp_path, json.dumps(value)))} == {reason}


def test_messages_that_are_wrapped_without_end_are_refused(tmp_path: Path) -> None:
    value: Any = EVENT
    for _ in range(30):
        value = {"Message": value}
    assert read(kept(tmp_path, json.dumps(value)))[0].reason == "messages are wrapped too deep"


def test_a_web_servers_log_tells_of_several_events_in_a_request(tmp_path: Path) -> None:
    query = urlencode(
        {
            "method": "Notify",
            "Event.1.EventType": "AssignmentAccepted",
            "Event.1.EventTime": "2006-04-21T18:55:23Z",
            "Event.1.HITId": "HIT1",
            "Event.2.EventType": "AssignmentReturned",
            "Event.2.EventTime": "2006-04-21T18:55:24Z",
            "Event.2.AssignmentId": "A1",
        }
    )
    path = kept(tmp_path, f'192.0.2.1 - - "GET /notify?{query} HTTP/1.1" 200\n"GET / HTTP/1.1"\n')
    assert Notifications().claims(local_file(path)) == "notifications by REST"
    first, second = read(path)
    assert Notifications().derive("notification_events", first.found[0].raw).wire == {
        "EventType": "AssignmentAccepted",
        "EventTimestamp": "2006-04-21T18:55:23.000Z",
        "HITId": "HIT1",
    }
    assert second.found[0].raw["AssignmentId"] == "A1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"EventType": "PutObject", "EventTimestamp": "2019-08-09T21:17:16Z"}),
        json.dumps({"EventTypes": ["AssignmentReturned"], "EventTimestamp": "x"}),
        json.dumps({"HIT": {"HITId": "3HIT"}}),
        "EventType,HITId\nAssignmentReturned,3HIT\n",
    ],
)
def test_other_files_are_not_claimed(tmp_path: Path, text: str) -> None:
    assert Notifications().claims(local_file(kept(tmp_path, text))) is None


def test_a_document_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mturk_exodus.sources.json_text.LONGEST", 1_000)
    with pytest.raises(FileRefused, match="more than 64 MiB"):
        read(kept(tmp_path, json.dumps([EVENT] * 20)))
    with pytest.raises(FileRefused, match="more than 64 MiB"):
        read(kept(tmp_path, json.dumps([EVENT] * 20, indent=1)))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary()
    | st.text('[]{}",:\\ 0e.\naé', max_size=80).map(str.encode)
    | st.recursive(
        st.sampled_from([EVENT, MESSAGE, SNS, SQS, None, 7, "x", "[]"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["Message", "Body", "Events", "Type"]), inner)
        ),
        max_leaves=5,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "messages.json"
    path.write_bytes(content)
    Notifications().claims(local_file(path))
    try:
        items = read(path)
    except FileRefused:
        return
    for entry in items:
        for found in entry.found if isinstance(entry, Entry) else ():
            wire = Notifications().derive(found.table.name, found.raw).wire
            from_wire(found.table.record, wire)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["assignments", "notification_events", "hits", "none of ours"]),
    st.dictionaries(st.sampled_from([*EVENT, "EventTime", "Answer"]) | st.text(), json_values),
)
def test_derive_never_raises_and_the_archive_takes_what_it_gives(
    table: str, raw: dict[str, Any]
) -> None:
    wire = Notifications().derive(table, raw).wire
    if table == "notification_events":
        from_wire(NOTIFICATION_EVENTS.record, {"EventType": "Ping", **wire})
