"""What members of dumped records mean."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from mturk_exodus.records import HIT, Assignment, QualificationType, ReviewReport, from_wire
from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.interface import Derived

MOMENT = datetime(2019, 4, 29, 18, 24, 14, 500_000, tzinfo=timezone.utc)
ISO = "2019-04-29T18:24:14.500Z"

TIMES = [
    "2019-04-29T18:24:14.500Z",
    "2019-04-29T18:24:14.5Z",
    "2019-04-29T18:24:14.500000+00:00",
    "2019-04-29 11:24:14.500000-07:00",
    "2019-04-29 11:24:14.500 -0700",
    "2019-04-29T20:24:14.5+02",
    "2019-04-29 18:24:14.500 UTC",
    "datetime.datetime(2019, 4, 29, 18, 24, 14, 500000, tzinfo=tzutc())",
    "datetime.datetime(2019, 4, 29, 11, 24, 14, 500000, tzinfo=tzoffset(None, -25200))",
    1556562254.5,
    1556562254500,
    1556562254500.0,
]

NO_TIMES = [
    "string",
    "2019-04-29 11:24:14",
    "2019-04-29",
    "2019-02-30T11:24:14Z",
    "2019-04-29T25:24:14Z",
    "2019-04-29T11:24:14+99:00",
    "datetime.datetime(2019, 4, 29, 11, 24, 14, tzinfo=tzlocal())",
    "datetime.datetime(2019, 4, 29, 11, 24, 14)",
    "datetime.datetime(" * 50,
    1e300,
    10**400,
    float("nan"),
    float("inf"),
    True,
    ["2019-04-29T18:24:14Z"],
]


def derive_hit(**members: Any) -> Derived:  # noqa: ANN401 - whatever JSON holds
    derived = APIDump().derive("hits", {"HITId": "3A", **members})
    from_wire(HIT, dict(derived.wire))
    return derived


@pytest.mark.parametrize("written", TIMES, ids=str)
def test_a_time_is_read_however_it_is_written(written: object) -> None:
    derived = derive_hit(CreationTime=written)

    assert derived.unreadable == ()
    assert from_wire(HIT, dict(derived.wire)).creation_time == ISO


@pytest.mark.parametrize("written", NO_TIMES, ids=lambda value: str(value)[:70])
def test_a_time_whose_zone_is_unknown_or_that_is_none_is_unreadable(written: object) -> None:
    derived = derive_hit(CreationTime=written)

    assert derived.unreadable == ("CreationTime",)
    assert "CreationTime" not in derived.wire


def test_java_dates_are_read_as_well() -> None:
    derived = derive_hit(CreationTime="Mon Apr 29 11:24:14 PDT 2019")

    assert derived.wire["CreationTime"] == "2019-04-29T18:24:14.000Z"


def test_seconds_and_milliseconds_are_told_apart_for_each_day_of_the_service() -> None:
    day = datetime(2005, 11, 2, tzinfo=timezone.utc)
    while day.year < 2027:
        seconds = int(day.timestamp())
        for written in (seconds, seconds * 1000):
            read = from_wire(HIT, dict(derive_hit(Expiration=written).wire)).expiration
            assert read == day.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        day += timedelta(days=30)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("0.05", "0.05"),
        ("$0.05", "0.05"),
        (" 0.5 ", "0.5"),
        (0.5, "0.50"),
        (0.015, "0.015"),
        (1, "1.00"),
        (0, "0.00"),
        (1e-07, "0.0000001"),
        ({"Amount": "5.00", "CurrencyCode": "USD", "FormattedPrice": "$5.00"}, "5.00"),
        ({"Amount": 5}, "5.00"),
    ],
)
def test_money_is_read_however_it_is_written(written: object, amount: str) -> None:
    assert from_wire(HIT, dict(derive_hit(Reward=written).wire)).reward == amount


@pytest.mark.parametrize(
    "written",
    [
        "string",
        "five",
        "1e999",
        float("nan"),
        True,
        [],
        {},
        {"Amount": "5", "CurrencyCode": "INR"},
        {"Amount": {"Amount": {}}},
        10**5000,
    ],
    ids=lambda value: "a long number" if isinstance(value, int) and value > 1 else str(value),
)
def test_what_is_no_money_is_unreadable(written: object) -> None:
    assert derive_hit(Reward=written).unreadable == ("Reward",)


@pytest.mark.parametrize(
    ("written", "number"), [(3, 3), ("4", 4), (" 3 ", 3), (3.0, 3), ("0", 0), ("-1", -1)]
)
def test_whole_numbers_are_read(written: object, number: int) -> None:
    assert derive_hit(MaxAssignments=written).wire["MaxAssignments"] == number


@pytest.mark.parametrize("written", [3.5, "4.5", True, 2**63, "9" * 19, "9" * 5000, [3], "three"])
def test_what_is_no_whole_number_is_unreadable(written: object) -> None:
    assert derive_hit(MaxAssignments=written).unreadable == ("MaxAssignments",)


@pytest.mark.parametrize(
    ("written", "says"), [(True, 1), ("TRUE", 1), ("false", 0), ("maybe", None), (1, None)]
)
def test_truth_may_be_text(written: object, says: int | None) -> None:
    raw = {"QualificationTypeId": "3Q", "IsRequestable": written}

    derived = APIDump().derive("qualification_types", raw)

    assert from_wire(QualificationType, dict(derived.wire)).is_requestable == says
    assert derived.unreadable == (("IsRequestable",) if says is None else ())


def test_what_is_not_said_is_left_out() -> None:
    derived = derive_hit(Title=None, Keywords="", MaxAssignments=None, Reward="", Expiration="")

    assert derived == ({"HITId": "3A"}, ())


def test_a_text_that_is_none_is_unreadable() -> None:
    derived = derive_hit(Title=5, Description=["a"], Question={"b": 1}, Keywords="k")

    assert derived.unreadable == ("Title", "Description", "Question")
    assert derived.wire["Keywords"] == "k"


def test_members_of_others_are_passed_over() -> None:
    assert derive_hit(mood="good", TemplateVariables={"a": 1}).wire == {"HITId": "3A"}


def test_a_requirement_of_the_old_api_reads_as_one_of_today() -> None:
    derived = derive_hit(
        QualificationRequirement={
            "QualificationTypeId": "3Q",
            "Comparator": "In",
            "IntegerValue": ["1", "2"],
            "LocaleValue": {"Country": "US"},
            "RequiredToPreview": "false",
        }
    )

    assert derived.wire["QualificationRequirements"] == [
        {
            "QualificationTypeId": "3Q",
            "Comparator": "In",
            "IntegerValues": [1, 2],
            "LocaleValues": [{"Country": "US"}],
            "RequiredToPreview": False,
        }
    ]


def test_structures_stay_as_they_are() -> None:
    report = {"ReviewActions": [{"ActionId": "1", "CompleteTime": 1556562254.5}]}
    raw = {"HITId": "3A", "HITReviewReport": report}

    derived = APIDump().derive("review_reports", raw)

    assert from_wire(ReviewReport, dict(derived.wire)).hit_id == "3A"
    assert derived.wire["HITReviewReport"] == report


@pytest.mark.parametrize("written", ["text", 5, [float("nan")], {"a": {1, 2}}])
def test_what_is_no_structure_is_unreadable(written: object) -> None:
    assert derive_hit(QualificationRequirements=written).unreadable == (
        "QualificationRequirements",
    )


def test_the_old_name_of_a_worker_is_understood_and_named_where_it_is_unreadable() -> None:
    raw = {"AssignmentId": "3B", "HITId": "3A", "SubjectId": "A1"}

    derived = APIDump().derive("assignments", raw)
    assert from_wire(Assignment, dict(derived.wire)).worker_id == "A1"

    wrong = APIDump().derive("assignments", {**raw, "SubjectId": 5})
    assert wrong.unreadable == ("SubjectId",)


def test_an_unknown_table_has_no_meaning() -> None:
    assert APIDump().derive("nothing", {"HITId": "3A"}) == ({}, ())
