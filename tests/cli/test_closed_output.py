"""What commands leave behind, and what they say of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.endurance.support import EXODUS, SECONDS, environment, export_of
from tests.fakes.mturk import FakeMTurk, dispose


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_gap_is_told_though_nobody_reads_the_table(
    more: list[str], tmp_path: Path, fake: FakeMTurk
) -> None:
    """`exodus export | head -1` exits 1, the code of bugs, and does not say what is missing: click
    and rich end the program themselves when a pipe is closed, so `guarded` never sees it.
    """
    hit_id = next(hit for hit, held in fake.account.assignments.items() if held)
    fake.forgotten.add(hit_id)
    fake.after(2, lambda account: dispose(account, hit_id), operation="ListHITs")
    ended = unread(*export_of(fake, tmp_path / "mturk.db", *more))
    assert ended.returncode == 46, ended.stderr


@pytest.mark.parametrize("command", ["status", "verify"])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_goes_away_is_a_success_either_way(
    command: str, more: list[str], archive: Path
) -> None:
    """It is 1: click and rich exit by themselves before `guarded` can make it 0."""
    ended = unread(command, "--archive", archive, *more)
    assert (ended.returncode, ended.stderr) == (0, b"")


def unread(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """`exodus` with a stdout that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            [*EXODUS, *map(str, arguments)],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
            timeout=SECONDS,
        )
    finally:
        os.close(writing)
