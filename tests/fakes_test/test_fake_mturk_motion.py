"""An account that moves between two calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from botocore.exceptions import (
    ClientError,
)

from mturk_exodus.demo.account import Account
from tests.fakes.mturk import (
    FakeMTurk,
    accept,
    add_hit,
    approve,
    dispose,
    expire,
    give_back,
    overturn,
    pay_bonus,
    reject,
    submit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.fakes_test.support import assert_request_error, hit_ids, make_account, post, serving


def assert_counters(account: Account) -> None:
    for hit_id, hit in account.hits.items():
        held = account.assignments[hit_id]
        reviewed = [each for each in held if each["AssignmentStatus"] != "Submitted"]
        open_ones = hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"]
        assert hit["MaxAssignments"] - open_ones == len(held)
        assert hit["NumberOfAssignmentsCompleted"] == len(reviewed)
        for each in held:
            assert (
                each["AutoApprovalTime"] - each["SubmitTime"] == hit["AutoApprovalDelayInSeconds"]
            )


def test_every_motion_keeps_the_counters_right() -> None:
    account = make_account()
    moves: list[Callable[[Account], object]] = [
        lambda it: add_hit(it, "N", 3),
        lambda it: accept(it, "N"),
        lambda it: give_back(it, "N"),
        lambda it: accept(it, "N"),
        lambda it: submit(it, "N", "NA1", "W1"),
        lambda it: submit(it, "N", "NA2", "W2"),
        lambda it: approve(it, "NA1", "Thank you"),
        lambda it: reject(it, "NA2", "No"),
        lambda it: overturn(it, "NA2"),
        lambda it: pay_bonus(it, "NA2"),
        lambda it: expire(it, "N"),
        lambda it: dispose(it, "N"),
    ]
    assert_counters(account)
    for move in moves:
        move(account)
        assert_counters(account)
    assert account.hits["N"]["NumberOfAssignmentsAvailable"] == 1
    assert account.assignments["N"][1]["AssignmentStatus"] == "Approved"
    assert "RejectionTime" not in account.assignments["N"][1]


def test_the_status_follows_the_counters() -> None:
    account = Account()
    hit = add_hit(account, "H", 1)
    accept(account, "H")
    assert hit["HITStatus"] == "Unassignable"
    submit(account, "H", "A", "W")
    assert hit["HITStatus"] == "Reviewable"
    with pytest.raises(ValueError, match="nothing left"):
        submit(account, "H", "A2", "W2")
    with pytest.raises(ValueError, match="nothing pending"):
        give_back(account, "H")
    with pytest.raises(ValueError, match="A is Submitted"):
        overturn(account, "A")
    with pytest.raises(KeyError):
        approve(account, "none")


def test_a_disposed_hit_leaves_the_listings_and_answers_to_its_id_for_a_while() -> None:
    with serving() as (fake, client):
        dispose(fake.account, "H6")
        assert "H6" not in hit_ids(client, MaxResults=100)
        assert client.get_hit(HITId="H6")["HIT"]["HITStatus"] == "Disposed"
        assert client.list_assignments_for_hit(HITId="H6")["NumResults"] == 6
        fake.answers_by_id = False
        assert_request_error(client, lambda: client.get_hit(HITId="H6"), "HITDoesNotExist")
        call = client.list_assignments_for_hit
        assert_request_error(client, lambda: call(HITId="H6"), "HITDoesNotExist")
        fake.forgotten.add("H5")
        assert_request_error(client, lambda: client.get_hit(HITId="H5"), "HITDoesNotExist")


def test_hooks_run_once_at_their_call_and_may_wait_for_an_operation() -> None:
    ran: list[str] = []
    with serving() as (fake, client):
        fake.after(2, lambda _: ran.append("second"))
        fake.after(1, lambda _: ran.append("listing"), operation="ListHITs")
        client.get_account_balance()
        assert ran == []
        with pytest.raises(ClientError):
            client.get_hit(HITId="X")
        client.get_account_balance()
        assert ran == ["second"]
        client.list_hits()
        client.list_hits()
        assert ran == ["second", "listing"]


def test_a_hook_that_fails_fails_the_test() -> None:
    def broken(_: Account) -> None:
        raise LookupError("a mistake in a test")

    def ask() -> None:
        with FakeMTurk(make_account()) as fake:
            fake.after(1, broken)
            with pytest.raises(httpx.TransportError):
                post(fake, "ListHITs")

    with pytest.raises(LookupError):
        ask()


def test_lagging_counters_show_in_list_hits_only() -> None:
    with serving() as (fake, client):
        fake.lagging["H1"] = {"NumberOfAssignmentsAvailable": 2}
        listed = client.list_hits()["HITs"][1]
        assert listed["NumberOfAssignmentsAvailable"] == 2
        assert client.get_hit(HITId="H1")["HIT"]["NumberOfAssignmentsAvailable"] == 1
        assert json.loads(fake.raw("hits", "H1"))["NumberOfAssignmentsAvailable"] == 1
