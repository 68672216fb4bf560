"""A server of somebody else's, as a script of ours starts it, and who asks it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
from typing_extensions import Self

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - the scripts' own
SECONDS = 120.0
"""No server takes as long to start."""

One = TypeVar("One", bound="RealServer")


class RealServer:
    """A server at a port of its own.

    Args:
        folder: of its data; a new one gets a migrated database.
        settings: as the script has them, `NAME=value`.
    """

    script: ClassVar[str]
    """In `scripts/`."""
    answers_at: ClassVar[str]
    """A path that it answers as soon as it answers any."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [f"{ROOT}/scripts/{self.script}", "start", str(self._port), str(self.folder)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self.settings], stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + SECONDS
        while not self._answers():
            assert self._process.poll() is None, self._said()
            assert time.monotonic() < until, self._said()
            time.sleep(0.1)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """A while in which it runs."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def kill(self) -> None:
        """SIGKILL."""
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """Let it go."""
        self._running.terminate()
        self._running.wait()

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _answers(self) -> bool:
        try:
            return httpx.get(self.url + self.answers_at, timeout=10, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _said(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-3000:]


class Caller:
    """Somebody who asks a server by its API, with the token that we import with."""

    def __init__(self, url: str) -> None:
        headers = {"Authorization": f"Token {TOKEN}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=SECONDS, trust_env=False)

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """Do something that succeeds; the reply's JSON."""
        reply = self._client.request(method, path, json=body, params=params)
        assert reply.is_success, reply.text[:500]
        return reply.json() if reply.content else None

    def text(self, path: str) -> str:
        """What is not JSON."""
        return self._client.get(path).raise_for_status().text

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
