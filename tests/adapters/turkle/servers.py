"""A real Turkle to test against, and somebody who administers it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import ClassVar

from tests.adapters.real_server import ROOT, SECONDS, TOKEN, Caller, RealServer

__all__ = ["ROOT", "SECONDS", "TOKEN", "Admin", "Server"]


class Server(RealServer):
    """A Turkle. One of its settings: `API_ADMIN_ONLY=1`."""

    script: ClassVar[str] = "turkle"
    answers_at: ClassVar[str] = "/login/"

    def kill(self) -> None:
        """SIGKILL, to it and to those who work for it."""
        os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        until = time.monotonic() + SECONDS
        while self._listens() and time.monotonic() < until:
            time.sleep(0.1)

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

    def _listens(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self._port)) == 0


class Admin(Caller):
    """Somebody who administers a server."""
