"""A real Label Studio to test against, and how a person works in it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import httpx

from mturk_exodus.replay import http
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.real_server import ROOT, SECONDS, TOKEN, Caller, RealServer

__all__ = ["ROOT", "SECONDS", "TOKEN", "Person", "Server", "adapter_at"]


class Server(RealServer):
    """A Label Studio. One of its settings: `LABEL_STUDIO_DEBUG=true`."""

    script: ClassVar[str] = "label_studio"
    answers_at: ClassVar[str] = "/health"

    def ended(self) -> None:
        """Wait until it is dead."""
        self._running.wait()

    def allow_legacy_tokens(self, token: str) -> None:
        """By the owner, who has but a personal access token."""
        with httpx.Client(base_url=self.url, timeout=SECONDS, trust_env=False) as client:
            access = client.post("/api/token/refresh/", json={"refresh": token}).json()["access"]
            settings = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
            headers = {"Authorization": f"Bearer {access}"}
            client.post("/api/jwt/settings", json=settings, headers=headers).raise_for_status()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """A while in which none of its files can grow."""
        database = self.folder / "label_studio.sqlite3"
        pid, limit = self._running.pid, resource.RLIMIT_FSIZE
        before = resource.prlimit(pid, limit)
        resource.prlimit(pid, limit, (database.stat().st_size, before[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, limit, before)


class Person(Caller):
    """Somebody who works at a server, with the account that we import with: the hardest case."""

    def tasks(self, project_id: int | str) -> list[dict[str, Any]]:
        """All tasks of a project, with their annotations."""
        reply = self("GET", "/api/tasks/", project=project_id, fields="all", page_size=100_000)
        tasks: list[dict[str, Any]] = reply["tasks"]
        return sorted(tasks, key=lambda one: int(one["id"]))


@contextmanager
def adapter_at(server: Server) -> Iterator[LabelStudioAdapter]:
    """An adapter of one program, with the client that everybody is handed."""
    with http.client(secrets=[TOKEN]) as client:
        yield LabelStudioAdapter({"url": server.url, "api_key": TOKEN}, client)
