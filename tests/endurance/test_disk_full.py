"""A disk without room: the export ends with one line, and what it has fetched is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.demo import synthesize
from tests.endurance.small_disk import limited, namespace
from tests.endurance.support import (
    SECONDS,
    assert_whole,
    environment,
    export_of,
    findings,
    rows,
    run,
    the_error,
)
from tests.fakes.mturk import FakeMTurk

HITS = 60
ON_A_SMALL_DISK = """
set -u
mount -t tmpfs -o size="$SIZE" exodus "$DISK" || exit 99
"$@" >"$OUT/full.out" 2>"$OUT/full.err"
echo $? >"$OUT/full.code"
"$PYTHON" -m mturk_exodus verify --archive "$DISK/mturk.db" >"$OUT/verify.out" 2>&1
echo $? >"$OUT/verify.code"
mount -o remount,size=64m "$DISK" || exit 98
"$@" >"$OUT/roomy.out" 2>"$OUT/roomy.err"
echo $? >"$OUT/roomy.code"
cp "$DISK"/mturk.db* "$OUT"
"""
"""A tmpfs that is full before the export is done, looked at, enlarged, and exported to again."""


def kilobytes(number: int) -> int:
    return number * 1024


def size_of_an_empty_archive(folder: Path) -> int:
    with Archive.create(folder / "empty.db") as empty:
        assert empty.archive_id
    return (folder / "empty.db").stat().st_size


@pytest.mark.parametrize("limit", [50, 200, 600, 1_100])
def test_files_that_cannot_grow(limit: int, tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    limit = size_of_an_empty_archive(tmp_path) + kilobytes(limit)
    with FakeMTurk(synthesize(12, HITS)) as fake:
        ended = run(*export_of(fake, archive), program=limited(limit))
        assert (ended.returncode, ended.stdout) == (16, "")
        line = the_error(ended.stderr)
        assert "make room" in line
        assert str(archive) in line
        assert findings(archive) == []
        done = rows(archive, "select count(*) from work where state = 'done'")
        assert done > [(0,)], "what was fetched is kept"
        again = run(*export_of(fake, archive))
        assert (again.returncode, again.stderr) == (0, "")
        assert_whole(archive, fake)


def test_no_room_for_an_archive_at_all(tmp_path: Path) -> None:
    limit = size_of_an_empty_archive(tmp_path) - kilobytes(8)
    folder = tmp_path / "account"
    folder.mkdir()
    with FakeMTurk(synthesize(12, HITS)) as fake:
        ended = run(*export_of(fake, folder / "mturk.db"), program=limited(limit))
        assert (ended.returncode, ended.stdout) == (16, "")
        assert "make room" in the_error(ended.stderr)
        assert list(folder.iterdir()) == []
        again = run(*export_of(fake, folder / "mturk.db"))
        assert (again.returncode, again.stderr) == (0, "")
        assert_whole(folder / "mturk.db", fake)


@pytest.mark.parametrize("more", [200, 460, 1_060])
def test_a_disk_that_is_full(more: int, tmp_path: Path) -> None:
    size = str(size_of_an_empty_archive(tmp_path) + kilobytes(more))
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    settings = {"SIZE": size, "DISK": str(disk), "OUT": str(out), "PYTHON": sys.executable}
    with FakeMTurk(synthesize(12, HITS)) as fake:
        export = [sys.executable, "-m", "mturk_exodus"]
        export += map(str, export_of(fake, disk / "mturk.db"))
        subprocess.run(
            [*namespace(), "sh", "-c", ON_A_SMALL_DISK, "sh", *export],
            env=environment(**settings),
            check=True,
            timeout=SECONDS,
        )
        said = {path.name: path.read_text() for path in out.glob("*.[oec]*")}
        assert (said["full.code"], said["full.out"]) == ("16\n", "")
        assert "make room" in the_error(said["full.err"])
        assert said["verify.code"] == "0\n", said["verify.out"]
        assert (said["roomy.code"], said["roomy.err"]) == ("0\n", "")
        assert len(rows(out / "mturk.db", "select * from runs")) == 2
        assert_whole(out / "mturk.db", fake)
