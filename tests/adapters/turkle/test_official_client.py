"""Our requests beside those that turkle-client, by Turkle's own authors, sends for the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import responses
from turkle_client.client import Client  # type: ignore[import-untyped] # it has no types

from mturk_exodus.replay import http
from mturk_exodus_turkle.api import Api

URL = "https://turkle.example.org"
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of nobody
USER = {"username": "A2WORKER", "password": "x", "is_active": False}
PROJECT = {"name": "P", "filename": "p.html", "html_template": "<input>${é}"}
CSV = '"a"\r\n"1"\r\n'
BATCH = {"name": "B", "project": 5, "filename": "b.csv", "csv_text": CSV}
ACCESS = {"users": [], "groups": [3]}
PAGE: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}

Asked = tuple[str, str, str, Any]
Ours = Callable[[Api], object]
Theirs = Callable[[Client], object]

OPERATIONS: dict[str, tuple[Ours, Theirs]] = {
    "users": (lambda api: list(api.users()), lambda one: one.users.list()),
    "user": (lambda api: api.user("A2"), lambda one: one.users.retrieve_by_username("A2")),
    "make a user": (lambda api: api.make_user(USER), lambda one: one.users.create(dict(USER))),
    "change a user": (
        lambda api: api.change_user(7, {"is_active": False}),
        lambda one: one.users.update({"id": 7, "is_active": False}),
    ),
    "groups": (lambda api: list(api.groups()), lambda one: one.groups.list()),
    "group": (lambda api: api.group("G"), lambda one: one.groups.retrieve_by_name("G")),
    "make a group": (
        lambda api: api.make_group("G", [3]),
        lambda one: one.groups.create({"name": "G", "users": [3]}),
    ),
    "add to a group": (
        lambda api: api.add_to_group(4, [3]),
        lambda one: one.groups.add_users(4, [3]),
    ),
    "projects": (lambda api: list(api.projects()), lambda one: one.projects.list()),
    "project": (lambda api: api.project(5), lambda one: one.projects.retrieve(5)),
    "make a project": (
        lambda api: api.make_project(PROJECT),
        lambda one: one.projects.create(dict(PROJECT)),
    ),
    "change a project": (
        lambda api: api.change_project(5, {"name": "Q"}),
        lambda one: one.projects.update({"id": 5, "name": "Q"}),
    ),
    "batches of a project": (lambda api: api.batches(5), lambda one: one.projects.batches(5)),
    "access": (lambda api: api.access(5), lambda one: one.permissions.retrieve("project", 5)),
    "restrict": (
        lambda api: api.restrict(5, [3]),
        lambda one: one.permissions.replace("project", 5, ACCESS),
    ),
    "restrict a batch": (
        lambda api: api.restrict_batch(6, [3]),
        lambda one: one.permissions.replace("batch", 6, ACCESS),
    ),
    "batch": (lambda api: api.batch(6), lambda one: one.batches.retrieve(6)),
    "make a batch": (
        lambda api: api.make_batch(BATCH),
        lambda one: one.batches.create(dict(BATCH)),
    ),
    "change a batch": (
        lambda api: api.change_batch(6, {"active": False}),
        lambda one: one.batches.update({"id": 6, "active": False}),
    ),
    "add tasks": (
        lambda api: api.add_tasks(6, CSV),
        lambda one: one.batches.add_tasks({"id": 6, "csv_text": CSV}),
    ),
    "rows": (lambda api: api.rows(6), lambda one: one.batches.input(6)),
    "progress": (lambda api: api.progress(6), lambda one: one.batches.progress(6)),
}


def answered(method: str, path: str) -> Any:  # noqa: ANN401 - JSON
    """What Turkle answers, as far as either of us looks at it."""
    if path.endswith("/progress/"):
        return {"total_tasks": 0, "total_finished_task_assignments": 0}
    if path.endswith("/permissions/"):
        return ACCESS
    if path.endswith("/tasks/"):
        return {"new_tasks": 1}
    is_list = path.endswith("/batches/") or "/groups/name/" in path or path.count("/") == 3
    return PAGE if method == "GET" and is_list else {"id": 1, "name": "x"}


def asked_by_us(operation: Ours) -> Asked:
    """The one request that we send."""
    seen: list[Asked] = []

    def reply(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        body = json.loads(request.content) if request.content else None
        seen.append((request.method, path, request.headers["authorization"], body))
        if path.endswith("/input/"):
            return httpx.Response(200, text="")
        return httpx.Response(200, json=answered(request.method, path))

    with http.client(httpx.MockTransport(reply)) as client:
        operation(Api(URL, TOKEN, client))
    return seen[-1]


def asked_by_them(operation: Theirs) -> Asked:
    """The one request that turkle-client sends."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as network:

        def reply(request: Any) -> tuple[int, dict[str, str], str]:  # noqa: ANN401 - requests'
            said = "" if request.path_url.endswith("/input/") else None
            path = request.path_url.partition("?")[0]
            return 200, {}, json.dumps(answered(request.method, path)) if said is None else said

        for method in ("GET", "POST", "PATCH", "PUT"):
            network.add_callback(method, re.compile(".*"), callback=reply)
        operation(Client(URL, TOKEN))
        [call] = network.calls
    body = json.loads(str(call.request.body, "utf-8")) if call.request.body else None  # type: ignore[arg-type] # requests' JSON is bytes
    if isinstance(body, dict):
        # It says the number of the address once more, which Turkle does not read.
        body.pop("id", None)
    path = str(call.request.path_url)
    return str(call.request.method), path, str(call.request.headers["Authorization"]), body


@pytest.mark.parametrize("name", OPERATIONS)
def test_we_ask_what_the_official_client_asks(name: str) -> None:
    ours, theirs = OPERATIONS[name]
    assert asked_by_us(ours) == asked_by_them(theirs)
