"""Studies of the fake: what a draft must be, how it moves, and what can change of it later."""

from __future__ import annotations

import pytest

from tests.fakes_test.prolific_support import (
    APPROVED,
    REVIEWED,
    URL,
    Client,
    Record,
    prolific,
)

BOTH = [*APPROVED["actions"], *REVIEWED["actions"]]
GROUP_OF_NOBODY = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": "f" * 24}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "name"),
        ({"description": None}, "description"),
        ({"reward": 0}, "reward"),
        ({"reward": 20.5}, "reward"),
        ({"estimated_completion_time": 0}, "estimated_completion_time"),
        ({"total_available_places": 0}, "total_available_places"),
        ({"prolific_id_option": "ask"}, "prolific_id_option"),
        ({"prolific_id_option": None}, "prolific_id_option"),
        ({"external_study_url": "host.example"}, "valid URL"),
        ({"external_study_url": None}, "exactly one of"),
        ({"access_details": [{"external_url": URL, "total_allocation": 2}]}, "exactly one of"),
        ({"maximum_allowed_time": 5}, "at least 6.0 minutes"),
        ({"maximum_allowed_time": 1440}, "less than 24 hours"),
        ({"device_compatibility": ["watch"]}, "watch"),
        ({"peripheral_requirements": ["smell"]}, "smell"),
        ({"study_labels": ["survey", "other"]}, "Only one"),
        ({"content_warnings": ["sensitive", "explicit"]}, "Only one"),
        ({"content_warning_details": "x" * 1001}, "1000"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"status": "ACTIVE"}, "transition"),
        ({"project": "f" * 24}, "no such project"),
        ({"naivety_distribution_rate": 1.5}, "between 0 and 1"),
        ({"submissions_config": {"max_submissions_per_participant": 0}}, "-1 or at least 1"),
        ({"submissions_config": {"auto_rejection_categories": ["EXCEPTIONALLY_FAST"]}}, "permissi"),
        ({"is_external_study_url_secure": True}, "permission"),
        ({"filter_set_id": "f" * 24}, "no such filter set"),
        ({"completion_codes": []}, "At least one"),
        ({"completion_codes": [APPROVED, APPROVED]}, "unique"),
        ({"completion_codes": [APPROVED | {"actor": "robot"}]}, "actor"),
        ({"completion_codes": [APPROVED | {"code": " "}]}, "blank"),
        ({"completion_codes": [APPROVED | {"code": None}]}, "null code"),
        ({"completion_codes": [APPROVED | {"actions": [{"action": "CLAP"}]}]}, "no such action"),
        ({"completion_codes": [APPROVED | {"actions": [GROUP_OF_NOBODY]}]}, "does not exist"),
        (
            {"completion_codes": [APPROVED | {"actions": BOTH}]},
            "not both",
        ),
        (
            {"completion_codes": [APPROVED | {"actions": [{"action": "DYNAMIC_PAYMENT"}]}]},
            "permission",
        ),
    ],
)
def test_a_draft_that_breaks_a_rule_is_refused(changes: Record, says: str) -> None:
    with prolific() as client:
        assert says in client.refused("POST /studies/", client.study(**changes))
        assert client.fake.drafts_created == 0


