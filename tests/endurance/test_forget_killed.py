"""`exodus forget` killed at random instants: the person is there as before, or gone."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from tests.endurance.support import run, start
from tests.mturk_exodus.privacy.people import named_in

KILLS = 4
_ROWS = "select * from assignments where worker_id = ? order by 1"


def held(path: Path, worker_id: str) -> list[tuple[object, ...]]:
    with Archive.open(path) as archive:
        assert list(verify(archive)) == []
        return archive.connection.execute(_ROWS, [worker_id]).fetchall()


def test_it_happens_or_not(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.db", tmp_path / "mturk.db"
    with Archive.create(whole) as created:
        fill(created, synthesize(5, 100))
    with closing(sqlite3.connect(whole)) as connection:
        ((worker_id,),) = connection.execute("select min(worker_id) from assignments").fetchall()
    before, chance = held(whole, worker_id), random.Random(3)  # noqa: S311 - when to kill
    command = ("forget", worker_id, "--archive", path, "--yes")
    shutil.copy(whole, path)
    began = time.monotonic()
    assert run(*command).returncode == 0
    seconds = time.monotonic() - began
    for _ in range(KILLS):
        shutil.copy(whole, path)
        for left in tmp_path.glob("mturk.db-*"):
            left.unlink()
        process = start(*command)
        time.sleep(chance.uniform(0.4, 1) * seconds)
        process.kill()
        process.communicate()
        assert held(path, worker_id) in ([], before)
    assert run(*command).returncode == 0
    assert named_in(path, worker_id) == []
