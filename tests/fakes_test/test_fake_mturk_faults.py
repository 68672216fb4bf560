"""Each fault as the vendor's client sees it."""

from __future__ import annotations

import time
from typing import Any, cast

import httpx
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)

from tests.fakes.mturk import (
    Chance,
    FakeMTurk,
    Faults,
    TokenBucket,
)
from tests.fakes_test.support import client_of, make_account, post, serving


def test_calls_above_the_rate_are_throttled_and_take_no_token() -> None:
    with serving(faults=Faults(throttle=TokenBucket(0.5, 3.0))) as (fake, client):
        for _ in range(3):
            client.get_account_balance()
        for _ in range(2):
            with pytest.raises(ClientError, match="Rate exceeded") as caught:
                client.get_account_balance()
            assert caught.value.response["Error"]["Code"] == "ThrottlingException"
        time.sleep(2.1)
        client.get_account_balance()
        assert fake.calls["GetAccountBalance", "throttle"] == 2


def test_throttling_may_be_limited_to_some_operations() -> None:
    bucket = TokenBucket(0.0, 0.0, frozenset({"ListHITs"}))
    with serving(faults=Faults(throttle=bucket)) as (_, client):
        client.get_account_balance()
        with pytest.raises(ClientError, match="Rate exceeded"):
            client.list_hits()


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("service_fault", ClientError, "ServiceFault"),
        ("unavailable", ClientError, "503"),
        ("reset", (ConnectionClosedError, HTTPClientError), "onnection"),
    ],
)
def test_each_fault_reaches_the_client_and_passes(
    fault: str, error: type[Exception] | tuple[type[Exception], ...], says: str
) -> None:
    faults = Faults(**cast("Any", {fault: Chance(1.0, at_most=1)}))
    with serving(faults=faults) as (fake, client):
        with pytest.raises(error, match=says):
            client.list_hits()
        assert client.list_hits()["NumResults"] == 7
        assert fake.calls == {("ListHITs", fault): 1, ("ListHITs", "ok"): 1}


@pytest.mark.parametrize("fault", ["not_json", "cut_json", "cut_body"])
def test_the_vendors_client_takes_a_broken_200_for_a_reply_without_members(fault: str) -> None:
    """Botocore raises nothing here: only the missing NumResults gives the broken reply away."""
    faults = Faults(**cast("Any", {fault: Chance(1.0, at_most=1)}))
    with serving(faults=faults) as (fake, client):
        assert client.list_hits().keys() == {"ResponseMetadata"}
        assert client.list_hits()["NumResults"] == 7
        assert fake.calls == {("ListHITs", fault): 1, ("ListHITs", "ok"): 1}


@pytest.mark.parametrize("fault", ["not_json", "cut_json"])
def test_a_reply_that_is_no_json_is_whole_and_a_200(fault: str) -> None:
    with FakeMTurk(make_account(), faults=Faults(**cast("Any", {fault: 1.0}))) as fake:
        reply = post(fake, "ListHITs")
        assert reply.status_code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
            reply.json()


def test_a_cut_body_is_shorter_than_its_length_says() -> None:
    with (
        FakeMTurk(make_account(), faults=Faults(cut_body=1.0)) as fake,
        pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"),
    ):
        post(fake, "ListHITs")


def test_a_hang_outlasts_the_clients_patience_and_not_the_fakes_end() -> None:
    faults = Faults(hang=Chance(1.0, at_most=1), hang_seconds=30.0)
    began = time.monotonic()
    with FakeMTurk(make_account(), faults=faults) as fake, client_of(fake, 0.2) as client:
        with pytest.raises(ReadTimeoutError):
            client.list_hits()
        assert client.list_hits()["NumResults"] == 7
        assert fake.calls["ListHITs", "hang"] == 1
    assert time.monotonic() - began < 10


def test_faults_follow_their_seed_and_their_operations() -> None:
    def outcomes(seed: int) -> list[str]:
        chance = Chance(0.5, frozenset({"ListHITs"}))
        with FakeMTurk(make_account(), faults=Faults(seed, service_fault=chance)) as fake:
            for _ in range(20):
                post(fake, "ListHITs")
                post(fake, "GetAccountBalance")
            assert fake.times("GetAccountBalance", "ok") == 20
            return [each.outcome for each in fake.log]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)
    assert {"ok", "service_fault"} == set(outcomes(1))


def test_a_poisoned_hit_always_answers_500_to_that_operation() -> None:
    faults = Faults(poison={"ListAssignmentsForHIT": {"H5"}})
    with serving(faults=faults) as (fake, client):
        for _ in range(3):
            with pytest.raises(client.exceptions.ServiceFault):
                client.list_assignments_for_hit(HITId="H5")
        client.list_assignments_for_hit(HITId="H6")
        client.get_hit(HITId="H5")
        assert fake.calls["ListAssignmentsForHIT", "poison"] == 3


def test_a_mangled_record_is_served_as_mangled() -> None:
    faults = Faults(
        mangle={
            "H1": lambda record: record | {"MaxAssignments": "many", "Expiration": "soon"},
            "A6-0": lambda _: None,
            ("A6-0", "1"): lambda record: [record],
        }
    )
    with FakeMTurk(make_account(), faults=faults) as fake:
        hit = post(fake, "GetHIT", {"HITId": "H1"}).json()["HIT"]
        assert (hit["MaxAssignments"], hit["Expiration"]) == ("many", "soon")
        held = post(fake, "ListAssignmentsForHIT", {"HITId": "H6"}).json()["Assignments"]
        assert held[0] is None
        paid = post(fake, "ListBonusPayments", {"HITId": "H6"}).json()["BonusPayments"]
        assert [type(each) for each in paid] == [dict, list, dict]
        assert fake.raw("assignments", "A6-0") == "null"
