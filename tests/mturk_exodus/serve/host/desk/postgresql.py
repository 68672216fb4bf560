"""A real PostgreSQL for tests, and databases in it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.ports import free_port

SCRIPT = Path(__file__).resolve().parents[5] / "scripts" / "postgres"
SECONDS = 60.0
"""No server takes as long to start."""


class Server:
    """A PostgreSQL at a port of its own; nothing of it is left once it is stopped.

    Args:
        log: where it says what it does.
        settings: `max_connections=200`.
    """

    def __init__(self, log: Path, *settings: str) -> None:
        subprocess.run([SCRIPT, "install"], check=True)
        self._name = f"test-{os.getpid()}-{time.time_ns()}"
        port = free_port()
        self._url = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
        self._numbers = itertools.count()
        self._log = log
        command = [str(SCRIPT), "start", str(port), self._name, *settings]
        with log.open("ab") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            self._await()
        except BaseException:
            self.stop()
            raise

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"desk_{next(self._numbers)}"
        self._execute(f"create database {name}")
        return f"{self._url}/{name}".replace("+psycopg", "")

    def stop(self) -> None:
        """Let it go, and its data with it."""
        self._process.send_signal(signal.SIGQUIT)  # its data goes anyway
        self._process.wait()
        subprocess.run([SCRIPT, "remove", self._name], check=True)

    def _await(self) -> None:
        until = time.monotonic() + SECONDS
        while not self._answers():
            said = self._log.read_text("utf-8", "replace")
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self._execute("select 1")
        except OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        engine = create_engine(f"{self._url}/postgres", isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()
