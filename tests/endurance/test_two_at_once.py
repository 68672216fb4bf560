"""One archive, two commands: one writes, others may read."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mturk_exodus.demo import synthesize
from tests.endurance.support import (
    assert_whole,
    export_of,
    json_line,
    rows,
    run,
    start,
    the_error,
    wait_until,
)
from tests.fakes.mturk import FakeMTurk


@contextmanager
def exporting(fake: FakeMTurk, archive: Path) -> Iterator[subprocess.Popen[str]]:
    """An export that has come some way, and ends by itself."""
    with start(*export_of(fake, archive)) as process:
        wait_until(lambda: len(fake.log) >= 25, process)
        try:
            yield process
            stdout, stderr = process.communicate(timeout=60)
            said = [line for line in stderr.splitlines() if "calls/s" not in line]
            assert (process.returncode, said) == (0, [])
            assert "ListHITs" in stdout
        finally:
            process.kill()


def test_the_second_export_is_refused_at_once_and_the_first_ends_whole(tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(8, 60), latency=0.2) as fake:
        with exporting(fake, archive) as first:
            began = time.monotonic()
            second = run(*export_of(fake, archive))
            assert time.monotonic() - began < 5
            assert first.poll() is None, "the first must still be at work"
            assert (second.returncode, second.stdout) == (15, "")
            assert "wait for it, or stop it" in the_error(second.stderr)
            third = run(*export_of(fake, archive, "--json"))
            assert (third.returncode, third.stdout) == (15, "")
            assert json_line(third.stderr)["error"] == "ArchiveBusy"
            assert first.poll() is None
        assert rows(archive, "select count(*) from runs") == [(1,)]
        assert_whole(archive, fake)


def test_verify_status_and_upgrade_during_an_export(tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(9, 60), latency=0.2) as fake:
        with exporting(fake, archive) as first:
            for _ in range(2):
                verified = run("verify", "--archive", archive, "--json")
                assert (verified.returncode, verified.stderr) == (0, "")
                assert json.loads(verified.stdout)["findings"] == []
            said = run("status", "--archive", archive, "--json")
            assert (said.returncode, said.stderr) == (0, "")
            (row,) = json.loads(said.stdout)["runs"]
            assert row["outcome"] is None
            assert first.poll() is None
            upgraded = run("upgrade", "--archive", archive)
            assert upgraded.returncode == 15, "a format is not changed under a running export"
            the_error(upgraded.stderr)
            assert first.poll() is None
        assert_whole(archive, fake)


def test_a_lock_left_by_a_killed_export_stops_nobody(tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(8, 10), latency=0.02) as fake:
        with start(*export_of(fake, archive)) as process:
            wait_until(lambda: len(fake.log) >= 10, process)
            process.kill()
        process.communicate()
        assert archive.with_name("mturk.db.lock").exists()
        assert run(*export_of(fake, archive)).returncode == 0
        assert_whole(archive, fake)
