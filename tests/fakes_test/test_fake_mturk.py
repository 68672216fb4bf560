"""The fake held against the vendor: botocore's client, and botocore's service model."""

from __future__ import annotations

import json
from typing import cast

import botocore.session
import httpx
import pytest
from botocore import xform_name
from botocore.exceptions import (
    ClientError,
)
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from tests.fakes.mturk import (
    Chance,
    FakeMTurk,
    Faults,
    dispose,
)
from tests.fakes.mturk_model import PARAMETERS, WRITES
from tests.fakes_test.support import (
    PLAIN,
    READS,
    TYPE_ID,
    assert_request_error,
    make_account,
    post,
    serving,
)


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("mturk")


def test_it_knows_every_operation_and_parameter_of_the_model(model: ServiceModel) -> None:
    assert set(PARAMETERS) | WRITES == set(model.operation_names)
    for operation, names in PARAMETERS.items():
        shape = cast("StructureShape", model.operation_model(operation).input_shape)
        assert {name.rstrip("!") for name in names.split()} == set(shape.members)
        assert {n.rstrip("!") for n in names.split() if n.endswith("!")} == set(
            shape.required_members
        )


def assert_shape(value: object, shape: Shape, where: str) -> None:
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict), where
        assert value.keys() <= shape.members.keys(), where
        for name, each in value.items():
            assert_shape(each, shape.members[name], f"{where}.{name}")
    elif isinstance(shape, ListShape):
        assert isinstance(value, list), where
        for each in value:
            assert_shape(each, shape.member, where)
    else:
        allowed: dict[str, tuple[type, ...]] = {
            "string": (str,),
            "boolean": (bool,),
            "timestamp": (int, float),
        }
        assert isinstance(value, allowed.get(shape.type_name, (int,))), where
        enum = getattr(shape, "enum", None)
        assert not enum or value in enum, where


@pytest.mark.parametrize(("operation", "params"), READS)
def test_every_reply_has_the_shape_of_the_model(
    model: ServiceModel, operation: str, params: dict[str, object]
) -> None:
    bodies: list[bytes] = []
    account = make_account()
    account.hits["H6"]["HITStatus"] = "Reviewable"
    with serving(account) as (fake, client):
        client.meta.events.register(
            "before-parse.mturk",
            lambda response_dict, **_: bodies.append(response_dict["body"]),
        )
        getattr(client, xform_name(operation))(**params)
        assert fake.calls == {(operation, "ok"): 1}
        assert fake.log[0].params == params
    shape = model.operation_model(operation).output_shape
    reply = json.loads(bodies[0])
    assert shape is not None
    assert_shape(reply, shape, operation)
    assert reply.get("NumResults", 1) > 0


def test_each_entity_that_does_not_exist_has_its_own_code() -> None:
    with serving() as (_, client):
        no_type = {"QualificationTypeId": "NONE"}
        for call, code in (
            (lambda: client.get_hit(HITId="X"), "HITDoesNotExist"),
            (lambda: client.list_assignments_for_hit(HITId="X"), "HITDoesNotExist"),
            (lambda: client.list_bonus_payments(HITId="X"), "HITDoesNotExist"),
            (lambda: client.list_review_policy_results_for_hit(HITId="X"), "HITDoesNotExist"),
            (lambda: client.get_assignment(AssignmentId="X"), "AssignmentDoesNotExist"),
            (lambda: client.list_bonus_payments(AssignmentId="X"), "AssignmentDoesNotExist"),
            (client.list_bonus_payments, "InvalidParameterValue"),
            (lambda: client.get_qualification_type(**no_type), "QualificationTypeDoesNotExist"),
            (
                lambda: client.list_workers_with_qualification_type(**no_type),
                "QualificationTypeDoesNotExist",
            ),
            (
                lambda: client.get_qualification_score(QualificationTypeId=TYPE_ID, WorkerId="X"),
                "QualificationDoesNotExist",
            ),
            (
                lambda: client.list_workers_with_qualification_type(
                    QualificationTypeId="00000000000000000040"
                ),
                "PermissionDeniedException",
            ),
            (
                lambda: client.get_file_upload_url(AssignmentId="A6-1", QuestionIdentifier="q"),
                "InvalidParameterValue",
            ),
        ):
            assert_request_error(client, call, code)


@pytest.mark.parametrize("operation", sorted(WRITES))
def test_every_write_is_refused_and_recorded(operation: str) -> None:
    with FakeMTurk(make_account()) as fake:
        fake.refuse_all = (503, "closed")
        assert post(fake, operation, {"HITId": "H1"}).status_code == 400
        assert [each.operation for each in fake.writes()] == [operation]
        assert fake.log[0].params == {"HITId": "H1"}


def test_a_write_of_the_vendors_client_is_refused() -> None:
    with serving() as (fake, client):
        with pytest.raises(client.exceptions.RequestError):
            client.delete_hit(HITId="H1")
        assert fake.calls == {("DeleteHIT", "write"): 1}


def test_requests_that_are_no_calls_are_refused() -> None:
    with FakeMTurk(make_account()) as fake:
        assert post(fake, "Nonsense").json()["__type"] == "UnknownOperationException"
        unsigned = post(fake, "ListHITs", Authorization="Bearer x").json()
        assert unsigned["__type"] == "MissingAuthenticationTokenException"
        assert post(fake, "ListHITs", [1]).json()["__type"] == "SerializationException"
        assert httpx.get(f"{fake.endpoint_url}/nothing", verify=PLAIN).status_code == 404
        assert sum(fake.calls.values()) == 3


def test_credentials_can_be_refused() -> None:
    with serving() as (fake, client):
        for code in ("ExpiredTokenException", "UnrecognizedClientException"):
            fake.credentials_error = code
            with pytest.raises(ClientError) as caught:
                client.get_account_balance()
            assert caught.value.response["Error"]["Code"] == code
        assert fake.times("GetAccountBalance", "refused") == 2


def test_everything_can_be_answered_verbatim() -> None:
    with FakeMTurk(make_account()) as fake:
        fake.refuse_all = (410, "<html>Closed</html>")
        reply = post(fake, "ListHITs")
        assert (reply.status_code, reply.text) == (410, "<html>Closed</html>")
        assert reply.headers["content-type"].startswith("text/html")


def test_an_uploaded_file_is_served_and_is_no_api_call() -> None:
    with serving() as (fake, client):
        reply = client.get_file_upload_url(AssignmentId="A6-0", QuestionIdentifier="photo")
        assert httpx.get(reply["FileUploadURL"], verify=PLAIN).content == b"\x89PNG"
        assert fake.uploads_served == {("A6-0", "photo"): 1}
        assert sum(fake.calls.values()) == 1
        fake.upload_lifetime = 0.0
        assert httpx.get(reply["FileUploadURL"], verify=PLAIN).status_code == 403
        dispose(fake.account, "H6")
        assert httpx.get(reply["FileUploadURL"], verify=PLAIN).status_code == 404


def test_a_download_fails_only_when_a_fault_names_it() -> None:
    with serving(faults=Faults(unavailable=Chance(1.0, at_most=0))) as (fake, client):
        url = client.get_file_upload_url(AssignmentId="A6-0", QuestionIdentifier="photo")
        fake.faults = Faults(unavailable=1.0)
        assert httpx.get(url["FileUploadURL"], verify=PLAIN).status_code == 200
        fake.faults = Faults(unavailable=Chance(1.0, frozenset({"download"})))
        assert httpx.get(url["FileUploadURL"], verify=PLAIN).status_code == 503
