"""Prolific's API: three ways of giving a list, four of saying no, and what may be repeated."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus_prolific import refusals
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.asking import address
from tests.fakes.prolific import TOKEN, FakeProlific
from tests.fakes.prolific.wire import Shape

STRANGER = "0123456789abcdef01234567"
URL = "https://host.example/t/1?signature=s3cr3t&p={{%PROLIFIC_PID%}}"


def study(fake: FakeProlific, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": "Say what you see",
        "description": "One picture.",
        "access_details": [{"external_url": URL, "total_allocation": 2}],
        "prolific_id_option": "url_parameters",
        "completion_codes": [
            {"code": "DONE1", "code_type": "COMPLETED", "actions": [{"action": "MANUALLY_REVIEW"}]}
        ],
        "total_available_places": 2,
        "estimated_completion_time": 1,
        "reward": 20,
        "project": fake.account.project_id,
    }
    return body | changes


def finished(fake: FakeProlific, api: Api) -> tuple[str, str]:
    """The ids of a study and of the submission that somebody made in it."""
    study_id = api.make_study(study(fake))
    api.move_study(study_id, "PUBLISH")
    place = fake.join().reserve(study_id)
    place.start()
    place.complete("DONE1")
    return study_id, place.submission.id


def test_what_an_account_has_is_read(fake: FakeProlific, api: Api) -> None:
    workspace = fake.account.workspace_id
    assert api.me() == fake.account.user_id
    assert [one.id for one in api.workspaces()] == [workspace]
    assert [one.id for one in api.projects(workspace)] == [fake.account.project_id]
    assert api.balance(workspace).available == 1_000_000
    wage = api.wage(workspace, "USD")
    assert (wage.least, wage.recommended) == (800, 1200)
    assert "Approval Rate" in {one.title for one in api.filters(workspace)}


def test_every_page_of_a_list_is_read_and_none_beyond(fake: FakeProlific, api: Api) -> None:
    made = [api.make_study(study(fake, name=f"Study {number}")) for number in range(201)]
    assert [one.id for one in api.studies(fake.account.project_id)] == made[::-1]
    assert fake.times("GET /projects/{project_id}/studies/") == 3
    for one in made[1:101]:
        api.delete_study(one)
    assert len(list(api.studies(fake.account.project_id))) == 101


def test_a_list_that_has_become_shorter_meanwhile_is_over(fake: FakeProlific, api: Api) -> None:
    made = [api.make_study(study(fake)) for _ in range(101)]
    found = []
    for one in api.studies(fake.account.project_id):
        found.append(one.id)
        if len(found) == 1:
            api.delete_study(made[0])
    assert len(found) == 100


def test_every_portion_of_a_list_is_read(fake: FakeProlific, api: Api) -> None:
    workspace = fake.account.workspace_id
    made = {api.make_group(workspace, f"Group {number}", "Test") for number in range(401)}
    assert {one.id for one in api.groups(workspace)} == made


def test_a_study_is_made_read_changed_and_deleted(fake: FakeProlific, api: Api) -> None:
    study_id = api.make_study(study(fake, metadata="key"))
    found = api.study(study_id)
    assert found is not None
    assert found.is_draft
    assert found.members["metadata"] == "key"
    api.change_study(study_id, {"name": "Other"})
    assert [one.name for one in api.studies(fake.account.project_id)] == ["Other"]
    rewards, bonuses = api.study_cost(study_id, is_projected=True)
    assert [int(one) for one in (rewards.rewards, rewards.total, bonuses.total)] == [40, 53, 0]
    api.delete_study(study_id)
    assert api.study(study_id) is None


def test_groups_have_members_and_keep_their_name_when_deleted(fake: FakeProlific, api: Api) -> None:
    person = fake.join()
    group_id = api.make_group(fake.account.workspace_id, "Good", "of old")
    assert api.add_to_group(group_id, [person.id, STRANGER]) == [person.id]
    assert api.group_members(group_id) == [person.id]
    assert api.remove_from_group(group_id, [person.id]) == []
    api.change_group(group_id, {"name": "Better"})
    api.delete_group(group_id)
    group = api.group(group_id)
    assert group is not None
    assert (group.name, group.is_deleted) == ("Better", True)
    assert api.group(STRANGER) is None


def test_a_submission_says_who_made_it_in_lists_and_by_itself(fake: FakeProlific, api: Api) -> None:
    study_id, submission_id = finished(fake, api)
    (listed,) = api.submissions(study_id)
    alone = api.submission(submission_id)
    assert alone is not None
    assert listed.participant_id == alone.participant_id
    assert (listed.status, listed.entered_code) == ("AWAITING REVIEW", "DONE1")
    assert listed.completed_at == alone.completed_at


def test_bonuses_are_set_up_and_paid_when_they_are_told_to_be(fake: FakeProlific, api: Api) -> None:
    study_id, submission_id = finished(fake, api)
    bonuses = api.set_up_bonuses(study_id, f"{submission_id},1.50")
    assert (int(bonuses.amount), int(bonuses.total), fake.paid("bonus")) == (150, 200, 0)
    api.pay_bonuses(bonuses.id)
    alone = api.submission(submission_id)
    assert alone is not None
    assert alone.bonus_payments == (150,)


@pytest.mark.parametrize("fault", ["lost", "lost_500", "lost_gateway", "server_error"])
def test_what_makes_or_pays_is_never_repeated(fake: FakeProlific, api: Api, fault: str) -> None:
    study_id, submission_id = finished(fake, api)
    bonuses = api.set_up_bonuses(study_id, f"{submission_id},1.50")
    fake.faults.next("POST /studies/", fault)
    with pytest.raises(errors.OutcomeUnknown):
        api.make_study(study(fake))
    assert fake.times("POST /studies/") == 2
    fake.faults.next("POST /bulk-bonus-payments/{id}/pay/", fault)
    with pytest.raises(errors.OutcomeUnknown):
        api.pay_bonuses(bonuses.id)
    assert fake.times("POST /bulk-bonus-payments/{id}/pay/") == 1


def test_what_does_no_harm_twice_is_repeated(fake: FakeProlific, api: Api) -> None:
    study_id = api.make_study(study(fake))
    fake.faults.next("PATCH /studies/{id}/", "lost", "unavailable")
    api.change_study(study_id, {"name": "Other"})
    fake.faults.next("GET /studies/{id}/", "lost", "cut_body")
    assert api.study(study_id) is not None
    fake.faults.throttle(3)
    assert api.study(study_id) is not None


@pytest.mark.parametrize("shape", get_args(Shape))
def test_a_refusal_says_why_in_each_of_the_four_shapes(
    fake: FakeProlific, api: Api, shape: Shape
) -> None:
    fake.error_shape = shape
    with fake.forgiving(), pytest.raises(errors.TargetRejected) as caught:
        api.make_study(study(fake, reward=0))
    assert str(caught.value).startswith("Prolific refuses it: ")
    assert "whole number of at least 1" in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        f'{{"detail": "These did not take part: {STRANGER}, {STRANGER}"}}',
        f'{{"error": {{"detail": {{"access_details": ["{URL} is there twice"]}}}}}}',
        '{"message": "somebody@example.com may not"}',
        f'{{"issues": [{{"page": 0, "row": 1, "message": "see {URL}"}}]}}',
    ],
)
def test_a_refusal_names_no_participant_and_no_link(said: str) -> None:
    shown = refusals.reason(said)
    assert "…" in shown
    assert [one for one in (STRANGER, "host.example", "s3cr3t", "@") if one in shown] == []


@pytest.mark.parametrize("said", ["", "<html>", "[]", "5", '{"detail": 5}', "[" * 100_000])
def test_what_is_no_refusal_of_prolifics_says_nothing(said: str) -> None:
    assert refusals.reason(said) == ""


def test_a_feature_that_is_not_enabled_is_told(fake: FakeProlific, api: Api) -> None:
    with fake.forgiving(), pytest.raises(errors.TargetRejected, match="has not enabled that"):
        api.make_study(study(fake, is_external_study_url_secure=True))


def test_too_little_money_is_told(fake: FakeProlific, api: Api) -> None:
    fake.account.workspaces[fake.account.workspace_id].funds = 10
    study_id = api.make_study(study(fake))
    with pytest.raises(errors.TargetRejected, match="top it up"):
        api.move_study(study_id, "PUBLISH")


def test_another_token_is_refused_and_not_said(fake: FakeProlific) -> None:
    with (
        http.client(secrets=["other-token"]) as client,
        pytest.raises(errors.TargetRefused, match="copy it again") as caught,
    ):
        Api(fake.url, "other-token", client).me()
    assert "other-token" not in str(caught.value)


def test_an_id_leads_nowhere_else(api: Api) -> None:
    for wrong in ("", "../users/me", f"{STRANGER}/", "x" * 24, STRANGER.upper()):
        with pytest.raises(errors.TargetRejected, match="24 letters"):
            api.study(wrong)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "1"}', b'{"id": 5}', b"<html>"])
def test_what_is_no_reply_of_prolifics_is_not_understood(body: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with http.client(transport) as client:
        api = Api("https://prolific.example", TOKEN, client)
        for ask in (api.me, lambda: api.study(STRANGER), lambda: list(api.studies(STRANGER))):
            with pytest.raises(errors.TargetNotUnderstood):
                ask()


def test_a_list_that_comes_whole_whatever_is_asked_for_ends() -> None:
    """Prolific's description says nothing of portions where groups are listed."""
    asked: list[str] = []
    one = {"id": STRANGER, "name": "A", "description": ""}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["offset"])
        return httpx.Response(200, json={"results": [one]})

    with http.client(httpx.MockTransport(answer)) as client:
        api = Api("https://prolific.example", TOKEN, client)
        assert [group.id for group in api.groups(STRANGER)] == [STRANGER]
    assert asked == ["0", "1"]


