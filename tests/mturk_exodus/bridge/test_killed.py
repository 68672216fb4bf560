"""Processes that are killed while they redeem: what was acknowledged is there, once."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from mturk_exodus.bridge import Redemption
from tests.mturk_exodus.bridge.support import built, later, participant_of, token

ROOT = Path(__file__).resolve().parents[3]
KILLS = 4


def _child(path: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.mturk_exodus.bridge.support", str(path), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_what_was_acknowledged_survives_a_kill_and_is_nobody_elses(tmp_path: Path) -> None:
    path, chance = tmp_path / "mturk.db.bridge", random.Random(7)  # noqa: S311 - a test's
    bridge = built(path)
    acknowledged: list[str] = []
    for life in range(KILLS):
        # Two at the same time, after the same tokens.
        child, other = _child(path, f"one{life}"), _child(path, f"other{life}")
        assert child.stdout is not None
        assert other.stdout is not None
        lines = [child.stdout.readline() for _ in range(chance.randint(1, 20))]
        child.kill()
        lines += child.stdout.readlines()
        other.kill()
        lines += other.stdout.readlines()
        for one in (child, other):
            one.wait()
            assert one.stdout is not None
            one.stdout.close()
        acknowledged += [line.strip() for line in lines if line.endswith("\n")]
    stored = {known.participant_id for known in bridge.redeemed().values()}
    assert len(acknowledged) >= KILLS
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= stored
    assert len({one.rpartition("-")[0] for one in stored}) == len(stored)
    for worker in {one.rpartition("-")[0] for one in acknowledged[:3]}:
        latecomer = participant_of(worker, "latecomer")
        again = bridge.redeem(token(worker), latecomer, "prolific", later(days=2))
        assert again is Redemption.TAKEN
