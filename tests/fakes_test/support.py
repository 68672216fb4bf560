"""A small account, and clients to ask the fake about it."""

from __future__ import annotations

import json
import re
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config

from mturk_exodus.demo.account import Account
from tests.fakes.mturk import (
    FakeMTurk,
    add_hit,
    approve,
    pay_bonus,
    reject,
    submit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


TYPE_ID = "QT1"
Client = Any
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Spares httpx from reading every certificate authority for a connection that needs none."""
SESSION = boto3.Session("AKIDEXAMPLE", "x", region_name="us-east-1")
TIMES = (1_531_774_562, 1_531_774_562.123, 1_700_000_000.5)


def _with_hits(account: Account) -> None:
    for number in range(7):
        needed = {"QualificationTypeId": TYPE_ID, "Comparator": "Exists"}
        requirements = [needed] if number == 3 else []
        add_hit(
            account,
            f"H{number}",
            number + 1,
            now=TIMES[number % 3],
            Title="Größe \N{SNOWMAN}",
            QualificationRequirements=requirements,
        )
        for worker in range(number):
            submit(account, f"H{number}", f"A{number}-{worker}", f"W{worker}", now=TIMES[1])
    approve(account, "A2-0")
    reject(account, "A2-1")
    approve(account, "A6-0")
    pay_bonus(account, "A6-0", "0.50")
    pay_bonus(account, "A6-0", "0.75")
    pay_bonus(account, "A6-1", "0.25")


def _with_people(account: Account) -> None:
    account.qualification_types[TYPE_ID] = {
        "QualificationTypeId": TYPE_ID,
        "CreationTime": 1_531_774_562.123,
        "Name": "Labels well",
        "QualificationTypeStatus": "Active",
        "IsRequestable": False,
        "AutoGranted": False,
    }
    account.qualifications[TYPE_ID] = [
        {
            "QualificationTypeId": TYPE_ID,
            "WorkerId": f"W{number}",
            "GrantTime": 1_531_774_562,
            "IntegerValue": number,
            "Status": "Revoked" if number == 2 else "Granted",
        }
        for number in range(4)
    ]
    account.qualification_requests.append(
        {
            "QualificationRequestId": "QR1",
            "QualificationTypeId": TYPE_ID,
            "WorkerId": "W9",
            "SubmitTime": 1_531_774_562,
        }
    )
    account.worker_blocks.append({"WorkerId": "W8", "Reason": "spam"})


def _with_review_results(account: Account) -> None:
    results = [
        {"ActionId": f"R{n}", "SubjectId": "A6-0", "SubjectType": "Assignment", "Key": "Score"}
        for n in range(3)
    ]
    action = {
        "ActionId": "X1",
        "ActionName": "approve",
        "TargetId": "A6-0",
        "TargetType": "Assignment",
        "Status": "Succeeded",
        "CompleteTime": 1_531_774_562.123,
    }
    account.review_policy_results["H6"] = {
        "AssignmentReviewPolicy": {"PolicyName": "ScoreMyKnownAnswers/2011-09-01"},
        "AssignmentReviewReport": {"ReviewResults": results, "ReviewActions": [action]},
        "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01"},
        "HITReviewReport": {"ReviewResults": [results[0] | {"SubjectType": "HIT"}]},
    }


def make_account() -> Account:
    account = Account(available_balance="12.34")
    _with_hits(account)
    _with_people(account)
    _with_review_results(account)
    account.uploads["A6-0", "photo"] = b"\x89PNG"
    return account


@contextmanager
def client_of(fake: FakeMTurk, read_timeout: float = 20.0) -> Iterator[Client]:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    client: Client = SESSION.client("mturk", endpoint_url=fake.endpoint_url, config=config)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def serving(
    account: Account | None = None,
    **options: Any,  # noqa: ANN401
) -> Iterator[tuple[FakeMTurk, Client]]:
    with FakeMTurk(account or make_account(), **options) as fake, client_of(fake) as client:
        yield fake, client


def tokens_of(
    call: Callable[..., Any], member: str, **params: object
) -> tuple[list[Any], list[int]]:
    """Follow NextToken to the end: the records, and the size of each page."""
    records: list[Any] = []
    sizes: list[int] = []
    page = call(**params)
    while True:
        records += page[member]
        sizes.append(page["NumResults"])
        if "NextToken" not in page:
            return records, sizes
        page = call(**params, NextToken=page["NextToken"])


def hit_ids(client: Client, **params: object) -> list[str]:
    return [each["HITId"] for each in tokens_of(client.list_hits, "HITs", **params)[0]]


def post(fake: FakeMTurk, operation: str, params: object = None, **headers: str) -> httpx.Response:
    sent = {
        "X-Amz-Target": f"MTurkRequesterServiceV20170117.{operation}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/mturk-requester",
    } | headers
    return httpx.post(
        fake.endpoint_url, headers=sent, content=json.dumps(params or {}), verify=PLAIN
    )


def wire_request(operation: str, body: bytes) -> bytes:
    head = (
        "POST / HTTP/1.1\r\nHost: x\r\n"
        f"X-Amz-Target: MTurkRequesterServiceV20170117.{operation}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def assert_request_error(client: Client, call: Callable[[], object], code: str) -> None:
    with pytest.raises(client.exceptions.RequestError) as caught:
        call()
    assert caught.value.response["TurkErrorCode"] == f"AWS.MechanicalTurk.{code}"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert re.search(r" \(\d{13}\)$", caught.value.response["Message"])


READS: list[tuple[str, dict[str, object]]] = [
    ("GetAccountBalance", {}),
    ("GetAssignment", {"AssignmentId": "A6-0"}),
    ("GetFileUploadURL", {"AssignmentId": "A6-0", "QuestionIdentifier": "photo"}),
    ("GetHIT", {"HITId": "H3"}),
    ("GetQualificationScore", {"QualificationTypeId": TYPE_ID, "WorkerId": "W1"}),
    ("GetQualificationType", {"QualificationTypeId": TYPE_ID}),
    ("GetQualificationType", {"QualificationTypeId": "00000000000000000071"}),
    ("ListAssignmentsForHIT", {"HITId": "H6"}),
    ("ListBonusPayments", {"HITId": "H6"}),
    ("ListBonusPayments", {"AssignmentId": "A6-0"}),
    ("ListHITs", {}),
    ("ListHITsForQualificationType", {"QualificationTypeId": TYPE_ID}),
    ("ListQualificationRequests", {"QualificationTypeId": TYPE_ID}),
    ("ListQualificationTypes", {"MustBeRequestable": False}),
    ("ListReviewPolicyResultsForHIT", {"HITId": "H6", "RetrieveResults": True}),
    ("ListReviewableHITs", {}),
    ("ListWorkerBlocks", {}),
    ("ListWorkersWithQualificationType", {"QualificationTypeId": TYPE_ID}),
]
