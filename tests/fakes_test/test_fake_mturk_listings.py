"""What the fake lists and how it pages."""

from __future__ import annotations

import time

import pytest

from mturk_exodus.demo.account import Account
from tests.fakes.mturk import (
    FakeMTurk,
    TokenLifetime,
    add_hit,
    dispose,
    submit,
)
from tests.fakes_test.support import (
    TYPE_ID,
    assert_request_error,
    hit_ids,
    make_account,
    post,
    serving,
    tokens_of,
)


def test_every_page_with_records_has_a_token_and_the_end_is_an_empty_page() -> None:
    with serving() as (fake, client):
        records, sizes = tokens_of(client.list_hits, "HITs", MaxResults=3)
        assert [each["HITId"] for each in records] == [f"H{number}" for number in range(7)]
        assert sizes == [3, 3, 1, 0]
        token = client.list_hits()["NextToken"]
        assert token.startswith("p1:")
        assert len(token) <= 255
        assert fake.times("ListHITs", "ok") == 5
    with serving(Account()) as (_, client):
        assert "NextToken" not in client.list_hits()


def test_the_default_page_holds_ten() -> None:
    account = Account()
    for number in range(25):
        add_hit(account, f"H{number}")
    with serving(account) as (_, client):
        assert tokens_of(client.list_hits, "HITs")[1] == [10, 10, 5, 0]
        assert tokens_of(client.list_hits, "HITs", MaxResults=100)[1] == [25, 0]
    with serving(account, page_limit=20) as (_, client):
        assert tokens_of(client.list_hits, "HITs", MaxResults=100)[1] == [20, 5, 0]


def test_short_pages_still_give_everything_once() -> None:
    account = Account()
    for number in range(60):
        add_hit(account, f"H{number}")
    with serving(account, short_pages=True) as (_, client):
        records, sizes = tokens_of(client.list_hits, "HITs", MaxResults=20)
        assert [each["HITId"] for each in records] == list(account.hits)
        assert min(sizes[:-1]) < 20
        assert 0 not in sizes[:-1]


@pytest.mark.parametrize("size", [0, 101, -1])
def test_a_page_size_out_of_range_is_refused(size: int) -> None:
    with FakeMTurk(make_account()) as fake:
        reply = post(fake, "ListHITs", {"MaxResults": size})
        assert reply.status_code == 400
        assert reply.json()["__type"] == "ValidationException"
        assert fake.calls == {("ListHITs", "error"): 1}


@pytest.mark.parametrize(
    "params", [{}, {"HITId": 1}, {"HITId": "H1", "Typo": 1}, {"HITId": "H1", "MaxResults": True}]
)
def test_parameters_that_the_model_has_not_are_refused(params: dict[str, object]) -> None:
    with FakeMTurk(make_account()) as fake:
        reply = post(fake, "ListAssignmentsForHIT", params)
        assert reply.json()["__type"] == "ValidationException"


def test_pages_shift_under_offset_paging_and_not_under_key_paging() -> None:
    seen: dict[str, list[str]] = {}
    for paging in ("offset", "key"):
        with serving(paging=paging) as (fake, client):
            fake.after(1, lambda account: dispose(account, "H0"))
            fake.after(2, lambda account: add_hit(account, "NEW", first=True))
            seen[paging] = hit_ids(client, MaxResults=2)
    assert seen["offset"] == ["H0", "H1", "H3", "H4", "H4", "H5", "H6"]
    assert seen["key"] == [f"H{number}" for number in range(7)]


def test_key_paging_goes_on_when_the_last_record_given_has_vanished() -> None:
    account = Account(worker_blocks=[{"WorkerId": f"W{n}", "Reason": ""} for n in range(6)])
    for gone in (slice(1, 2), slice(0, 2)):
        with serving(account, paging="key") as (fake, client):
            original = list(account.worker_blocks)

            def remove(moved: Account, gone: slice = gone) -> None:
                del moved.worker_blocks[gone]

            fake.after(1, remove)
            given, _ = tokens_of(client.list_worker_blocks, "WorkerBlocks", MaxResults=2)
            assert [each["WorkerId"] for each in given] == [f"W{n}" for n in range(6)]
            account.worker_blocks = original


