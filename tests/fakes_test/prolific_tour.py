"""A call of every operation of the fake's, to be held against the vendor's description."""

from __future__ import annotations

import httpx

from tests.fakes_test.prolific_support import APPROVED, REASON, REVIEWED, Client, Record


def tour(client: Client) -> None:
    """All of them, in an order that works."""
    groups = _groups(client)
    _spaces(client)
    _filters(client, groups[0])
    _drafts(client, groups)
    study_id = _published(client)
    _reviewed(client, study_id)
    _messages(client, study_id, groups[0])
    _task_builder(client)
    _refusals(client)


def _spaces(client: Client) -> None:
    client.get("GET /users/me/")
    made = client.get("POST /workspaces/", {"title": "Another", "currency_code": "GBP"})
    space = f"/workspaces/{made['id']}"
    project = client.get(f"POST {space}/projects/", {"title": "A project"})
    for path in ("/workspaces/", f"{space}/", f"{space}/balance/", f"/projects/{project['id']}/"):
        client.get(f"GET {path}")
    client.get("GET /workspaces/", limit=1, offset=1)
    client.get(f"GET {space}/projects/", limit=1, offset=0)
    client.fake.account.workspaces[made["id"]].features.add("test study")
    client.get("POST /researchers/participants/", {"email": "someone@example.com"})


def _groups(client: Client) -> list[str]:
    space = client.fake.account.workspace_id
    body = {"workspace_id": space, "name": "Good at pictures", "description": "since 2019"}
    groups: list[str] = [client.get("POST /participant-groups/", body)["id"] for _ in range(3)]
    person = client.fake.join()
    ids = {"participant_ids": [person.id]}
    first = f"/participant-groups/{groups[0]}"
    for method in ("POST", "DELETE", "POST"):
        client.get(f"{method} {first}/participants/", ids)
    client.get(f"GET {first}/participants/")
    client.get(f"PATCH {first}/", {"name": "Very good at pictures"} | ids)
    client.get(f"DELETE /participant-groups/{groups.pop()}/")
    client.get("GET /participant-groups/", workspace_id=space, active="true", limit=10, offset=0)
    client.get(f"GET {first}/")
    return groups


def _filters(client: Client, group: str) -> None:
    space = client.fake.account.workspace_id
    client.get("GET /filters/")
    client.get("GET /filters/", workspace_id=space, detailed="true", filter_tag="custom-group")
    chosen = _chosen(group)
    made = client.get(
        "POST /filter-sets/", {"workspace_id": space, "name": "Grown up", "filters": chosen}
    )
    path = f"/filter-sets/{made['id']}/"
    client.get(f"PATCH {path}", {"filters": chosen[:1]})
    client.get(f"POST {path}lock/")
    client.get(f"POST {path}unlock/")
    client.get(f"GET {path}")
    client.get("GET /filter-sets/", workspace_id=space, limit=5)
    client.get(f"DELETE {path}")
    client.get("POST /eligibility-count/", {"workspace_id": space, "filters": chosen})
    client.get("GET /reward-recommendations/", workspace_id=space, currency="USD")


def _chosen(group: str) -> list[Record]:
    return [
        {"filter_id": "age", "selected_range": {"lower": 18, "upper": 60}},
        {"filter_id": "participant_group_blocklist", "selected_values": [group]},
        {
            "filter_id": "or",
            "selected_filters": [
                {"filter_id": "approval_rate", "selected_range": {"lower": 95}},
                {"filter_id": "current-country-of-residence", "selected_values": ["0", "1"]},
            ],
        },
    ]


def _drafts(client: Client, groups: list[str]) -> None:
    joins = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": groups[0]}
    screened = {"code": "OUT1", "code_type": "SCREENED_OUT", "actions": [joins]}
    study_id = client.draft(
        completion_codes=[APPROVED, screened],
        filters=_chosen(groups[1]),
        metadata="ours/1",
        internal_name="ours 1",
        content_warnings=["explicit"],
        content_warning_details="Nudity",
        device_compatibility=["desktop", "tablet"],
        maximum_allowed_time=60,
        study_labels=["annotation"],
        submissions_config={"max_submissions_per_participant": -1},
    )
    client.get(f"PATCH /studies/{study_id}/", {"reward": 30, "metadata": None})
    copy = client.get(f"POST /studies/{study_id}/clone/", {"block_previous_participants": False})
    client.get("POST /study-cost-calculator/", {"reward": 30, "total_available_places": 2})
    later = {"action": "SCHEDULE_PUBLISH", "publish_at": "2031-01-01T00:00:00Z"}
    client.get(f"POST /studies/{copy['id']}/transition/", later)
    client.move(copy["id"], "CANCEL_PUBLISH")
    client.get(f"DELETE /studies/{copy['id']}/")


