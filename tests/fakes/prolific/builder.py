"""Task Builder: datasets, batches, and what participants would have answered."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from tests.fakes.prolific import items
from tests.fakes.prolific.account import Account, Record
from tests.fakes.prolific.wire import Answer, Ask, Handler, InvalidItems, Refusal, not_enabled

MOST_FIELDS = 200
MOST_RECORDS = 1000
"""Records in one call of `datapoints`."""
LONGEST_KEY, LONGEST_LABEL = 128, 255
TYPES = frozenset({"text", "image_url", "metadata", "task_group_id"})
SCHEMA_FEATURE = "dataset schema"
UPLOADS = "/uploads/"
"""Where presigned addresses lead; they take one PUT, without a token."""


class Builder:
    """The endpoints below `/data-collection/`, whose paths have no slash at the end."""

    def __init__(self, account: Account, address: Callable[[], str]) -> None:
        self._account = account
        self._address = address
        self._uploads: dict[str, str] = {}

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        datasets, batches = "/data-collection/datasets", "/data-collection/batches"
        return {
            f"POST {datasets}": self._create_dataset,
            f"GET {datasets}/{{dataset_id}}/upload-url/{{filename}}": self._upload_url,
            f"GET {datasets}/{{dataset_id}}/status": self._dataset_status,
            f"POST {datasets}/{{dataset_id}}/datapoints": self._append,
            f"POST {batches}": self._create_batch,
            f"GET {batches}": self._listed,
            f"GET {batches}/{{batch_id}}": lambda ask: Answer(self._batch(ask)),
            f"PATCH {batches}/{{batch_id}}": self._update_batch,
            f"GET {batches}/{{batch_id}}/status": self._batch_status,
            f"POST {batches}/{{batch_id}}/setup": self._setup,
            f"GET {batches}/{{batch_id}}/responses": self._responses,
        }

    def upload(self, path: str, body: bytes) -> bool:
        """Take a file; whether there is such an address. It is read when the status is asked."""
        dataset_id = self._uploads.pop(path, None)
        if dataset_id is None:
            return False
        held = self._account.datasets[dataset_id]
        held["status"] = "PROCESSING"
        held["waiting"] = body.decode("utf-8-sig", "replace")
        return True

    def _create_dataset(self, ask: Ask) -> Answer:
        given: Record = ask.body
        self._workspace(given)
        schema = given.get("schema")
        if schema is not None:
            self._check_schema(given["workspace_id"], schema)
        made = {
            "id": self._account.new_uuid("dataset"),
            "name": given.get("name", ""),
            "created_at": self._account.clock.text(),
            "created_by": self._account.user_id,
            "status": "UNINITIALISED",
            "total_datapoint_count": 0,
            "workspace_id": given["workspace_id"],
            "schema": schema,
            "rows": [],
            "waiting": None,
        }
        self._account.datasets[made["id"]] = made
        return Answer(_dataset(made), 201)

    def _upload_url(self, ask: Ask) -> Answer:
        held = self._dataset(ask.ids["dataset_id"])
        key = f"{held['id']}/{ask.ids['filename']}"
        path = f"{UPLOADS}{self._account.new_id('upload')}/{ask.ids['filename']}"
        self._uploads[path] = held["id"]
        return Answer({"url": f"{self._address()}{path}", "key": key}, 201)

    def _dataset_status(self, ask: Ask) -> Answer:
        """PROCESSING once, then READY."""
        held = self._dataset(ask.ids["dataset_id"])
        status = held["status"]
        if held["waiting"] is not None:
            held["rows"] += _rows(held["waiting"])
            held["total_datapoint_count"] = len(held["rows"])
            held["status"] = "READY" if held["rows"] else "ERROR"
            held["waiting"] = None
        return Answer({"status": status})

    def _append(self, ask: Ask) -> Answer:
        """Records of a dataset with a schema; one that is there already is not added again."""
        held = self._dataset(ask.ids["dataset_id"])
        if held["schema"] is None:
            raise Refusal(400, "The dataset has no schema.")
        if held["status"] == "PROCESSING":
            raise Refusal(409, "An import is running.")
        # One line alone has been read as the object that it is.
        lines = [] if isinstance(ask.body, dict) else str(ask.body).splitlines()
        records = [json.loads(each) for each in lines if each.strip()] or [dict(ask.body)]
        if len(records) > MOST_RECORDS:
            raise Refusal(400, f"At most {MOST_RECORDS} records at once.")
        for each in records:
            if each not in held["rows"]:
                held["rows"].append(each)
        held["total_datapoint_count"] = len(held["rows"])
        held["status"] = "READY"
        return Answer({"total_datapoint_count": len(held["rows"])}, 202)

    def _create_batch(self, ask: Ask) -> Answer:
        given: Record = ask.body
        self._workspace(given)
        made = {
            "id": self._account.new_uuid("batch"),
            "created_at": self._account.clock.text(),
            "created_by": self._account.user_id,
            "datasets": self._datasets(given.get("dataset_id")),
            "name": given["name"],
            "status": "UNINITIALISED",
            "total_task_count": 0,
            "total_instruction_count": 0,
            "workspace_id": given["workspace_id"],
            "schema_version": 1,
            "task_details": given.get("task_details") or {"task_name": given["name"]},
            "total_task_groups": 0,
            "batch_items": given.get("batch_items"),
        }
        self._check_items(made)
        self._account.batches[made["id"]] = made
        return Answer(made, 201)

    def _listed(self, ask: Ask) -> Answer:
        workspace_id = ask.query.get("workspace_id")
        every = self._account.batches.values()
        mine = [each for each in every if each["workspace_id"] == workspace_id]
        return Answer({"results": mine, "meta": {"count": len(mine)}})

    def _update_batch(self, ask: Ask) -> Answer:
        held = self._batch(ask)
        if held["status"] != "UNINITIALISED":
            raise Refusal(400, "A batch cannot be changed after its setup.")
        changed = held | {name: each for name, each in ask.body.items() if name != "dataset_id"}
        if "dataset_id" in ask.body:
            changed["datasets"] = self._datasets(ask.body["dataset_id"])
        self._check_items(changed)
        held.update(changed)
        return Answer(held)

    def _batch_status(self, ask: Ask) -> Answer:
        """PROCESSING once, then READY."""
        held = self._batch(ask)
        status = held["status"]
        if status == "PROCESSING":
            held["status"] = "READY"
        return Answer({"status": status})

    def _setup(self, ask: Ask) -> Answer:
        """Makes the tasks; once."""
        held, given = self._batch(ask), ask.body or {}
        if held["status"] != "UNINITIALISED":
            raise Refusal(400, "The batch has been set up.")
        if "dataset_id" in given:
            held["datasets"] = self._datasets(given["dataset_id"])
        rows = self._ready_rows(held)
        held["total_task_count"] = len(rows)
        held["total_instruction_count"] = items.instructions(held["batch_items"] or [])
        held["total_task_groups"] = _groups(rows, int(given.get("tasks_per_group", 1)))
        held["status"] = "PROCESSING"
        return Answer(None, 202)

    def _responses(self, ask: Ask) -> Answer:
        """What a test put into the batch under `responses`."""
        return Answer({"responses": self._batch(ask).get("responses", [])})

    def _workspace(self, given: Record) -> None:
        if given.get("workspace_id") not in self._account.workspaces:
            raise Refusal(400, "There is no such workspace.")

    def _check_schema(self, workspace_id: str, schema: Record) -> None:
        if SCHEMA_FEATURE not in self._account.workspaces[workspace_id].features:
            raise not_enabled(SCHEMA_FEATURE)
        fields = schema.get("fields") or {}
        kinds = [each.get("type") for each in fields.values()]
        if not 1 <= len(fields) <= MOST_FIELDS or not TYPES.issuperset(kinds):
            raise Refusal(400, f"A schema has up to {MOST_FIELDS} fields of known types.")
        if kinds.count("task_group_id") > 1:
            raise Refusal(400, "At most one field is the task_group_id.")
        for key, each in fields.items():
            if not 1 <= len(key) <= LONGEST_KEY or len(each.get("label", "")) > LONGEST_LABEL:
                raise Refusal(400, f"The field {key[:20]} has too long a key or label.")

    def _check_items(self, batch: Record) -> None:
        if batch["batch_items"] is None:
            return
        schemas = [self._dataset(each["id"])["schema"] for each in batch["datasets"]]
        fields = schemas[0]["fields"] if schemas and schemas[0] else None
        if found := items.issues(batch["batch_items"], fields):
            raise InvalidItems(found)

    def _ready_rows(self, batch: Record) -> list[Record]:
        rows = []
        for each in batch["datasets"]:
            held = self._dataset(each["id"])
            if held["status"] != "READY":
                raise Refusal(400, "The dataset is not ready.")
            each["total_datapoint_count"] = held["total_datapoint_count"]
            rows += held["rows"]
        if not rows:
            raise Refusal(400, "The batch has no dataset.")
        return rows

    def _datasets(self, dataset_id: str | None) -> list[Record]:
        if dataset_id is None:
            return []
        held = self._dataset(dataset_id)
        known = {"id": held["id"], "total_datapoint_count": held["total_datapoint_count"]}
        return [known | {"filename": "dataset.csv"}]

    def _dataset(self, dataset_id: str) -> Record:
        held: Record | None = self._account.datasets.get(dataset_id)
        if held is None:
            raise Refusal(404, "Dataset not found.")
        return held

    def _batch(self, ask: Ask) -> Record:
        held: Record | None = self._account.batches.get(ask.ids["batch_id"])
        if held is None:
            raise Refusal(404, "Batch not found.")
        return held


def _dataset(held: Record) -> Record:
    return {name: each for name, each in held.items() if name not in {"rows", "waiting", "schema"}}


def _rows(text: str) -> list[Record]:
    """JSON lines, or CSV with a header."""
    if text.lstrip().startswith("{"):
        return [json.loads(each) for each in text.splitlines() if each.strip()]
    return list(csv.DictReader(io.StringIO(text)))


def _groups(rows: list[Record], per_group: int) -> int:
    """Rows of one META_TASK_GROUP_ID are one group; without the column, so many in a row are."""
    named = {each["META_TASK_GROUP_ID"] for each in rows if each.get("META_TASK_GROUP_ID")}
    return len(named) or -(-len(rows) // per_group)
