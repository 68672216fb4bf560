"""`exodus pseudonymize` killed at random instants leaves no half of an archive under its name."""

from __future__ import annotations

import random
import time
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from tests.endurance.support import run, start

KILLS = 4


def test_there_is_all_or_nothing(tmp_path: Path) -> None:
    archive, out, key = tmp_path / "mturk.db", tmp_path / "out.db", tmp_path / "key"
    with Archive.create(archive) as created:
        fill(created, synthesize(5, 60))
    command = ("pseudonymize", out, "--archive", archive, "--key", key)
    before, chance = archive.read_bytes(), random.Random(8)  # noqa: S311 - when to kill
    began = time.monotonic()
    assert run(*command).returncode == 0
    seconds = time.monotonic() - began
    out.unlink()
    for _ in range(KILLS):
        process = start(*command)
        time.sleep(chance.uniform(0.2, 1) * seconds)
        process.kill()
        process.communicate()
        if out.exists():
            with Archive.open(out) as opened:
                assert list(verify(opened)) == []
            out.unlink()
    assert run(*command).returncode == 0
    assert archive.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if not file.name.endswith(".lock")) == [
        "key",
        "mturk.db",
        "out.db",
        "out.db.README.md",
    ]
