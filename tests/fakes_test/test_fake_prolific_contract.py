"""The fake, and every request of its tests, against the vendor's own description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.prolific import FakeProlific
from tests.fakes.prolific.contract import Contract, description, document
from tests.fakes.prolific.faults import INSTEAD
from tests.fakes.prolific.patches import PATCHES, UNLISTED
from tests.fakes.wire_server import Reply, Request
from tests.fakes_test.prolific_support import prolific
from tests.fakes_test.prolific_tour import tour

pytestmark = pytest.mark.skipif(
    not description().is_file(),
    reason=f"the description is not at {description()}; set EXODUS_PROLIFIC",
)
STRICTER = ("path parameters", "study query")
"""Patches that refuse more than the description does; each has a test of its own."""
Exchanges = list[tuple[Request, Reply]]


@pytest.fixture(scope="module")
def exchanges() -> Exchanges:
    with prolific() as client:
        tour(client)
        return client.fake.exchanges


def test_the_tour_calls_every_operation_and_breaks_no_rule(exchanges: Exchanges) -> None:
    contract = Contract(document())
    assert [each for one in exchanges for each in contract.violations(*one)] == []
    with FakeProlific() as fake:
        every = {name for name, _, _ in fake._routes}
    seen = {fake._found(one.method, one.path.partition("?")[0][7:])[0] for one, _ in exchanges}
    assert every - seen == {"POST /data-collection/datasets/{dataset_id}/datapoints"}


def test_the_fake_has_no_operation_that_is_neither_described_nor_listed() -> None:
    known = Contract(document()).operations() | {f"{each[0]} {each[1]}" for each in UNLISTED}
    with FakeProlific() as fake:
        ours = {name.replace(" ", " /api/v1", 1) for name, _, _ in fake._routes}
    assert _bare(ours) <= _bare(known)


@pytest.mark.parametrize("name", [each.name for each in PATCHES if each.name not in STRICTER])
def test_no_patch_is_there_for_nothing(name: str, exchanges: Exchanges) -> None:
    """Without it, a call of the tour or an example of the vendor's own is refused."""
    described = document(patched=False)
    for each in PATCHES:
        if each.name != name:
            each.mend(described)
    contract = Contract(described)
    broken = any(contract.violations(*one) for one in exchanges)
    assert broken or list(_wrong_examples(contract))


def test_only_the_patched_description_declares_every_variable_of_a_path() -> None:
    assert _undeclared(document(patched=False))
    assert _undeclared(document()) == []


def test_the_descriptions_own_examples_pass_once_its_faults_are_patched() -> None:
    assert list(_wrong_examples(Contract(document()))) == []


def test_the_description_refuses_examples_of_its_own() -> None:
    wrong = list(_wrong_examples(Contract(document(patched=False))))
    assert {("POST", "study_with_taskflow")} <= {(method, name) for method, _, name in wrong}


@pytest.mark.parametrize(
    ("operation", "body", "says"),
    [
        ("GET /nowhere/", None, "has no such operation"),
        ("GET /studies", None, "has no such operation"),
        ("PUT /studies/", None, "has no such operation"),
        ("GET /studies/?limit=3", None, "the query has no parameter limit"),
        ("GET /studies/?page=two", None, "query page"),
        ("GET /submissions/", None, "the query needs study"),
        ("POST /studies/", {"name": "x"}, "'description' is a required property"),
        ("POST /studies/ffff/transition/", {"action": "PUBLISH", "force": True}, "no member force"),
        ("POST /studies/ffff/transition/", {"action": 1}, "1 is not of type 'string'"),
    ],
)
def test_a_request_against_the_description_is_found_out(
    operation: str, body: object, says: str
) -> None:
    with pytest.raises(AssertionError, match=says), prolific() as client:
        client.ask(operation, body)


def test_another_scheme_than_token_is_found_out() -> None:
    request = Request("GET", "/api/v1/users/me/", {"authorization": "Bearer abc"}, b"")
    found = Contract(document()).violations(request, Reply(401, b'{"message": "No."}'))
    assert found == ["GET /api/v1/users/me/: Authorization is not `Token ...`"]


@pytest.mark.parametrize("fault", INSTEAD)
def test_whatever_is_served_in_place_of_a_reply_can_be_held_against_the_description(
    fault: str,
) -> None:
    contract, headers = Contract(document()), {"authorization": "Token abc"}
    for operation in sorted(contract.operations()):
        method, _, path = operation.partition(" ")
        said = contract.violations(Request(method, path, headers, b""), INSTEAD[fault]())
        assert all(isinstance(each, str) for each in said)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"\xff"])
def test_a_reply_that_is_not_json_is_found_out(body: bytes) -> None:
    request = Request("GET", "/api/v1/users/me/", {"authorization": "Token abc"}, b"")
    (found,) = Contract(document()).violations(request, Reply(200, body))
    assert found == "GET /api/v1/users/me/: reply 200 is not JSON"


def test_a_test_may_send_on_purpose_what_is_wrong() -> None:
    with prolific() as client:
        with client.fake.forgiving():
            client.ask("GET /nowhere/")
        assert client.fake.violations == []


def _undeclared(described: dict[str, Any]) -> list[str]:
    """Paths with a variable that is not among the parameters, or need not be there."""
    return [
        path
        for path, item in described["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict)
        and set(re.findall(r"{(\w+)}", path))
        - {each["name"] for each in operation.get("parameters", []) if each.get("required")}
    ]


def _wrong_examples(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of each example of a request that its schema refuses."""
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            for name, example in _examples(operation):
                if contract.body_mistakes(method, path, example):
                    yield method.upper(), path, name


def _examples(operation: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - JSON
    if not isinstance(operation, dict):
        return
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for name, each in content.get("examples", {}).items():
        yield name, each["value"]
    if "example" in content:
        yield "example", content["example"]


def _bare(operations: set[str]) -> set[str]:
    """Whatever their variables are called."""
    return {re.sub(r"{\w+}", "{}", one) for one in operations}
