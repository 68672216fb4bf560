"""An import into a real Label Studio in which either of them is killed, again and again."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from tests.adapters.label_studio.imports import (
    assert_whole,
    filled,
    imported,
    projects,
    started,
    went_well,
)
from tests.adapters.label_studio.servers import Person, Server
from tests.endurance.support import findings, rows

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

HITS, EACH = 5_000, 3
SEED = 20261122
PATIENCE = 90.0

Victim = Literal["we", "server"]
Moment = Literal["beginning", "users", "import", "committed", "looking"]

KILLS: tuple[tuple[Victim, Moment], ...] = (
    ("we", "beginning"),
    ("server", "beginning"),
    ("we", "users"),
    ("server", "users"),
    ("we", "users"),
    ("server", "users"),
    ("we", "users"),
    ("server", "users"),
    ("server", "import"),
    ("we", "looking"),
    ("server", "import"),
    ("we", "import"),
    ("we", "looking"),
    ("server", "committed"),
    ("server", "import"),
    ("we", "looking"),
    ("we", "committed"),
    ("server", "import"),
    ("we", "import"),
    ("server", "import"),
)
"""Only where the server has all of a request does the import come any further."""

LATEST = {"beginning": 0.3, "users": 0.4, "import": 1.5, "committed": 0.05, "looking": 0.5}
"""Seconds after the moment has come; so much later at most, they are killed."""


@dataclass
class Lives:
    """Lives of one import and of one server."""

    server: Server
    archive: Path
    rng: random.Random
    process: subprocess.Popen[str] | None = None
    begun: int = 0
    tasks: int = 0
    fell: list[str] = field(default_factory=list)

    def kill(self, victim: Victim, moment: Moment) -> None:
        """Kill one of them while an import is under way."""
        process = self._at(moment)
        later = self.rng.uniform(0, LATEST[moment])
        time.sleep(later)
        while process.poll() is not None:
            process = self._at(moment)
            time.sleep(self.rng.uniform(0, later))
        if victim == "we":
            process.kill()
            assert self._ended() == -signal.SIGKILL
        else:
            self.server.kill()
            assert process.poll() is None
        assert self._to_do() > 0, "the import was over"
        self._note(victim, moment)
        with ThreadPoolExecutor(1) as beside:
            found = beside.submit(findings, self.archive)
            if victim == "server":
                self.server.start()
            assert found.result() == []

    def to_the_end(self) -> None:
        """Let whoever lives come to the end; another life, if need be."""
        if self.process is not None and self._ended() == 0:
            return
        went_well(imported(self.archive, self.server.url))

    def _at(self, moment: Moment) -> subprocess.Popen[str]:
        """Wait until it has come. An import that gave up meanwhile, as it may, is started again."""
        came: Mapping[Moment, Callable[[], bool]] = {
            "beginning": lambda: self._replays() > self.begun,
            "users": lambda: self._unsettled() == "user",
            "import": lambda: self._unsettled() == "task",
            "committed": lambda: self._unsettled() == "task" and self._tasks() > self.tasks,
            "looking": lambda: self._replays() > self.begun and self._unsettled() == "task",
        }
        give_up = time.monotonic() + PATIENCE
        process = self._living(moment)
        while not came[moment]():
            assert time.monotonic() < give_up, f"no moment of {moment}"
            process = self._living(moment)
            time.sleep(0.002)
        return process

    def _living(self, moment: Moment) -> subprocess.Popen[str]:
        if self.process is not None and self.process.poll() is not None:
            assert self._ended() in (31, 35)
        if self.process is None:
            self.begun, self.tasks = self._replays(), self._tasks()
            self.process = started(self.archive, self.server.url)
        elif moment == "committed":
            self.tasks = max(self.tasks, self._settled_tasks())
        return self.process

    def _ended(self) -> int:
        """How our process ended, once it has; it said no more than it should."""
        assert self.process is not None
        _, said = self.process.communicate(timeout=PATIENCE)
        code, self.process = self.process.returncode, None
        errors = [line for line in said.splitlines() if "Error" in line]
        assert "Traceback" not in said, said
        assert len(errors) == (code in (31, 35)), said
        return code

    def _note(self, victim: Victim, moment: Moment) -> None:
        line = f"{victim:6} {moment:10} {self._to_do():6} of {self._planned():6} to do"
        self.fell.append(f"{line}, under way: {self._unsettled() or 'nothing'}")

    def _replays(self) -> int:
        return self._number("select count(*) from replays")

    def _settled_tasks(self) -> int:
        return self._number(
            "select count(*) from ledger where event = 'done' and operation = 'task'"
        )

    def _to_do(self) -> int:
        return self._planned() - self._number(
            "select count(distinct key) from ledger where event = 'done'"
        )

    def _planned(self) -> int:
        return HITS + HITS * EACH + 50 + 1

    def _unsettled(self) -> str:
        """The operation of what is under way, going by the ledger."""
        last = rows(self.archive, "select event, key from ledger order by entry_id desc limit 1")
        event, key = last[0] if last else ("", "")
        operation = str(key).partition(":")[0].replace("annotation", "task")
        return operation if event == "intended" else ""

    def _tasks(self) -> int:
        """How many the server's database has; nothing is asked that would keep it waiting."""
        uri = f"{self.server.folder.absolute().as_uri()}/label_studio.sqlite3?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=1)) as connection:
                return int(connection.execute("select count(*) from task").fetchone()[0])
        except sqlite3.OperationalError:  # it is writing
            return 0

    def _number(self, query: str) -> int:
        ((number,),) = rows(self.archive, query)
        return int(number)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    """Print something even if all goes well."""
    began = time.monotonic()

    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{time.monotonic() - began:6.1f} s  {line}", end="")  # noqa: T201 - figures

    yield tell
    with capsys.disabled():
        print()  # noqa: T201 - as above


def test_twenty_kills_and_everything_is_there_once(
    tmp_path: Path, told: Callable[[str], None]
) -> None:
    archive = filled(tmp_path / "mturk.db", HITS, EACH)
    server = Server(tmp_path / "server")
    server.start()
    told("an archive and a server")
    lives = Lives(server, archive, random.Random(SEED))  # noqa: S311 - only chooses moments
    try:
        for victim, moment in KILLS:
            lives.kill(victim, moment)
            told(lives.fell[-1])
        lives.to_the_end()
        told("imported")
        person = Person(server.url)
        assert len(projects(person)) == 1
        person.close()
        assert_whole(archive, server.url)
        told("compared")
    finally:
        if lives.process is not None:
            lives.process.kill()
        server.stop()
    assert len(lives.fell) == 20