def _published(client: Client) -> str:
    study_id = client.draft(**client.taskflow(3, 2))
    client.fake.account.workspaces[client.fake.account.workspace_id].features.add("test study")
    client.get(f"POST /studies/{study_id}/test-study")
    for action in ("PUBLISH", "PAUSE", "START"):
        client.move(study_id, action)
    new = [{"external_url": "https://host.example/t/new", "total_allocation": 1}]
    path = f"/studies/{study_id}/"
    client.get(f"PATCH {path}", {"access_details": new})
    client.get(f"PATCH {path}", {"access_details": new, "total_available_places": 7})
    client.get(f"PATCH {path}", {"completion_codes": [{"code": "DONE1", "actions": []}]})
    for name in ("", "cost/", "access-details-progress/", "submissions/counts/"):
        client.get(f"GET {path}{name}")
    client.get(f"GET {path}cost/", is_projected="true")
    client.get("GET /studies/", state="ACTIVE", page=1, page_size=5)
    project = client.fake.account.project_id
    client.get(f"GET /projects/{project}/studies/", page=1, ordering="-date_created")
    return study_id


def _reviewed(client: Client, study_id: str) -> None:
    places = [client.fake.join().take_part(study_id) for _ in range(4)]
    for each in places[:3]:
        each.complete(REVIEWED["code"])
    ids = [each.submission_id for each in places]
    refusal = {"action": "REJECT", "message": REASON, "rejection_category": "LOW_EFFORT"}
    client.get(f"POST /submissions/{ids[0]}/transition/", refusal)
    client.get(f"POST /submissions/{ids[0]}/transition/", {"action": "UNREJECT"})
    client.get(f"POST /submissions/{ids[0]}/transition/", {"action": "APPROVE"})
    client.get("POST /submissions/bulk-approve/", {"submission_ids": ids[1:2]})
    people = [client.fake.account.submissions[ids[2]].participant_id]
    client.get("POST /submissions/bulk-approve/", {"study_id": study_id, "participant_ids": people})
    why = {"request_return_reasons": ["Withdrew consent"]}
    client.get(f"POST /submissions/{ids[3]}/request-return/", why)
    for path in (f"/submissions/{ids[0]}/", f"/studies/{study_id}/submissions/"):
        client.get(f"GET {path}")
    client.get("GET /submissions/", study=study_id, status="APPROVED", page=1, page_size=2)
    csv = f"{ids[0]},1.50\n{people[0]},0.25\n"
    bonus = client.get(
        "POST /submissions/bonus-payments/", {"study_id": study_id, "csv_bonuses": csv}
    )
    client.get(f"POST /bulk-bonus-payments/{bonus['id']}/pay/")
    client.fake.account.submissions[ids[1]].status = "PARTIALLY APPROVED"
    client.get("GET /submissions/", study=study_id)
    client.move(study_id, "STOP")


def _messages(client: Client, study_id: str, group: str) -> None:
    person = client.fake.join()
    about = {"body": "Thank you.", "study_id": study_id}
    client.get("POST /messages/", about | {"recipient_id": person.id})
    client.get("POST /messages/bulk/", about | {"ids": [person.id]})
    client.get("POST /messages/participant-group/", about | {"participant_group_id": group})
    client.get("GET /messages/", user_id=person.id)


def _task_builder(client: Client) -> None:
    space = client.fake.account.workspace_id
    client.fake.account.workspaces[space].features.add("dataset schema")
    schema = {"strict": True, "fields": {"text": {"type": "text"}}}
    body = {"name": "Pictures", "workspace_id": space, "schema": schema}
    dataset = client.get("POST /data-collection/datasets", body)
    path = f"/data-collection/datasets/{dataset['id']}"
    place = client.get(f"GET {path}/upload-url/rows.jsonl")
    httpx.put(place["url"], content=b'{"text": "one"}\n{"text": "two"}\n').raise_for_status()
    while client.get(f"GET {path}/status")["status"] != "READY":
        pass
    batch = client.get("POST /data-collection/batches", _batch(space, dataset["id"]))
    path = f"/data-collection/batches/{batch['id']}"
    client.get(f"PATCH {path}", {"name": "Pictures again"})
    client.get(f"POST {path}/setup", {"dataset_id": dataset["id"], "tasks_per_group": 1})
    while client.get(f"GET {path}/status")["status"] != "READY":
        pass
    client.get(f"GET {path}")
    client.get(f"GET {path}/responses")
    client.get("GET /data-collection/batches", workspace_id=space)
    client.draft(
        external_study_url=None,
        completion_codes=None,
        total_available_places=None,
        data_collection_method="AI_TASK_BUILDER_BATCH",
        data_collection_id=batch["id"],
        data_collection_metadata={"annotators_per_task": 2},
    )


def _batch(space: str, dataset_id: str) -> Record:
    shown = {"type": "dataset_field", "field": "text"}
    asked = {"type": "free_text", "description": "What is it?"}
    pages = [{"rows": [{"columns": [{"items": [shown, asked]}]}]}]
    details = {
        "task_name": "Pictures",
        "task_introduction": "<p>Look.</p>",
        "task_steps": "<p>Write.</p>",
    }
    return {
        "name": "Pictures",
        "workspace_id": space,
        "dataset_id": dataset_id,
        "task_details": details,
        "batch_items": pages,
    }


def _refusals(client: Client) -> None:
    """Of requests that the description allows, in each of the four forms."""
    for shape in ("error", "bare", "simple", "builder"):
        client.fake.error_shape = shape
        assert client.ask("GET /studies/ffffffffffffffffffffffff/").status_code == 404
    client.fake.error_shape = None
    client.fake.faults.next(None, "server_error")
    assert client.ask("GET /users/me/").status_code == 500
