"""A client for the fake of Prolific, and what a study is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.fakes.prolific import FakeProlific
from tests.fakes_test.support import PLAIN

Record = dict[str, Any]
APPROVED: Record = {
    "code": "DONE1",
    "code_type": "COMPLETED",
    "actions": [{"action": "AUTOMATICALLY_APPROVE"}],
}
REVIEWED: Record = {
    "code": "LOOK1",
    "code_type": "OTHER",
    "actions": [{"action": "MANUALLY_REVIEW"}],
}
URL = "https://host.example/t/1?p={{%PROLIFIC_PID%}}&s={{%SESSION_ID%}}&y={{%STUDY_ID%}}"
REASON = "Every answer is the same letter, though the pictures differ. " * 2


class Client:
    """Asks one fake; paths are as in its log, without `/api/v1`."""

    def __init__(self, fake: FakeProlific, http: httpx.Client) -> None:
        self.fake = fake
        self.http = http

    def ask(self, operation: str, body: object = None, **query: object) -> httpx.Response:
        """`ask("GET /studies/", page=2)`."""
        method, path = operation.split(" ", 1)
        # Given none, httpx would take the query from the path away.
        params = {name: str(each) for name, each in query.items()} or None
        return self.http.request(method, f"/api/v1{path}", json=body, params=params)

    def get(self, operation: str, body: object = None, **query: object) -> Any:  # noqa: ANN401
        """The JSON of a reply that is a success."""
        reply = self.ask(operation, body, **query)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def refused(self, operation: str, body: object = None, **query: object) -> str:
        """The text of a 4XX; the request may be against the description."""
        with self.fake.forgiving():
            reply = self.ask(operation, body, **query)
        assert 400 <= reply.status_code < 500, reply.text
        return f"{reply.status_code} {reply.text}"

    def draft(self, **changes: object) -> str:
        """A new study's id."""
        made: Record = self.get("POST /studies/", self.study(**changes))
        return str(made["id"])

    def published(self, **changes: object) -> str:
        """A new study's id; it is open to participants."""
        study_id = self.draft(**changes)
        self.move(study_id, "PUBLISH")
        return study_id

    def move(self, study_id: str, action: str) -> str:
        """The status after a transition."""
        moved: Record = self.get(f"POST /studies/{study_id}/transition/", {"action": action})
        return str(moved["status"])

    def study(self, **changes: object) -> Record:
        """A study's body; a field that is None is left out."""
        body: Record = {
            "name": "Say what you see",
            "description": "<p>One picture.</p>",
            "external_study_url": URL,
            "prolific_id_option": "url_parameters",
            "completion_codes": [APPROVED, REVIEWED],
            "total_available_places": 2,
            "estimated_completion_time": 1,
            "reward": 20,
            "project": self.fake.account.project_id,
        }
        return {name: each for name, each in (body | changes).items() if each is not None}

    def taskflow(self, *places: int, **changes: object) -> Record:
        """What makes the study one of Taskflow, a link for each number of places."""
        links = [
            {"external_url": f"https://host.example/t/{number}", "total_allocation": each}
            for number, each in enumerate(places)
        ]
        whole = {"access_details": links, "external_study_url": None}
        return whole | {"total_available_places": sum(places)} | changes


@contextmanager
def prolific(fake: FakeProlific | None = None, url: str | None = None) -> Iterator[Client]:
    """A fake, and a client of it; with `url`, one that reaches it by another way."""
    with fake or FakeProlific() as served:
        headers = {"Authorization": f"Token {served.token}"}
        base = url or served.url
        with httpx.Client(base_url=base, headers=headers, verify=PLAIN, timeout=20) as http:
            yield Client(served, http)
