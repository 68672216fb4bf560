"""A real Turkle to test against, and somebody who administers it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - scripts/turkle's own
SECONDS = 60.0
"""No server takes as long to start."""


class Server:
    """A Turkle at a port of its own.

    Args:
        folder: of its database; a new one gets a migrated one.
        settings: `API_ADMIN_ONLY=1`, as scripts/turkle has them.
    """

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [f"{ROOT}/scripts/turkle", "start", str(self._port), str(self.folder)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self.settings], stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < until, self._said()
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL, to it and to those who work for it."""
        os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        until = time.monotonic() + SECONDS
        while self._listens() and time.monotonic() < until:
            time.sleep(0.1)

    def stop(self) -> None:
        """Let it go."""
        self._running.terminate()
        self._running.wait()

    def manage(self, *command: str) -> str:
        """A command of Django's on its database; what it says."""
        done = subprocess.run(
            [f"{ROOT}/scripts/turkle", "manage", str(self.folder), *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def database(self) -> Path:
        """Its SQLite database."""
        return self.folder / "turkle.sqlite3"

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self._port)) == 0

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/login/", timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _said(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:]


class Admin:
    """Somebody who administers a server, by its API."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": f"Token {TOKEN}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=SECONDS, trust_env=False)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """Do something that succeeds; the reply's JSON."""
        reply = self._client.request(method, path, json=body)
        assert reply.is_success, reply.text[:500]
        return reply.json()

    def text(self, path: str) -> str:
        """What is not JSON."""
        return self._client.get(path).raise_for_status().text

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
