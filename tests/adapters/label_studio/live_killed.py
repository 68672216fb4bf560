"""An import into a real Label Studio in which either of them is killed, again and again."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.adapters.label_studio.imports import (
    assert_whole,
    extended,
    filled,
    imported,
    projects,
    started,
    went_well,
)
from tests.adapters.label_studio.servers import Person, Server
from tests.endurance.support import findings, rows

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

HITS, MORE, EACH = 5_000, 3_000, 3
SEED = 20261122
PATIENCE = 90.0

VICTIMS = ("we", "server") * 10
LATEST = 8.0
"""Seconds: so long at most one of them lives on, once an import is under way."""


@dataclass
class Lives:
    """Lives of one import and of one server."""

    server: Server
    archive: Path
    rng: random.Random
    process: subprocess.Popen[str] | None = None
    begun: int = 0
    hits: int = HITS
    fell: list[str] = field(default_factory=list)

    def kill(self, victim: str) -> None:
        """Kill one of them while an import is under way."""
        process = self._under_way()
        time.sleep(self.rng.uniform(0, LATEST))
        while process.poll() is not None:  # it was over, or had given up: that is no kill
            process = self._under_way()
            time.sleep(self.rng.uniform(0, LATEST / 8))
        if victim == "we":
            process.kill()
            assert self._ended() == -signal.SIGKILL
        else:
            self.server.kill()
        self._note(victim)
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

    def _under_way(self) -> subprocess.Popen[str]:
        """An import that has begun and has something to do."""
        give_up = time.monotonic() + PATIENCE
        process = self._living()
        while self._replays() <= self.begun:
            assert time.monotonic() < give_up, "no import begins"
            process = self._living()
            time.sleep(0.005)
        return process

    def _living(self) -> subprocess.Popen[str]:
        if self.process is not None and self.process.poll() is not None:
            code = self._ended()
            assert code in (0, 31, 35)
            if code == 0:  # quicker than the kills: another export brings more to do
                extended(self.archive, self.hits, MORE, EACH)
                self.hits += MORE
        if self.process is None:
            self.begun = self._replays()
            self.process = started(self.archive, self.server.url)
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

    def _note(self, victim: str) -> None:
        line = f"{victim:6} {self._to_do():6} of {self._planned():6} to do"
        self.fell.append(f"{line}, last in the ledger: {self._last()}")

    def _replays(self) -> int:
        return self._number("select count(*) from replays")

    def _to_do(self) -> int:
        return self._planned() - self._number(
            "select count(distinct key) from ledger where event = 'done'"
        )

    def _planned(self) -> int:
        return self.hits + self.hits * EACH + 50 + 1

    def _last(self) -> str:
        last = rows(
            self.archive, "select operation, event from ledger order by entry_id desc limit 1"
        )
        return " ".join(map(str, last[0])) if last else "nothing"

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
        for victim in VICTIMS:
            lives.kill(victim)
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
