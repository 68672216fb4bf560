"""What commands leave behind, and what they say of it."""

from __future__ import annotations

import json
import os
import shlex
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


@pytest.mark.parametrize("end", ["2>&1", ">&- 2>&-"])
@pytest.mark.parametrize(
    "command",
    [
        *("status", "verify", "targets", "export-csv --all --out results"),
        "plan --target label-studio",
        "plan --target label-studio --out plan.jsonl",
    ],
)
def test_a_stdout_that_is_closed_is_an_error_before_anything_is_done(
    command: str, end: str, archive: Path
) -> None:
    """The next file that a program opens then takes the number of stdout."""
    ended = closed(command, f"{end} >&-", archive)
    assert ended.returncode == 61
    said = ended.stdout.decode()
    assert said.startswith("Error: stdout is closed") is (end == "2>&1")
    assert said.count("\n") == (end == "2>&1")
    assert not [
        archive.parent / one for one in ("results", "plan.jsonl") if (archive.parent / one).exists()
    ]


def test_a_closed_stdout_is_an_error_in_json_too(archive: Path) -> None:
    ended = closed("status --json", "2>&1 >&-", archive)
    assert ended.returncode == 61
    assert json.loads(ended.stdout)["error"] == "OutputFailed"


def closed(command: str, end: str, archive: Path) -> subprocess.CompletedProcess[bytes]:
    """`exodus` with what a shell closes."""
    env = environment(EXODUS_ARCHIVE=str(archive))
    return subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join(EXODUS)} {command} {end}"],
        capture_output=True,
        cwd=archive.parent,
        env=env,
        check=False,
        timeout=SECONDS,
    )


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
