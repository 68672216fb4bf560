"""A process that is killed in the middle of submits: what it acknowledged is there, once."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from mturk_exodus.serve.host.desk import Desk, Stored
from tests.mturk_exodus.serve.host.desk.submitting_child import document_of
from tests.mturk_exodus.serve.host.desk.support import HOUR, NOON, answers, hit, later

ROOT = Path(__file__).resolve().parents[5]
KILLS = 5


def killed(place: str | Path, life: int, after: int) -> list[str]:
    """What a process acknowledged before it was killed."""
    command = [sys.executable, "-m", "tests.mturk_exodus.serve.host.desk.submitting_child"]
    child = subprocess.Popen(
        [*command, str(place), f"life{life}"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(after)]
    child.kill()
    lines += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    assert all(lines[:after])
    return [line.strip() for line in lines if line.endswith("\n")]


def test_what_was_acknowledged_survives_a_kill(place: str | Path) -> None:
    chance = random.Random(6)  # noqa: S311 - a test's
    with Desk.open(place) as desk:
        desk.offer([hit("H1", 1_000_000)])
        acknowledged: list[str] = []
        for life in range(KILLS):
            acknowledged += killed(place, life, chance.randint(5, 60))
            stored = answers(desk)
            assert set(acknowledged) <= set(stored)
            assert len(set(acknowledged)) == len(acknowledged)
            told = {key: one.record["Answer"] for key, one in stored.items()}
            assert told == {key: document_of(key) for key in stored}
        _browsers_try_again(desk, acknowledged)


def _browsers_try_again(desk: Desk, acknowledged: list[str]) -> None:
    for assignment_id in acknowledged:
        found = desk.assignment(assignment_id)
        assert found is not None
        got = desk.submit(assignment_id, found.worker_id, "<again/>", NOON)
        assert isinstance(got, Stored)
        assert got.was_there
    counts = desk.counts(NOON)
    assert counts.live + counts.submitted == counts.workers
    desk.abandon(later(HOUR))
    assert desk.counts(later(HOUR)).places_left == 1_000_000 - counts.submitted