def test_a_token_expires_after_calls() -> None:
    with serving(token_lifetime=TokenLifetime(calls=1)) as (_, client):
        token = client.list_hits(MaxResults=2)["NextToken"]
        assert client.list_hits(MaxResults=2, NextToken=token)["NumResults"] == 2
        assert_request_error(
            client, lambda: client.list_hits(NextToken=token), "InvalidParameterValue"
        )


def test_a_token_expires_after_seconds() -> None:
    with serving(token_lifetime=TokenLifetime(seconds=0.05)) as (_, client):
        token = client.list_hits(MaxResults=2)["NextToken"]
        time.sleep(0.1)
        assert_request_error(
            client, lambda: client.list_hits(NextToken=token), "InvalidParameterValue"
        )


def test_a_token_is_good_for_its_own_listing_only() -> None:
    with serving() as (_, client):
        token = client.list_assignments_for_hit(HITId="H6", MaxResults=2)["NextToken"]
        for other in (
            lambda: client.list_assignments_for_hit(HITId="H5", NextToken=token),
            lambda: client.list_hits(NextToken=token),
            lambda: client.list_hits(NextToken="p1:made-up"),
        ):
            assert_request_error(client, other, "InvalidParameterValue")


def test_assignments_are_filtered_by_status() -> None:
    with serving() as (_, client):

        def count(*statuses: str) -> int:
            params = {"AssignmentStatuses": list(statuses)} if statuses else {}
            reply = client.list_assignments_for_hit(HITId="H2", **params)
            return int(reply["NumResults"])

        assert (count(), count("Approved"), count("Submitted")) == (2, 1, 0)
        assert count("Approved", "Rejected") == 2


def test_workers_are_the_granted_ones_by_default() -> None:
    with serving() as (_, client):
        call = client.list_workers_with_qualification_type
        granted = [each["WorkerId"] for each in call(QualificationTypeId=TYPE_ID)["Qualifications"]]
        revoked = call(QualificationTypeId=TYPE_ID, Status="Revoked")["Qualifications"]
        assert granted == ["W0", "W1", "W3"]
        assert [each["WorkerId"] for each in revoked] == ["W2"]


def test_qualification_types_are_filtered() -> None:
    with serving() as (_, client):

        def names(**params: object) -> list[str]:
            reply = client.list_qualification_types(MustBeRequestable=False, **params)
            return [each["Name"] for each in reply["QualificationTypes"]]

        assert names(MustBeOwnedByCaller=True) == ["Labels well"]
        assert names(Query="masters") == ["Masters"]
        assert len(names()) == 6
        assert client.list_qualification_types(MustBeRequestable=True)["NumResults"] == 0


def test_reviewable_hits_are_ids_only() -> None:
    account = Account()
    add_hit(account, "H1")
    submit(account, "H1", "A1", "W1")
    add_hit(account, "H2")
    with serving(account) as (_, client):
        assert client.list_reviewable_hits()["HITs"] == [{"HITId": "H1"}]
        assert client.list_reviewable_hits(HITTypeId="other")["NumResults"] == 0
        assert client.list_reviewable_hits(Status="Reviewing")["NumResults"] == 0


def test_review_results_page_over_both_levels_without_a_token_at_the_end() -> None:
    with serving() as (fake, client):
        wanted = {"HITId": "H6", "RetrieveActions": True, "RetrieveResults": True}
        found: list[str] = []
        token: dict[str, str] = {}
        for _ in range(3):
            page = client.list_review_policy_results_for_hit(MaxResults=2, **wanted, **token)
            for report in ("AssignmentReviewReport", "HITReviewReport"):
                for member in ("ReviewResults", "ReviewActions"):
                    found += [each["ActionId"] for each in page.get(report, {}).get(member, [])]
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
        assert found == ["R0", "R1", "R2", "X1", "R0"]
        assert not token
        assert len(fake.raw("review_policy_results", "H6")) == 5


def test_review_results_come_only_when_asked_for() -> None:
    with serving() as (_, client):
        call = client.list_review_policy_results_for_hit
        bare = call(HITId="H6")
        assert "AssignmentReviewReport" not in bare
        assert bare["HITReviewPolicy"]["PolicyName"].startswith("SimplePlurality")
        one = call(HITId="H6", PolicyLevels=["HIT"], RetrieveResults=True)
        assert len(one["HITReviewReport"]["ReviewResults"]) == 1
        assert "AssignmentReviewPolicy" not in one
        assert set(call(HITId="H1")) == {"HITId", "ResponseMetadata"}
