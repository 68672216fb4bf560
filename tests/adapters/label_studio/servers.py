"""A real Label Studio to test against, and how a person works in it."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - scripts/label_studio's own
SECONDS = 120.0
"""No server takes as long to start."""


class Server:
    """A Label Studio at a port of its own.

    Args:
        folder: of its data; a new one gets a migrated database.
        settings: `LABEL_STUDIO_DEBUG=true`.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self._settings = settings
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [f"{ROOT}/scripts/label_studio", "start", str(self._port), str(self.folder)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([*command, *self._settings], stdout=log, stderr=log)
        until = time.monotonic() + SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < until, self._said()
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL."""
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """Let it go."""
        self._running.terminate()
        self._running.wait()

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

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _said(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:]


class Person:
    """Somebody who works at a server, with the account that we import with: the hardest case."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": f"Token {TOKEN}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=SECONDS, trust_env=False)

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """Do something that succeeds; the reply's JSON."""
        reply = self._client.request(method, path, json=body, params=params)
        assert reply.is_success, reply.text[:500]
        return reply.json() if reply.content else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def tasks(self, project_id: int | str) -> list[dict[str, Any]]:
        """All tasks of a project, with their annotations."""
        reply = self("GET", "/api/tasks/", project=project_id, fields="all", page_size=100_000)
        tasks: list[dict[str, Any]] = reply["tasks"]
        return sorted(tasks, key=lambda one: int(one["id"]))
