"""What is in a dump: replies and records, in all the forms that people keep them in."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from typing import Any

import pytest

from mturk_exodus.archive.tables import TABLES
from mturk_exodus.records import from_wire
from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Entry, FileRefused, Refused

SOURCE = APIDump()
HIT = {"HITId": "3HITONE", "HITTypeId": "3TYPE", "Title": "Sort", "Reward": "0.05"}
ASSIGNMENT = {
    "AssignmentId": "3WORKONE",
    "WorkerId": "AWORKERONE",
    "HITId": "3HITONE",
    "AssignmentStatus": "Approved",
    "Answer": "<QuestionFormAnswers/>",
}
BONUS = {
    "WorkerId": "AWORKERONE",
    "BonusAmount": "1.00",
    "AssignmentId": "3WORKONE",
    "Reason": "Thanks",
    "GrantTime": "2020-01-02T03:04:05Z",
}
TYPE = {"QualificationTypeId": "3QUAL", "Name": "Spelling", "QualificationTypeStatus": "Active"}
GRANT = {"QualificationTypeId": "3QUAL", "WorkerId": "AWORKERONE", "IntegerValue": 7}
REQUEST = {"QualificationRequestId": "3ASK", "QualificationTypeId": "3QUAL", "WorkerId": "AW"}
BLOCK = {"WorkerId": "AWORKERONE", "Reason": "Spam"}
REVIEW = {"HITId": "3HITONE", "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01"}}
METADATA = {"RequestId": "0c3a", "HTTPStatusCode": 200, "HTTPHeaders": {"date": "today"}}

RECORDS = {
    "hits": HIT,
    "assignments": ASSIGNMENT,
    "qualification_types": TYPE,
    "qualifications": GRANT,
    "qualification_requests": REQUEST,
    "worker_blocks": BLOCK,
    "bonus_payments": BONUS,
    "review_reports": REVIEW,
}
LISTS = {
    "HITs": HIT,
    "Assignments": ASSIGNMENT,
    "QualificationTypes": TYPE,
    "Qualifications": GRANT,
    "QualificationRequests": REQUEST,
    "WorkerBlocks": BLOCK,
    "BonusPayments": BONUS,
}
SINGLES = {"HIT": HIT, "QualificationType": TYPE, "Qualification": GRANT}


Form = Callable[[Any], str]
FORMS: dict[str, Form] = {
    "alone": json.dumps,
    "in a list": lambda record: json.dumps([record], indent=2),
    "by an id": lambda record: json.dumps({"an id": record}),
    "in a list by an id": lambda record: json.dumps({"an id": [record]}, indent=4),
    "deep in something": lambda record: json.dumps({"n": "first", "all": {"of one": [record]}}),
    "in a list of lists": lambda record: json.dumps([[record]]),
    "with a byte order mark": lambda record: "\ufeff\r\n" + json.dumps(record) + "\r\n\r\n",
    "with a comma": lambda record: json.dumps(record) + ",\n",
    "printed": repr,
    "assigned": lambda record: f"response = {record!r}\n",
    "printed under a comment": lambda record: f"# seen today\n[{record!r}]\n",
}


def file_of(text: str, name: str = "dump.json") -> SourceFile:
    return SourceFile(name, lambda: BytesIO(text.encode("utf-8")))


def read(text: str) -> list[Entry | Refused]:
    """The entries of a file; each record in it is one that an archive can keep."""
    items = []
    for item in SOURCE.read(file_of(text)):
        assert isinstance(item, (Entry, Refused))
        items.append(item)
        for found in item.found if isinstance(item, Entry) else ():
            json.dumps(found.raw, allow_nan=False)
            derived = SOURCE.derive(found.table.name, found.raw)
            from_wire(found.table.record, dict(derived.wire))
    assert [item.number for item in items] == [*range(1, len(items) + 1)]
    return items


def found(text: str) -> list[tuple[str, Any]]:
    return [
        (each.table.name, each.raw)
        for item in read(text)
        if isinstance(item, Entry)
        for each in item.found
    ]


def reasons(text: str) -> list[str]:
    return [item.reason for item in read(text) if isinstance(item, Refused)]


@pytest.mark.parametrize(("name", "record"), LISTS.items())
def test_a_whole_reply_of_a_listing_gives_its_records(name: str, record: dict[str, Any]) -> None:
    reply = {"NumResults": 1, "NextToken": "p1:x", name: [record], "ResponseMetadata": METADATA}

    ((_, raw),) = found(json.dumps(reply))

    assert raw == record


@pytest.mark.parametrize(("name", "record"), SINGLES.items())
def test_a_reply_of_one_record_gives_it(name: str, record: dict[str, Any]) -> None:
    assert [raw for _, raw in found(json.dumps({name: record, "ResponseMetadata": METADATA}))] == [
        record
    ]


@pytest.mark.parametrize(("table", "record"), RECORDS.items())
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_bare_record_is_told_by_its_members(
    table: str, record: dict[str, Any], form: Form
) -> None:
    assert found(form(record)) == [(table, record)]


@pytest.mark.parametrize("separator", ["\n", "", ",\n", "\r\n\r\n"])
def test_documents_follow_each_other(separator: str) -> None:
    text = separator.join(json.dumps(record, indent=1) for record in (HIT, ASSIGNMENT, BLOCK))

    assert [table for table, _ in found(text)] == ["hits", "assignments", "worker_blocks"]


def test_pages_of_replies_are_read_page_by_page() -> None:
    pages = [{"NumResults": 1, "HITs": [{**HIT, "HITId": f"3{n}"}]} for n in range(3)]
    pages.append({"NumResults": 0, "HITs": []})

    assert [raw["HITId"] for _, raw in found(json.dumps(pages))] == ["30", "31", "32"]


def test_get_assignment_is_one_entry_with_the_hit_first() -> None:
    (entry,) = read(json.dumps({"Assignment": ASSIGNMENT, "HIT": HIT}))

    assert isinstance(entry, Entry)
    assert [each.table.name for each in entry.found] == ["hits", "assignments"]


def test_a_hit_that_somebody_put_its_assignments_into_gives_both() -> None:
    joined = {**HIT, "Assignments": [ASSIGNMENT]}

    assert found(json.dumps([joined])) == [("hits", HIT), ("assignments", ASSIGNMENT)]


def test_an_assignment_joined_to_its_hit_is_told_apart() -> None:
    ((_, hit), (_, assignment)) = found(json.dumps({**HIT, **ASSIGNMENT}))

    assert hit == HIT
    assert assignment == ASSIGNMENT


def test_members_that_somebody_added_stay_in_raw_and_are_a_doubt() -> None:
    (entry, plain) = read(json.dumps([{**ASSIGNMENT, "mood": "good"}, ASSIGNMENT]))

    assert isinstance(entry, Entry)
    assert entry.found[0].raw["mood"] == "good"
    assert entry.doubts
    assert isinstance(plain, Entry)
    assert plain.doubts == ()


def test_reviewable_hits_have_nothing_but_their_ids() -> None:
    assert found('{"NumResults": 1, "HITs": [{"HITId": "3A"}]}') == [("hits", {"HITId": "3A"})]


def test_bonuses_alike_in_one_list_are_several_and_in_several_lists_one() -> None:
    reply = {"NumResults": 3, "BonusPayments": [BONUS, {**BONUS, "Reason": "More"}, BONUS]}

    copies = [
        each.context
        for entry in read(json.dumps([reply, reply]))
        if isinstance(entry, Entry)
        for each in entry.found
    ]

    assert copies == [{"copy": 0}, {"copy": 0}, {"copy": 1}] * 2


def test_bonuses_one_for_each_line_are_counted_by_themselves() -> None:
    entries = read(f"{json.dumps(BONUS)}\n{json.dumps(BONUS)}\n")

    assert [entry.found[0].context for entry in entries if isinstance(entry, Entry)] == [
        {"copy": 0},
        {"copy": 0},
    ]


def test_review_reports_of_a_hit_are_its_pages() -> None:
    reply = {**REVIEW, "NextToken": "p1:x", "ResponseMetadata": METADATA}
    other = {**REVIEW, "HITId": "3HITTWO"}

    entries = read("\n".join(map(json.dumps, (reply, other, reply))))

    kept = [entry.found[0] for entry in entries if isinstance(entry, Entry)]
    assert [each.context for each in kept] == [{"page": 0}, {"page": 0}, {"page": 1}]
    assert kept[0].raw == REVIEW


def test_a_balance_beside_records_is_passed_over_and_one_alone_refused() -> None:
    balance = {"AvailableBalance": "10.00", "ResponseMetadata": METADATA}

    assert found(json.dumps([balance, HIT])) == [("hits", HIT)]
    with pytest.raises(FileRefused, match="a balance without a date"):
        read(json.dumps(balance))


def test_what_is_no_record_is_refused_and_shown_shortened() -> None:
    long = {"HITId": "3A", "picture": "x" * 50_000}

    refused, kept = read(json.dumps([long, HIT]))

    assert isinstance(refused, Refused)
    assert refused.reason == "not a record that MTurk's API gives"
    assert len(refused.raw) == 10_000
    assert isinstance(kept, Entry)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**ASSIGNMENT, "HITId": None}, "an assignment without HITId"),
        ({**ASSIGNMENT, "HITId": 5}, "an assignment without HITId"),
        ({**BONUS, "AssignmentId": " "}, "a bonus without AssignmentId"),
        ({**ASSIGNMENT, "Input.url": "x"}, "requester site's results"),
        ({**HIT, "HITId": "string"}, "placeholder"),
        ({"EventType": "AssignmentReturned", **HIT}, "not a record"),
    ],
)
def test_a_record_that_cannot_be_kept_says_why(record: dict[str, Any], reason: str) -> None:
    (told,) = reasons(json.dumps([record, GRANT]))

    assert reason in told
    assert "AWORKERONE" not in told


def test_a_record_in_a_named_list_must_say_which_one_it_is() -> None:
    assert reasons(json.dumps({"NumResults": 2, "HITs": [HIT, {"Title": "Sort"}]})) == [
        "a HIT without HITId"
    ]


@pytest.mark.parametrize("text", ["{}", "[]", "", "null", '{"NumResults": 0, "HITs": []}'])
def test_a_file_without_any_record_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match="holds no MTurk record"):
        read(text)


def test_a_reason_that_all_share_is_the_files() -> None:
    with pytest.raises(FileRefused, match="holds no MTurk record: a placeholder"):
        read(json.dumps({"HIT": {**HIT, "HITId": "string"}}))


def test_a_foreign_file_is_given_up_after_ten_thousand_objects() -> None:
    items = SOURCE.read(file_of('{"a": 1}\n' * 30_000))

    assert len(list(islice(items, 10_000))) == 10_000
    with pytest.raises(FileRefused):
        next(items)


def test_every_table_that_the_api_fills_is_known_by_a_record() -> None:
    from_files = {"worker_details", "notification_events", "templates", "account_balances"}

    assert set(RECORDS) == {table.name for table in TABLES} - from_files
