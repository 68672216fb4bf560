"""`exodus compact` killed at random instants: every HIT is what it was, each time."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import HITS
from mturk_exodus.archive.verify import verify
from tests.endurance.support import run, start
from tests.mturk_exodus.archive.support import hit, put, writing

KILLS = 8
COUNT = 1_500
NAMES = (*HITS.columns, "raw", "raw_sha256")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "mturk.db"
    text = "<p>What is it?</p>" * 300
    page = (
        f"<HTMLQuestion><HTMLContent><![CDATA[{text}<img src='%d'>]]></HTMLContent></HTMLQuestion>"
    )
    with writing(path) as writer:
        for kind in range(3):
            numbers = range(kind * COUNT // 3, (kind + 1) * COUNT // 3)
            hits = [hit(f"3H{n:05}", HITTypeId=f"T{kind}", Question=page % n) for n in numbers]
            put(writer, HITS, *hits)
    return path


def held(path: Path) -> list[Any]:
    with Archive.open(path, read_only=True) as archive:
        assert list(verify(archive)) == []
        query = f"select {HITS.selected(NAMES)} from hits order by hit_id"  # noqa: S608 - columns
        return archive.connection.execute(query).fetchall()


def test_compaction_can_be_killed_at_any_time(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "mturk.db"))
    before, chance = held(path), random.Random(4)  # noqa: S311 - when to kill
    began = time.monotonic()
    done = run("compact", "--archive", shutil.copy(whole, tmp_path / "undisturbed.db"))
    assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - began
    for _ in range(KILLS):
        process = start("compact", "--archive", path)
        time.sleep(chance.uniform(0.3, 1) * seconds)
        process.kill()
        process.communicate()
        assert held(path) == before
    assert run("compact", "--archive", path).returncode == 0
    assert held(path) == before
    smaller = path.stat().st_size
    assert smaller < whole.stat().st_size / 4
    assert smaller < (tmp_path / "undisturbed.db").stat().st_size * 1.1
