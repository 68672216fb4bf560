from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from mturk_exodus.serve import background
from mturk_exodus.serve.pages import token_for
from tests.mturk_exodus.serve.support import build, client_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.mturk_exodus.serve.support import Caller

INVALID = "AWS.MechanicalTurk.InvalidParameterValue"


def refused(response: httpx.Response, kind: str, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status
    assert "Traceback" not in response.text
    body: dict[str, Any] = response.json()
    assert body["__type"] == kind
    return body


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("ListHITs", {"MaxResults": 0}),
        ("ListHITs", {"MaxResults": 101}),
        ("ListHITs", {"MaxResults": "x"}),
        ("ListHITs", {"MaxResults": True}),
        ("ListHITs", {"MaxResults": 1.5}),
        ("ListHITs", {"MaxResults": 10**400}),
        ("ListHITs", {"MaxResults": -1}),
        ("ListReviewableHITs", {"Status": "Assignable"}),
        ("ListReviewableHITs", {"Status": []}),
        ("ListReviewableHITs", {"HITTypeId": {}}),
        ("GetHIT", {}),
        ("GetHIT", {"HITId": None}),
        ("GetHIT", {"HITId": ""}),
        ("GetHIT", {"HITId": 3}),
        ("GetHIT", {"HITId": ["H99"]}),
        ("GetHIT", {"HITId": "H" * 65}),
        ("GetHIT", {"HITId": "\ud800"}),
        ("ListQualificationTypes", {}),
        ("ListQualificationTypes", {"MustBeRequestable": 1}),
        ("ListQualificationTypes", {"MustBeRequestable": False, "Query": "\udfff"}),
        ("ListAssignmentsForHIT", {"HITId": "H99", "AssignmentStatuses": "Approved"}),
        ("ListAssignmentsForHIT", {"HITId": "H99", "AssignmentStatuses": ["Returned"]}),
        ("ListAssignmentsForHIT", {"HITId": "H99", "AssignmentStatuses": [["Approved"]]}),
        ("ListReviewPolicyResultsForHIT", {"HITId": "H99", "RetrieveActions": "yes"}),
        ("ListWorkersWithQualificationType", {"QualificationTypeId": "QT1", "Status": "Any"}),
    ],
)
def test_parameters_that_mturk_does_not_take(
    call: Caller, operation: str, asked: dict[str, object]
) -> None:
    assert refused(call.post(operation, asked), "RequestError")["TurkErrorCode"] == INVALID


def test_null_is_absence_and_unknown_members_are_left_alone(call: Caller) -> None:
    assert call.post("ListHITs", {"NextToken": None, "Colour": 3}).json()["NumResults"] == 10


def test_nul_and_sql_are_text_like_any(call: Caller) -> None:
    for text in ("\0", "H99\0", "' or 1=1 --", '"; drop table hits; --'):
        body = refused(call.post("GetHIT", {"HITId": text}), "RequestError")
        assert body["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"
        response = call.post("ListQualificationTypes", {"MustBeRequestable": False, "Query": text})
        assert response.json()["NumResults"] == 0


def asked(**values: object) -> dict[str, Any]:
    return {"NextToken": None, "MaxResults": 10, **values}


TOKENS = [
    "",
    "p1:",
    "p1:!!!",
    "p1:é",
    "p1:" + "A" * 5000,
    "p1:AAAA",
    "x",
    3,
    ["p1:"],
    {"a": 1},
    "\ud800",
    token_for("ListWorkerBlocks", asked(), 1),
    token_for("ListHITs", asked(HITId="H99"), 1),
    token_for("ListHITs", asked(), -1),
    token_for("ListHITs", asked(), 2**63),
    token_for("ListHITs", asked(), 1) + "=",
    token_for("ListHITs", asked(), 1).replace("p1", "p2"),
]


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_that_this_list_did_not_give(call: Caller, token: object) -> None:
    body = refused(call.post("ListHITs", {"NextToken": token}), "RequestError")
    assert body["TurkErrorCode"] == INVALID


def test_a_token_beyond_the_end_finds_the_end(call: Caller) -> None:
    token = token_for("ListHITs", asked(), 2**63 - 1)
    assert call("ListHITs", NextToken=token)["NumResults"] == 0


def test_a_token_of_another_hit_is_refused(call: Caller) -> None:
    token = call("ListAssignmentsForHIT", HITId="H99")["NextToken"]
    with pytest.raises(call.client.exceptions.RequestError, match="NextToken"):
        call.client.list_assignments_for_hit(HITId="H98", NextToken=token)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"3",
        b"null",
        b'{"a":',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"MaxResults":' + b"9" * 5000 + b"}",
    ],
)
def test_bodies_that_are_not_json_objects(call: Caller, body: bytes) -> None:
    refused(call.post("ListHITs", body), "SerializationException")


