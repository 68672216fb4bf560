"""Lists, groups, filters and batches of the fake."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.fakes_test.prolific_support import Client, Record, prolific


@pytest.fixture(scope="module")
def full() -> Iterator[Client]:
    """A fake with 45 drafts and 25 groups."""
    with prolific() as client:
        for number in range(45):
            client.draft(name=f"Study {number}")
        space = client.fake.account.workspace_id
        for number in range(25):
            body = {"workspace_id": space, "name": f"Group {number}"}
            client.get("POST /participant-groups/", body)
        yield client


def test_pages_end_where_next_is_null_and_beyond_is_404(full: Client) -> None:
    sizes = []
    for page in (1, 2, 3):
        reply = full.get("GET /studies/", page=page)
        sizes.append(len(reply["results"]))
        assert (reply["_links"]["next"]["href"] is None) == (page == 3)
        assert reply["meta"]["count"] == 45
    assert sizes == [20, 20, 5]
    for page in (0, 4):
        assert "404" in full.refused("GET /studies/", page=page)


def test_a_list_without_anything_has_a_first_page() -> None:
    with prolific() as client:
        assert client.get("GET /studies/", page=1)["results"] == []
        assert "404" in client.refused("GET /studies/", page=2)


def test_a_page_is_no_longer_than_200(full: Client) -> None:
    reply = full.get("GET /studies/", page_size=1000)
    assert "page_size=200" in reply["_links"]["self"]["href"]


def test_the_newest_study_is_first(full: Client) -> None:
    names = [each["name"] for each in full.get("GET /studies/", page_size=45)["results"]]
    assert names == [f"Study {number}" for number in reversed(range(45))]


def test_offsets_end_in_an_empty_list(full: Client) -> None:
    space = full.fake.account.workspace_id
    path = "GET /participant-groups/"
    assert len(full.get(path, workspace_id=space)["results"]) == 20
    rest = full.get(path, workspace_id=space, limit=20, offset=20)["results"]
    assert [each["name"] for each in rest] == [f"Group {number}" for number in range(20, 25)]
    assert full.get(path, workspace_id=space, offset=100)["results"] == []


def test_membership_ignores_whom_it_knows_and_whom_nobody_knows() -> None:
    with prolific() as client:
        one, two = (client.fake.join().id for _ in range(2))
        path, members = _group(client), "participants/"
        for ids in ([one, one, "A1WORKER"], [one, two]):
            reply = client.get(f"POST {path}{members}", {"participant_ids": ids})
        assert [each["participant_id"] for each in reply["results"]] == [one, two]
        client.get(f"DELETE {path}{members}", {"participant_ids": [one, "A1WORKER"]})
        assert client.get(f"GET {path}")["participant_count"] == 1
        client.get(f"PATCH {path}", {"participant_ids": [one]})
        left = client.get(f"GET {path}{members}")["results"]
        assert [each["participant_id"] for each in left] == [one]


def test_a_deleted_group_can_still_be_read_and_not_changed() -> None:
    with prolific() as client:
        path = _group(client)
        client.get(f"DELETE {path}")
        assert client.get(f"GET {path}")["is_deleted"]
        space = {"workspace_id": client.fake.account.workspace_id}
        assert len(client.get("GET /participant-groups/", **space)["results"]) == 1
        assert client.get("GET /participant-groups/", active="true", **space)["results"] == []
        body: Record = {"participant_ids": []}
        assert "deleted" in client.refused(f"POST {path}participants/", body)


def test_a_group_knows_the_studies_that_feed_it() -> None:
    with prolific() as client:
        path = _group(client)
        group = path.split("/")[2]
        joins = {"action": "ADD_TO_PARTICIPANT_GROUP", "participant_group": group}
        code = {"code": "IN", "code_type": "OTHER", "actions": [joins]}
        study_id = client.draft(completion_codes=[code])
        assert [each["id"] for each in client.get(f"GET {path}")["feeder_studies"]] == [study_id]


def test_a_blocklist_works_on_a_study_that_is_out_already() -> None:
    with prolific() as client:
        path = _group(client)
        group = path.split("/")[2]
        block = {"filter_id": "participant_group_blocklist", "selected_values": [group]}
        study_id, person = client.published(filters=[block]), client.fake.join()
        assert person.sees(study_id)
        client.get(f"POST {path}participants/", {"participant_ids": [person.id]})
        assert not person.sees(study_id)


def test_filters_are_found_by_title_and_choices_by_label() -> None:
    with prolific() as client:
        listed = client.get("GET /filters/")["results"]
        titles = {each["title"]: each for each in listed}
        country = titles["Current Country of Residence"]
        assert {"0": "United Kingdom", "1": "United States"}.items() <= country["choices"].items()
        assert "tags" not in country
        client.fake.account.filters[0]["filter_id"] = "country-2027"
        again = client.get("GET /filters/", detailed="true")["results"][0]
        assert (again["filter_id"], again["tags"]) == ("country-2027", [])


def test_fewer_than_25_eligible_participants_are_shown_as_none() -> None:
    with prolific() as client:
        chosen = [{"filter_id": "age", "selected_range": {"lower": 30}}]
        for number, shown in ((24, 0), (1, 25)):
            for _ in range(number):
                client.fake.join(age=30)
            client.fake.join(age=20)
            assert client.get("POST /eligibility-count/", {"filters": chosen}) == {"count": shown}


def test_a_locked_filter_set_is_not_changed() -> None:
    with prolific() as client:
        space = client.fake.account.workspace_id
        body: Record = {"workspace_id": space, "name": "Old", "filters": []}
        path = f"/filter-sets/{client.get('POST /filter-sets/', body)['id']}/"
        assert client.get(f"PATCH {path}", {"name": "New"})["version"] == 2
        client.get(f"POST {path}lock/")
        assert "locked" in client.refused(f"PATCH {path}", {"name": "Newer"})


def test_a_batch_is_made_of_rows_that_were_uploaded() -> None:
    with prolific() as client:
        dataset = _dataset(client)
        path = f"/data-collection/datasets/{dataset}"
        assert client.get(f"GET {path}/status") == {"status": "UNINITIALISED"}
        url = client.get(f"GET {path}/upload-url/rows.csv")["url"]
        csv = b"text,META_TASK_GROUP_ID\none,a\ntwo,a\nthree,b\n"
        assert httpx.put(url, content=csv).status_code == 200
        assert httpx.put(url, content=csv).status_code == 403
        statuses = [client.get(f"GET {path}/status")["status"] for _ in range(2)]
        assert statuses == ["PROCESSING", "READY"]
        batch = _batch(client, dataset_id=dataset)
        client.get(f"POST {batch}/setup", {"dataset_id": dataset})
        assert [client.get(f"GET {batch}/status")["status"] for _ in range(2)] == [
            "PROCESSING",
            "READY",
        ]
        made = client.get(f"GET {batch}")
        assert (made["total_task_count"], made["total_task_groups"]) == (3, 2)
        assert "after its setup" in client.refused(f"PATCH {batch}", {"name": "x"})
        study = client.get("POST /studies/", _built(client, batch.rpartition("/")[2]))
        assert study["total_available_places"] == 6
        assert study["completion_codes"][0]["actions"] == [{"action": "MANUALLY_REVIEW"}]


def test_items_that_cannot_be_are_named_by_their_place() -> None:
    with prolific() as client, client.fake.forgiving():
        items = [{"type": "slider"}, {"type": "dataset_field", "field": "text"}]
        pages = [{"rows": [{"columns": [{"items": items}]}]}]
        body = _batch_body(client) | {"batch_items": pages}
        reply = client.ask("POST /data-collection/batches", body)
        assert (reply.status_code, reply.json()["type"]) == (422, "INVALID_BATCH_ITEMS")
        issues = [(each["type"], each["item"]) for each in reply.json()["issues"]]
        assert issues == [("UNKNOWN_TYPE", 0), ("NO_SCHEMA", 1)]


def test_a_schema_needs_a_feature_that_support_enables() -> None:
    with prolific() as client:
        space = client.fake.account.workspaces[client.fake.account.workspace_id]
        schema = {"strict": True, "fields": {"text": {"type": "text"}}}
        body = {"name": "x", "workspace_id": space.id, "schema": schema}
        refused = client.refused("POST /data-collection/datasets", body)
        assert "permission to access this feature" in refused
        space.features.add("dataset schema")
        dataset = client.get("POST /data-collection/datasets", body)["id"]
        lines = '{"text": "one"}\n{"text": "two"}\n{"text": "one"}\n'
        path = f"POST /data-collection/datasets/{dataset}/datapoints"
        assert client.get(path, lines) == {"total_datapoint_count": 2}
        assert client.get(path, {"text": "three"}) == {"total_datapoint_count": 3}
        assert "1000" in client.refused(path, '{"text": "x"}\n' * 1001)


def _group(client: Client) -> str:
    body = {"workspace_id": client.fake.account.workspace_id, "name": "Known"}
    return f"/participant-groups/{client.get('POST /participant-groups/', body)['id']}/"


def _dataset(client: Client) -> str:
    body = {"name": "Rows", "workspace_id": client.fake.account.workspace_id}
    dataset: str = client.get("POST /data-collection/datasets", body)["id"]
    return dataset


def _batch_body(client: Client) -> Record:
    return {"name": "Batch", "workspace_id": client.fake.account.workspace_id}


def _batch(client: Client, **more: object) -> str:
    made = client.get("POST /data-collection/batches", _batch_body(client) | more)
    return f"/data-collection/batches/{made['id']}"


def _built(client: Client, batch_id: str) -> Record:
    return client.study(
        external_study_url=None,
        completion_codes=None,
        total_available_places=None,
        data_collection_method="AI_TASK_BUILDER_BATCH",
        data_collection_id=batch_id,
        data_collection_metadata={"annotators_per_task": 3},
    )
