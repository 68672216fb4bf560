"""Names and members of the records, against botocore's own service model."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import StructureShape

from mturk_exodus import records
from mturk_exodus.records import InvalidRecord

SHAPES = {
    records.HIT: "HIT",
    records.Assignment: "Assignment",
    records.QualificationType: "QualificationType",
    records.Qualification: "Qualification",
    records.QualificationRequest: "QualificationRequest",
    records.WorkerBlock: "WorkerBlock",
    records.BonusPayment: "BonusPayment",
    records.ReviewResult: "ReviewResultDetail",
    records.ReviewAction: "ReviewActionDetail",
    records.ReviewReport: "ListReviewPolicyResultsForHITResponse",
    records.AccountBalance: "GetAccountBalanceResponse",
}
KINDS: dict[str, set[Any]] = {
    "string": {records.text, records.money},
    "integer": {records.integer},
    "long": {records.integer},
    "boolean": {records.boolean},
    "timestamp": {records.time},
    "structure": {records.structure},
    "list": {records.structure},
}


@pytest.mark.parametrize("record", SHAPES, ids=lambda record: record.__name__)
def test_a_record_has_every_member_of_the_service_model_under_botocore_s_name(
    record: type[Any],
) -> None:
    model = botocore.session.Session().get_service_model("mturk")
    shape = model.shape_for(SHAPES[record])
    assert isinstance(shape, StructureShape)
    members = [(name, member) for name, member in records.members(record) if not member.of_files]
    assert {member.name for _, member in members} == shape.members.keys() - {"NextToken"}
    for name, member in members:
        assert name == xform_name(member.name)
        assert member.convert in KINDS[shape.members[member.name].type_name]


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1531774562, "2018-07-16T20:56:02.000Z"),
        (1531774562.123, "2018-07-16T20:56:02.123Z"),
        (1.531774562e9, "2018-07-16T20:56:02.000Z"),
        (-0.5, "1969-12-31T23:59:59.500Z"),
        ("2018-07-16T13:56:02-07:00", "2018-07-16T20:56:02.000Z"),
        ("2018-07-16T20:56:02Z", "2018-07-16T20:56:02.000Z"),
    ],
)
def test_a_time_is_written_in_one_way(wire: object, text: str) -> None:
    assert records.time(wire) == text


@pytest.mark.parametrize(
    "wire", [1e300, -1e300, float("inf"), True, "2018-07-16T20:56:02", "noon", None, [], 10**20]
)
def test_what_is_no_time_is_refused(wire: object) -> None:
    with pytest.raises(InvalidRecord):
        records.time(wire)


@pytest.mark.parametrize(
    ("wire", "text"), [("0.05", "0.05"), ("1", "1"), ("0.10", "0.10"), ("1E+2", "100")]
)
def test_money_stays_exact(wire: str, text: str) -> None:
    assert records.money(wire) == text


@pytest.mark.parametrize("wire", ["", "free", "NaN", "Infinity", "1E+999999999", 0.05, None, True])
def test_what_is_no_money_is_refused(wire: object) -> None:
    with pytest.raises(InvalidRecord):
        records.money(wire)


@pytest.mark.parametrize("wire", [1.0, "1", True, 2**63, -(2**63) - 1, None])
def test_what_is_no_whole_number_of_64_bits_is_refused(wire: object) -> None:
    with pytest.raises(InvalidRecord):
        records.integer(wire)


def test_the_refusal_names_the_member_and_not_its_value() -> None:
    with pytest.raises(InvalidRecord, match=r"^Reason is a list, not text$"):
        records.from_wire(records.WorkerBlock, {"WorkerId": "A1", "Reason": ["secret"]})
    with pytest.raises(InvalidRecord, match=r"^WorkerId is missing$"):
        records.from_wire(records.WorkerBlock, {"Reason": "secret"})


def test_an_empty_member_is_no_missing_one_and_null_is_unknown() -> None:
    block = records.from_wire(records.WorkerBlock, {"WorkerId": "", "Reason": None, "New": 1})
    assert (block.worker_id, block.reason) == ("", None)
