from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from botocore import xform_name

from mturk_exodus.archive import Archive
from mturk_exodus.serve import background
from mturk_exodus.serve.operations import READS, WRITES
from tests.mturk_exodus.serve import support
from tests.mturk_exodus.serve.support import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mturk_exodus.serve.support import Caller

MISSING = [
    ("GetHIT", {"HITId": "NO"}, "HITDoesNotExist"),
    ("GetAssignment", {"AssignmentId": "NO"}, "AssignmentDoesNotExist"),
    ("GetQualificationType", {"QualificationTypeId": "NO"}, "QualificationTypeDoesNotExist"),
    (
        "GetQualificationScore",
        {"QualificationTypeId": "QT1", "WorkerId": "ANO"},
        "QualificationDoesNotExist",
    ),
    (
        "GetQualificationScore",
        {"QualificationTypeId": "NO", "WorkerId": "AW1"},
        "QualificationTypeDoesNotExist",
    ),
    (
        "GetFileUploadURL",
        {"AssignmentId": "NO", "QuestionIdentifier": "q"},
        "AssignmentDoesNotExist",
    ),
    (
        "GetFileUploadURL",
        {"AssignmentId": "S50", "QuestionIdentifier": "q"},
        "InvalidParameterValue",
    ),
    ("ListAssignmentsForHIT", {"HITId": "NO"}, "HITDoesNotExist"),
    ("ListBonusPayments", {"HITId": "NO"}, "HITDoesNotExist"),
    ("ListBonusPayments", {"AssignmentId": "NO"}, "AssignmentDoesNotExist"),
    ("ListBonusPayments", {}, "InvalidParameterValue"),
    ("ListReviewPolicyResultsForHIT", {"HITId": "NO"}, "HITDoesNotExist"),
    (
        "ListWorkersWithQualificationType",
        {"QualificationTypeId": "NO"},
        "QualificationTypeDoesNotExist",
    ),
    ("ListQualificationRequests", {"QualificationTypeId": "NO"}, "QualificationTypeDoesNotExist"),
]


def test_every_operation_of_the_model_is_read_or_refused() -> None:
    assert sorted([*READS, *WRITES]) == sorted(MODEL.operation_names)
    assert len(READS) == 16
    assert all(name.startswith(("Get", "List")) for name in READS)
    assert not any(name.startswith(("Get", "List")) for name in WRITES)


@pytest.mark.parametrize("operation", READS)
def test_parameters_are_those_of_the_model(operation: str) -> None:
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    known = {parameter.name for parameter in READS[operation].parameters}
    assert known == set(shape.members)
    required = {each.name for each in READS[operation].parameters if each.required}
    assert required == set(shape.required_members)


def test_get_operations_give_the_text_as_it_is_held(call: Caller) -> None:
    hit, assignment = support.hit_text(0), support.assignment_text(3)
    assert call.text("GetHIT", HITId="H99") == f'{{"HIT":{hit}}}'
    assert (
        call.text("GetAssignment", AssignmentId="S47")
        == f'{{"Assignment":{assignment},"HIT":{hit}}}'
    )
    assert (
        call.text("GetQualificationType", QualificationTypeId="QT0")
        == f'{{"QualificationType":{support.TYPES[1]}}}'
    )
    score = call.text("GetQualificationScore", QualificationTypeId="QT1", WorkerId="AW98")
    assert score == f'{{"Qualification":{support.qualification_text(1)}}}'


def test_the_balance_is_the_latest(call: Caller) -> None:
    assert call.text("GetAccountBalance") == support.BALANCES[-1]