def test_all_that_is_wrong_is_said_by_field() -> None:
    with prolific() as client, client.fake.forgiving():
        reply = client.ask("POST /studies/", client.study(name="", reward=0))
        assert reply.json()["error"]["detail"].keys() == {"name", "reward"}


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ([{"filter_id": "shoe-size", "selected_values": ["9"]}], "no filter shoe-size"),
        ([{"filter_id": "sex", "selected_values": ["Male"]}], "has no value"),
        ([{"filter_id": "sex", "selected_values": []}], "needs selected_values"),
        ([{"filter_id": "age", "selected_range": {}}], "needs a selected_range"),
        ([{"filter_id": "age", "selected_range": {"lower": 17}}], "between 18 and 100"),
        ([{"filter_id": "age", "selected_range": {"lower": 40, "upper": 30}}], "above"),
        ([{"filter_id": "age", "selected_range": {"lower": "40"}}], "integer"),
        ([{"filter_id": "joined_between", "selected_range": {"lower": "soon"}}], "date"),
        ([{"filter_id": "or", "selected_filters": []}], "needs selected_filters"),
        ([{"filter_id": "custom_blocklist", "selected_values": ["A1WORKERID"]}], "no value"),
        ([{"filter_id": "participant_group_allowlist", "selected_values": ["f" * 24]}], "no value"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(chosen: list[Record], says: str) -> None:
    with prolific() as client:
        assert says in client.refused("POST /studies/", client.study(filters=chosen))


def test_what_is_kept_of_a_draft() -> None:
    with prolific() as client:
        body = client.study(
            description="<p onclick=x>a</p><script>b</script><b>c</b>", metadata="ours/1"
        )
        made = client.get("POST /studies/", body)
        assert made["description"] == "<p onclick=x>a</p>b<b>c</b>"
        assert (made["status"], made["metadata"]) == ("UNPUBLISHED", "ours/1")
        assert (made["maximum_allowed_time"], made["is_underpaying"]) == (6, False)
        listed = client.get("GET /studies/")["results"][0]
        assert listed["id"] == made["id"]
        assert "metadata" not in listed


def test_the_places_of_taskflow_links_must_add_up() -> None:
    with prolific() as client:
        wrong = client.study(**client.taskflow(2, 1) | {"total_available_places": 4})
        assert "must equal total_available_places" in client.refused("POST /studies/", wrong)
        twice = client.taskflow(1, 1)
        twice["access_details"][1]["external_url"] = twice["access_details"][0]["external_url"]
        assert "once" in client.refused("POST /studies/", client.study(**twice))
        study_id = client.draft(**client.taskflow(2, 1))
        progress = client.get(f"GET /studies/{study_id}/access-details-progress/")["progress"]
        assert [each["total_allocation"] for each in progress] == [2, 1]
        plain = client.draft()
        assert "404" in client.refused(f"GET /studies/{plain}/access-details-progress/")


STATES = {
    "UNPUBLISHED": [],
    "ACTIVE": ["PUBLISH"],
    "PAUSED": ["PUBLISH", "PAUSE"],
    "COMPLETED": ["PUBLISH", "STOP"],
}
MOVES = {
    ("UNPUBLISHED", "PUBLISH"): "ACTIVE",
    ("ACTIVE", "PAUSE"): "PAUSED",
    ("ACTIVE", "STOP"): "COMPLETED",
    ("PAUSED", "START"): "ACTIVE",
    ("PAUSED", "STOP"): "COMPLETED",
}


@pytest.mark.parametrize("status", list(STATES))
@pytest.mark.parametrize("action", ["PUBLISH", "PAUSE", "START", "STOP", "CANCEL_PUBLISH"])
def test_a_study_moves_only_as_it_may(status: str, action: str) -> None:
    with prolific() as client:
        study_id = client.draft()
        for each in STATES[status]:
            client.move(study_id, each)
        if (status, action) in MOVES:
            assert client.move(study_id, action) == MOVES[status, action]
        else:
            path = f"POST /studies/{study_id}/transition/"
            assert "400" in client.refused(path, {"action": action})
            assert client.get(f"GET /studies/{study_id}/")["status"] == status


def test_a_scheduled_study_opens_at_its_time() -> None:
    with prolific() as client:
        study_id = client.draft()
        path = f"/studies/{study_id}/"
        later = {"action": "SCHEDULE_PUBLISH", "publish_at": "2026-01-06T00:00:00.000Z"}
        assert client.get(f"POST {path}transition/", later)["status"] == "SCHEDULED"
        assert "scheduled" in client.refused(f"PATCH {path}", {"reward": 30})
        client.fake.advance(days=1)
        assert client.get(f"GET {path}")["status"] == "ACTIVE"


@pytest.mark.parametrize("when", [None, "tomorrow", "2026-01-06T00:00:00"])
def test_a_schedule_needs_a_moment(when: object) -> None:
    with prolific() as client:
        path = f"POST /studies/{client.draft()}/transition/"
        body = {"action": "SCHEDULE_PUBLISH", "publish_at": when}
        assert "publish_at" in client.refused(path, body)


def test_many_small_studies_are_throttled_and_taskflow_is_not() -> None:
    with prolific() as client:
        client.fake.account.publish_limit = 1
        client.published()
        path = f"POST /studies/{client.draft()}/transition/"
        assert client.refused(path, {"action": "PUBLISH"}).startswith("429")
        client.published(**client.taskflow(1, 1))


def test_publishing_may_take_a_while() -> None:
    with prolific() as client:
        client.fake.account.publish_reads = 2
        study_id = client.draft()
        assert client.move(study_id, "PUBLISH") == "PUBLISHING"
        path = f"GET /studies/{study_id}/"
        assert [client.get(path)["status"] for _ in range(2)] == ["PUBLISHING", "ACTIVE"]


def test_an_underpaid_draft_is_marked_and_cannot_be_published() -> None:
    with prolific() as client:
        study_id = client.draft(reward=13)
        assert client.get(f"GET /studies/{study_id}/")["is_underpaying"]
        refused = client.refused(f"POST /studies/{study_id}/transition/", {"action": "PUBLISH"})
        assert "minimum" in refused
        client.get(f"PATCH /studies/{study_id}/", {"reward": 14})
        assert client.move(study_id, "PUBLISH") == "ACTIVE"


def test_only_a_draft_can_be_deleted() -> None:
    with prolific() as client:
        draft, published = client.draft(), client.published()
        client.get(f"DELETE /studies/{draft}/")
        assert "404" in client.refused(f"GET /studies/{draft}/")
        assert "400" in client.refused(f"DELETE /studies/{published}/")
        assert client.fake.drafts_created == 2


@pytest.mark.parametrize("field", ["name", "description", "reward", "filters", "metadata"])
def test_a_published_study_keeps_what_it_says(field: str) -> None:
    with prolific() as client:
        study_id = client.published()
        body = {field: client.study(filters=[], metadata="x")[field]}
        assert "cannot be changed" in client.refused(f"PATCH /studies/{study_id}/", body)


def test_places_of_a_published_study_only_grow() -> None:
    with prolific() as client:
        study_id = client.published()
        path = f"PATCH /studies/{study_id}/"
        assert "increased" in client.refused(path, {"total_available_places": 1})
        assert client.get(path, {"total_available_places": 3})["total_available_places"] == 3
        client.move(study_id, "STOP")
        assert client.get(path, {"total_available_places": 4})["status"] == "ACTIVE"


def test_taskflow_grows_by_new_links_and_by_places_on_old_ones() -> None:
    with prolific() as client:
        study_id = client.published(**client.taskflow(2, 1))
        path = f"PATCH /studies/{study_id}/"
        old = {"external_url": "https://host.example/t/0", "total_allocation": 2}
        new = {"external_url": "https://host.example/t/9", "total_allocation": 4}
        assert "there already" in client.refused(path, {"access_details": [old]})
        assert client.get(path, {"access_details": [new]})["total_available_places"] == 7
        wrong = {"access_details": [old], "total_available_places": 8}
        assert "sum of total_allocation is 9" in client.refused(path, wrong)
        right = wrong | {"total_available_places": 9}
        grown = client.get(path, right)["access_details"]
        assert [each["total_allocation"] for each in grown] == [4, 1, 4]
        assert "access_details" in client.refused(path, {"total_available_places": 10})


def test_a_clone_is_a_draft_that_keeps_out_who_took_part() -> None:
    with prolific() as client:
        study_id = client.published()
        copy: Record = client.get(f"POST /studies/{study_id}/clone/", {})
        assert copy["status"] == "UNPUBLISHED"
        assert copy["filters"][0]["selected_values"] == [study_id]


def _paid(client: Client) -> Record:
    path = f"GET /workspaces/{client.fake.account.workspace_id}/balance/"
    balance: Record = client.get(path)
    return {name: balance[name] for name in ("total_balance", "available_balance")}


def test_publishing_holds_money_and_stopping_lets_go_of_it() -> None:
    with prolific() as client:
        client.fake.account.workspaces[client.fake.account.workspace_id].funds = 100
        study_id, rich = client.draft(), client.draft(total_available_places=4)
        assert _paid(client) == {"total_balance": 100, "available_balance": 100}
        client.move(study_id, "PUBLISH")
        assert _paid(client) == {"total_balance": 100, "available_balance": 47}
        path = f"POST /studies/{rich}/transition/"
        assert "insufficient funds" in client.refused(path, {"action": "PUBLISH"})
        client.move(study_id, "STOP")
        assert _paid(client) == {"total_balance": 100, "available_balance": 100}
