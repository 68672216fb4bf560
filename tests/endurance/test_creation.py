"""An archive that cannot be created whole, or whose making is cut off, must not be left half made.

Found with disks that fill up while the archive is made, and with kills at that time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from mturk_exodus.demo import synthesize
from tests.endurance.small_disk import limited, namespace
from tests.endurance.support import (
    SECONDS,
    assert_whole,
    environment,
    export_of,
    json_line,
    rows,
    run,
    start,
    the_error,
    wait_until,
)
from tests.fakes.mturk import FakeMTurk, Faults, TokenBucket

ON_A_TINY_DISK = """
set -u
mount -t tmpfs -o size="$SIZE" exodus "$DISK" || exit 99
"$@" >"$OUT/full.out" 2>"$OUT/full.err"
echo $? >"$OUT/full.code"
ls -A "$DISK" >"$OUT/left"
mount -o remount,size=64m "$DISK" || exit 98
"$@" >"$OUT/roomy.out" 2>"$OUT/roomy.err"
echo $? >"$OUT/roomy.code"
"""


@pytest.mark.parametrize("limit", [0, 4, 20, 64, 120])
def test_no_room_for_an_archive_at_all(limit: int, tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(12, 5)) as fake:
        ended = run(*export_of(fake, archive, "--json"), program=limited(limit * 1024))
        assert ended.returncode == 16, ended.stderr
        assert json_line(ended.stderr)["error"] == "ArchiveNotWritable"
        assert list(tmp_path.iterdir()) == [], "no unfinished archive is left"
        assert fake.log == []
        assert run(*export_of(fake, archive)).returncode == 0
        assert_whole(archive, fake)


@pytest.mark.parametrize("size", ["100k", "230k", "260k", "300k", "420k"])
def test_a_disk_that_fills_up_while_the_archive_is_made(size: str, tmp_path: Path) -> None:
    """At 260 to 420 KB a malformed archive appears under its name: the last checkpoint of the
    unfinished file fails without a word, and the file is linked all the same.
    """
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    settings = {"SIZE": size, "DISK": str(disk), "OUT": str(out)}
    with FakeMTurk(synthesize(12, 2)) as fake:
        export = [sys.executable, "-m", "mturk_exodus"]
        export += map(str, export_of(fake, disk / "mturk.db", "--review-results", "none"))
        subprocess.run(
            [*namespace(), "sh", "-c", ON_A_TINY_DISK, "sh", *export],
            env=environment(**settings),
            check=True,
            timeout=SECONDS,
        )
    said = {path.name: path.read_text() for path in out.iterdir()}
    assert said["full.code"] == "16\n", said["full.err"]
    the_error(said["full.err"])
    assert said["roomy.code"] == "0\n", said["roomy.err"]
    left = set(said["left"].split()) - {"mturk.db", "mturk.db-wal", "mturk.db-shm", "mturk.db.lock"}
    assert left == set(), "nothing unfinished is left"


def test_a_kill_while_the_archive_is_made_leaves_no_litter_for_ever(tmp_path: Path) -> None:
    """Each such kill leaves `.mturk.db.XXXXXXXX.new`, `-wal` and `-shm`; nobody removes them."""
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(12, 2)) as fake:
        for _ in range(4):
            with start(*export_of(fake, archive)) as process:
                wait_until(lambda: any(tmp_path.iterdir()), process)
                time.sleep(0.002)
                process.kill()
                process.communicate()
        assert run(*export_of(fake, archive)).returncode == 0
    left = {path.name for path in tmp_path.iterdir() if path.name.startswith(".")}
    assert left == set()


def test_the_rate_that_was_found_outlives_a_kill(tmp_path: Path) -> None:
    """It is written at the end of a run alone: after a kill the export begins at 5 calls a second
    again, and is throttled again on its way up.
    """
    archive = tmp_path / "mturk.db"
    faults = Faults(throttle=TokenBucket(rate=8, burst=4))
    with (
        FakeMTurk(synthesize(12, 40), faults=faults) as fake,
        start(*export_of(fake, archive)) as process,
    ):
        wait_until(lambda: any(call.outcome == "throttle" for call in fake.log), process)
        wanted = len(fake.log) + 10
        wait_until(lambda: len(fake.log) >= wanted, process)
        process.kill()
        process.communicate()
    assert rows(archive, "select 1 from archive_info where name like '%rate'") == [(1,)]