@pytest.mark.parametrize("number", ["1e400", "-1e999", "NaN", "9" * 400, "1" + "0" * 13])
def test_a_number_that_no_money_has_is_not_understood(number: str) -> None:
    body = (
        f'{{"currency_code": "USD", "total_balance": {number}, "available_balance": 1,'
        f' "id": "{STRANGER}", "study": "{STRANGER}", "amount": 1, "fees": {number}, "vat": 0,'
        ' "total_amount": 1}'
    ).encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with http.client(transport) as client:
        api = Api("https://prolific.example", TOKEN, client)
        for ask in (lambda: api.balance(STRANGER), lambda: api.set_up_bonuses(STRANGER, "")):
            with pytest.raises(errors.TargetNotUnderstood):
                ask()


@pytest.mark.parametrize("same", ["HTTPS://API.Prolific.com", "https://api.prolific.com:443/"])
def test_an_address_is_the_same_however_it_is_spelled(same: str) -> None:
    """What was made, and paid, is known by it."""
    assert address(same) == "https://api.prolific.com"


@pytest.mark.parametrize(
    "wrong", ["", "api.prolific.com", "ftp://a", "https://a/api", "https://a@b", "https://a?b"]
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(errors.SettingMissing, match=r"^url.*(https?://|without name)"):
        address(wrong)