@pytest.mark.parametrize(
    "target", ["", "ListHITs", "MTurkRequesterServiceV20170117.", "Other.ListHITs", "x" * 5000]
)
def test_unknown_operations(call: Caller, target: str) -> None:
    response = call.http.post("/", content=b"{}", headers={"X-Amz-Target": target})
    refused(response, "UnknownOperationException")


def test_an_operation_without_the_header(call: Caller) -> None:
    refused(call.http.post("/", content=b"{}"), "UnknownOperationException")


def test_an_operation_is_not_looked_up_among_anything_else(call: Caller) -> None:
    for name in ("__class__", "listhits", "ListHITs\t\tx", "answer"):
        refused(call.post(name, {}), "UnknownOperationException")


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 20 * 1024 * 1024])
def test_a_huge_body_is_refused(call: Caller, size: int) -> None:
    if size < 8 * 1024 * 1024:
        response = call.post("ListHITs", b" " * size)
        refused(response, "RequestEntityTooLargeException", 413)
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()
    raw(call, head + b" " * min(size, 9 * 1024 * 1024))
    assert call("ListHITs")["NumResults"] == 10


def test_a_body_of_a_mebibyte_is_read(call: Caller) -> None:
    body = json.dumps({"MaxResults": 1}).encode().ljust(1024 * 1024)
    assert call.post("ListHITs", body).json()["NumResults"] == 1


def raw(call: Caller, request: bytes) -> bytes:
    place = urlsplit(call.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        try:
            connection.sendall(request)
            return connection.recv(65536)
        except ConnectionError:
            return b""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil",
        "",
        "a@localhost",
        "[::2]",
        "[::1",
        "localhost:7878/x",
        "localhost:",
        "localhost:1\u00e9",
        "10.0.0.1",
        "0.0.0.0",  # noqa: S104 - a name to refuse
    ],
)
def test_a_host_that_is_not_loopback_is_refused(call: Caller, host: str) -> None:
    head = f"Host: {host}\r\nX-Amz-Target: MTurkRequesterServiceV20170117.ListHITs\r\n"
    request = f"POST / HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}"
    status = raw(call, request.encode("latin-1")).split(b"\r\n")[0]
    assert status.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400"))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:7878", "127.1.2.3", "[::1]:1"]
)
def test_a_host_that_is_loopback_is_answered(call: Caller, host: str) -> None:
    response = call.post("ListHITs", {}, Host=host)
    assert response.status_code == 200
    sent = {"AssignmentId": "S50", "QuestionIdentifier": "empty"}
    url = call.post("GetFileUploadURL", sent, Host=host).json()["FileUploadURL"]
    assert url == f"http://{host}/uploads/S50/empty"


def test_a_request_of_no_host_is_refused(call: Caller) -> None:
    assert raw(call, b"GET /uploads/S50/empty HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    "path",
    [
        "/uploads/../../etc/passwd",
        "/uploads/%2e%2e/%2e%2e/etc/passwd",
        "/uploads/..%2f..%2fetc%2fpasswd/x",
        "/uploads/S50/..%2f..%2f..%2fetc%2fpasswd",
        "/uploads/S50/",
        "/uploads/S50",
        "/uploads//empty",
        "/uploads/S50/empty/",
        "/uploads/S50/%ff",
        "/uploads/S50/%00",
        "/uploads/S50/%ed%a0%80",
        "/uploads/%27%20or%201=1%20--/x",
        "/etc/passwd",
        "//etc/passwd",
        "/..",
    ],
)
def test_no_path_leads_out_of_the_archive(call: Caller, path: str) -> None:
    reply = raw(call, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 404"), reply
    assert b"root:" not in reply


def test_other_methods_are_not_allowed(call: Caller) -> None:
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        assert call.http.request(method, "/").status_code == 405
    assert call.http.post("/uploads/S50/empty").status_code == 405


def test_web_pages_of_other_places_are_promised_nothing(call: Caller) -> None:
    response = call.post("ListHITs", {}, Origin="http://evil.example")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_any_authorization_will_do(call: Caller) -> None:
    assert call.post("ListHITs", {}, Authorization="nonsense").status_code == 200


def test_a_damaged_archive_is_a_fault_of_ours_without_details(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mturk.db"
    build(path)
    with background(path) as url:
        client = client_of(url)
        path.write_bytes(b"SQLite format 3\x00" + b"x" * 5000)
        with pytest.raises(client.exceptions.ServiceFault, match="cannot be read") as caught:
            client.list_hits()
        client.close()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert str(tmp_path) not in json.dumps(caught.value.response, default=str)
    assert "a call was not answered" in caplog.text
