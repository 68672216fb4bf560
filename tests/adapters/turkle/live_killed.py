"""An import into a real Turkle in which either of them is killed, again and again; then the loading
of its finished work, killed as well.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.compact import Compaction
from mturk_exodus_turkle.probing import PROBE
from tests.adapters.label_studio.imports import filled
from tests.adapters.turkle.marketplace import query
from tests.adapters.turkle.servers import ROOT, TOKEN, Server
from tests.endurance.support import EXODUS, environment, findings, rows, run

pytestmark = [pytest.mark.live, pytest.mark.timeout(3_000)]

HITS, EACH = 10_000, 3
SEED = 20261122
KILLS = ("we", "server") * 8
LOADS = 4
LATEST = 4.0
"""Seconds: so long at most one of them lives on."""
TARGET = ("--target", "turkle", "--set", "workers=plain")
ENDED = (0, 31, 35)


def importing(archive: Path) -> list[str]:
    """The arguments of an import."""
    return [*EXODUS, "import", *TARGET, "--yes", "--archive", str(archive)]


def started(archive: Path, server: Server) -> subprocess.Popen[str]:
    """An import that has begun."""
    env = environment(TURKLE_URL=server.url, TURKLE_TOKEN=TOKEN)
    quiet = subprocess.DEVNULL
    return subprocess.Popen(importing(archive), stdout=quiet, stderr=quiet, env=env, text=True)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], None]]:
    """Print something even if all goes well."""
    began = time.monotonic()

    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{time.monotonic() - began:6.1f} s  {line}", end="", flush=True)  # noqa: T201 - figures

    yield tell
    with capsys.disabled():
        print()  # noqa: T201 - as above


def test_twenty_kills_and_everything_is_there_once(
    tmp_path: Path, told: Callable[[str], None]
) -> None:
    archive = filled(tmp_path / "mturk.db", HITS, EACH)
    with Archive.open(archive) as opened, opened.writing():
        Compaction(opened).run()
    server = Server(tmp_path / "server", "PLUGIN=1", "QUICK=1")
    server.start()
    told("an archive and a server")
    rng = random.Random(SEED)  # noqa: S311 - only chooses moments
    process = None
    try:
        for victim in KILLS:
            process = killed(victim, process, archive, server, rng)
            made = query(server, "select count(*) from turkle_task")[0][0]
            told(f"{victim:6} killed, {made:6} tasks there")
            assert findings(archive) == []
        assert process is not None
        while process.wait() != 0:
            told(f"an import ended with {process.returncode}, once more")
            process = started(archive, server)
        told("imported")
        load(archive.with_suffix(".turkle-history.jsonl"), server, rng, told)
        assert_once(archive, server)
        env = environment(TURKLE_URL=server.url, TURKLE_TOKEN=TOKEN)
        done = run("fidelity", *TARGET, "--archive", archive, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        told("compared")
    finally:
        if process is not None:
            process.kill()
        server.stop()


def killed(
    victim: str,
    process: subprocess.Popen[str] | None,
    archive: Path,
    server: Server,
    rng: random.Random,
) -> subprocess.Popen[str]:
    """Kill one of them while an import is under way; which goes on where only the server died."""
    if process is None or process.poll() is not None:
        assert process is None or process.returncode in (-signal.SIGKILL, *ENDED)
        process = started(archive, server)
    with suppress(subprocess.TimeoutExpired):
        process.wait(rng.uniform(0.5, LATEST))
    if victim == "we":
        process.kill()
        process.wait()
    else:
        server.kill()
        server.start()
    return process


def load(history: Path, server: Server, rng: random.Random, told: Callable[[str], None]) -> None:
    """Load finished work; the first few times somebody kills that."""
    command = [f"{ROOT}/scripts/turkle", "manage", str(server.folder), "load_mturk_history"]
    for _ in range(LOADS):
        process = subprocess.Popen([*command, str(history)], start_new_session=True)
        time.sleep(rng.uniform(2, LATEST))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = query(server, "select count(*) from turkle_taskassignment")[0][0]
        told(f"loading killed, {done:6} assignments there")
    told(server.manage("load_mturk_history", str(history)).strip())


def assert_once(archive: Path, server: Server) -> None:
    """Each HIT, worker and assignment is there once, counted in the server's database."""
    fields = query(
        server, "select json_extract(input_csv_fields, '$.mturk_hit_id') from turkle_task"
    )
    assert Counter(fields) == Counter(rows(archive, "select hit_id from hits"))
    work = query(
        server, "select json_extract(answers, '$.mturk_assignment_id') from turkle_taskassignment"
    )
    assert Counter(work) == Counter(rows(archive, "select assignment_id from assignments"))
    ((workers,),) = rows(archive, "select count(distinct worker_id) from assignments")
    users = query(server, "select username from auth_user where id > 2 and username != ?", PROBE)
    assert len(users) == len(set(users)) == workers
    assert query(server, "select count(*) from turkle_project") == [(1,)]