def test_an_empty_archive_answers(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    Archive.create(path).close()
    with background(path) as url:
        client = support.client_of(url)
        assert client.get_account_balance()["AvailableBalance"] == "0.00"
        assert client.list_hits()["NumResults"] == 0
        assert client.list_worker_blocks()["WorkerBlocks"] == []
        client.close()


def test_bonuses_by_hit_and_by_assignment(call: Caller) -> None:
    by_hit = call("ListBonusPayments", HITId="H99")
    assert [bonus["AssignmentId"] for bonus in by_hit["BonusPayments"]] == ["S50", "S49", "S50"]
    both = call.text("ListBonusPayments", AssignmentId="S50")
    assert both.endswith(f'"BonusPayments":[{support.BONUS},{support.BONUS}]}}')
    assert call("ListBonusPayments", AssignmentId="S49", HITId="H98")["NumResults"] == 0


def test_assignments_of_some_statuses(call: Caller) -> None:
    def statuses(**asked: object) -> list[str]:
        page = call("ListAssignmentsForHIT", HITId="H99", MaxResults=100, **asked)
        return [each["AssignmentStatus"] for each in page["Assignments"]]

    assert len(statuses()) == len(statuses(AssignmentStatuses=[])) == support.WORKER_COUNT
    assert set(statuses(AssignmentStatuses=["Approved"])) == {"Approved"}
    two = statuses(AssignmentStatuses=["Rejected", "Submitted", "Rejected"])
    assert two == ["Submitted", "Rejected"] * 4 + ["Submitted"]


def test_reviewable_hits_are_ids_alone(call: Caller) -> None:
    page = call("ListReviewableHITs", MaxResults=100)
    assert [list(hit) for hit in page["HITs"]] == [["HITId"]] * 8
    assert {"HITId": "H99"} in page["HITs"]
    assert call("ListReviewableHITs", Status="Reviewing", MaxResults=100)["NumResults"] == 8
    typed = call("ListReviewableHITs", HITTypeId="T1", MaxResults=100)
    assert typed["HITs"] == [{"HITId": f"H{99 - number}"} for number in (3, 9, 15, 21)]


def test_hits_that_require_a_qualification(call: Caller) -> None:
    page = call("ListHITsForQualificationType", QualificationTypeId="QT1", MaxResults=100)
    assert [hit["HITId"] for hit in page["HITs"]] == ["H99", "H95", "H91", "H87", "H83", "H79"]
    unknown = call("ListHITsForQualificationType", QualificationTypeId="00000000000000000071")
    assert unknown["NumResults"] == 0


def test_workers_with_a_qualification_are_granted_ones_unless_asked(call: Caller) -> None:
    granted = call("ListWorkersWithQualificationType", QualificationTypeId="QT1", MaxResults=100)
    assert {each["Status"] for each in granted["Qualifications"]} == {"Granted"}
    revoked = call("ListWorkersWithQualificationType", QualificationTypeId="QT1", Status="Revoked")
    assert [each["WorkerId"] for each in revoked["Qualifications"]] == ["AW99", "AW94", "AW89"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"MustBeRequestable": False}, ["QT1", "QT0"]),
        ({"MustBeRequestable": True}, ["QT1"]),
        ({"MustBeRequestable": False, "Query": "übUNG"}, ["QT1", "QT0"]),
        ({"MustBeRequestable": False, "Query": "0%"}, ["QT0"]),
        ({"MustBeRequestable": False, "Query": "A,B", "MustBeOwnedByCaller": True}, ["QT1"]),
        ({"MustBeRequestable": False, "Query": "' or 1=1 --"}, []),
    ],
)
def test_qualification_types_are_searched(
    call: Caller, asked: dict[str, object], found: list[str]
) -> None:
    page = call("ListQualificationTypes", **asked)
    assert [each["QualificationTypeId"] for each in page["QualificationTypes"]] == found


def test_qualification_requests_of_one_type(call: Caller) -> None:
    page = call("ListQualificationRequests", QualificationTypeId="QT0")
    assert [each["QualificationRequestId"] for each in page["QualificationRequests"]] == ["QR1"]


def test_review_results_come_in_the_pages_that_they_came_in(call: Caller) -> None:
    texts = []
    for page, text in call.pages("ListReviewPolicyResultsForHIT", HITId="H99", MaxResults=1):
        token = f',"NextToken":"{page["NextToken"]}"' if "NextToken" in page else ""
        texts.append(text.replace(token, ""))
    assert texts == [support.REVIEWS[0].rstrip(), *support.REVIEWS[1:]]


def test_a_hit_without_review_results(call: Caller) -> None:
    assert json.loads(call.text("ListReviewPolicyResultsForHIT", HITId="H98")) == {"HITId": "H98"}


@pytest.mark.parametrize(("operation", "asked", "code"), MISSING)
def test_what_is_not_there_is_refused_as_mturk_does(
    call: Caller, operation: str, asked: dict[str, object], code: str
) -> None:
    with pytest.raises(call.client.exceptions.RequestError) as caught:
        getattr(call.client, xform_name(operation))(**asked)
    response = caught.value.response
    assert response["TurkErrorCode"] == f"AWS.MechanicalTurk.{code}"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert re.search(r"\. \(\d{13}\)$", response["Message"])


@pytest.mark.parametrize("operation", sorted(WRITES))
def test_writes_are_refused(call: Caller, operation: str) -> None:
    response = call.post(operation, {})
    assert response.status_code == 400
    assert response.json()["__type"] == "RequestError"
    assert response.json()["TurkErrorCode"] == "AWS.MechanicalTurk.PermissionDeniedException"
    assert "read-only archive" in response.json()["Message"]


def test_boto3_sees_why_a_write_is_refused(call: Caller) -> None:
    with pytest.raises(call.client.exceptions.RequestError, match="read-only archive") as caught:
        call.client.approve_assignment(AssignmentId="S50")
    code = caught.value.response["TurkErrorCode"]
    assert code == "AWS.MechanicalTurk.PermissionDeniedException"


def test_uploads_come_whole(call: Caller) -> None:
    reply = call("GetFileUploadURL", AssignmentId="S50", QuestionIdentifier="phöto/1 %")
    assert reply["FileUploadURL"].startswith(f"{call.url}/uploads/S50/")
    response = call.http.get(reply["FileUploadURL"])
    assert response.content == support.PHOTO
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-disposition"] == "attachment"
    empty = call("GetFileUploadURL", AssignmentId="S50", QuestionIdentifier="empty")
    assert call.http.get(empty["FileUploadURL"]).content == b""
    assert call.http.head(empty["FileUploadURL"]).status_code == 200
