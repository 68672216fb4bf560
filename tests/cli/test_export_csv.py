"""`exodus export-csv`: which files, what is said of them, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from tests.endurance.support import EXODUS, SECONDS, environment, run
from tests.mturk_exodus.requester_site.support import DUMP, file_of, hit, holding, put, row, work

FORMULA = {"Answer.a": "=1+1"}
CONTENT = file_of([row(**FORMULA)], list(FORMULA))
BATCH = "3000001"
TYPE = "3TYPE000000000000000000000000A"
SAYS_FORMULA = (
    "Warning: a spreadsheet would take 1 cells for formulas; --for-spreadsheets puts a ' "
)


@pytest.fixture
def of_files(tmp_path: Path) -> Path:
    """An archive of one batch, of a HIT without a batch, and of one that nobody worked on."""
    with holding(tmp_path, CONTENT) as archive:
        other = {"HITId": "3HITOTHER", "RequesterAnnotation": None}
        put(archive, DUMP, hit(**other, HITTypeId="3T/.."), work("3WORKOTHER", HITId="3HITOTHER"))
        put(archive, DUMP, hit(HITId="3HITIDLE"))
    return tmp_path / "mturk.db"


def export(archive: Path, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Its very bytes."""
    return subprocess.run(
        [*EXODUS, "export-csv", "--archive", archive, *map(str, arguments)],
        capture_output=True,
        env=environment(),
        check=False,
        timeout=SECONDS,
    )


def test_a_batch_on_stdout_is_the_file_and_nothing_else(of_files: Path) -> None:
    done = export(of_files, "--batch", BATCH)
    assert (done.returncode, done.stdout) == (0, CONTENT.encode())
    first, second = done.stderr.decode().splitlines()
    assert first == "1 HITs that nobody worked on have no row, as on the site"
    assert second.startswith(SAYS_FORMULA)


def test_a_file_is_written_for_its_owner_alone(of_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "results.csv"
    done = export(of_files, "--hit-type", TYPE, "--out", out)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == CONTENT.encode()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert done.stdout.decode().split() == ["file", "rows", "columns", str(out), "1", "30"]


def test_everything_goes_into_a_folder(of_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    done = export(of_files, "--all", "--out", out, "--json", "--for-spreadsheets")
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode() == "1 HITs that nobody worked on have no row, as on the site\n"
    said = json.loads(done.stdout)
    paths = [Path(file.pop("path")) for file in said["files"]]
    assert sorted(out.iterdir()) == sorted(paths)
    assert paths[0] == out / f"Batch_{BATCH}_batch_results.csv"
    assert paths[0].read_bytes() == CONTENT.replace("=1+1", "'=1+1").encode()
    assert paths[1].name.startswith("HITType_3T____")
    assert said == {
        "files": [
            {"columns": 30, "rows": 1, "formulas": 1, "unreadable": 0},
            {"columns": 29, "rows": 1, "formulas": 0, "unreadable": 0},
        ],
        "rows": 2,
        "hits_without_assignments": 1,
    }


def test_a_folder_that_is_there_takes_one_batch_too(of_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "folder"
    out.mkdir()
    assert export(of_files, "--batch", BATCH, "--out", out).returncode == 0
    assert [file.name for file in out.iterdir()] == [f"Batch_{BATCH}_batch_results.csv"]


def test_no_file_is_overwritten_and_none_is_begun(of_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "folder"
    out.mkdir()
    there = out / f"Batch_{BATCH}_batch_results.csv"
    there.symlink_to(tmp_path / "nowhere")
    done = run("export-csv", "--archive", of_files, "--all", "--out", out)
    assert (done.returncode, done.stdout) == (61, "")
    assert done.stderr == (
        f"Error: {there} is there already, and is left as it is; name another place\n"
    )
    assert list(out.iterdir()) == [there]


def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(
    of_files: Path, tmp_path: Path
) -> None:
    out = tmp_path / "file"
    out.touch()
    done = run("export-csv", "--archive", of_files, "--all", "--out", out)
    assert done.returncode == 61
    assert done.stderr.startswith(f"Error: {out}/Batch_{BATCH}_batch_results.csv cannot be written")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (["--batch", "7"], f"there is no batch 7 in ARCHIVE; it holds 1: {BATCH}"),
        (["--batch", BATCH, "--batch", "\x1b7"], "there is no batch \N{REPLACEMENT CHARACTER}7 in"),
        (["--hit-type", "X"], f"there is no HIT type X in ARCHIVE; it holds 2: 3T/.., {TYPE}"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    wanted: list[str], line: str, of_files: Path, tmp_path: Path
) -> None:
    done = run("export-csv", "--archive", of_files, *wanted, "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (19, "")
    assert done.stderr.startswith(f"Error: {line.replace('ARCHIVE', str(of_files))}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_of_many_batches_ten_are_named(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db") as archive:
        hits = [
            hit(HITId=f"3HIT{number:02}", RequesterAnnotation=f"BatchId:{number:02};")
            for number in range(12)
        ]
        put(archive, DUMP, *hits)
    done = run("export-csv", "--archive", tmp_path / "mturk.db", "--batch", "7")
    assert "it holds 12: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09 and others\n" in done.stderr
    everything = run("export-csv", "--archive", tmp_path / "mturk.db", "--all", "--out", tmp_path)
    assert everything.returncode == 19
    assert everything.stderr.endswith("holds no assignment, so there is nothing to write\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--batch", "1", "--all"],
        ["--batch", "1", "--hit-type", "2"],
        ["--all"],
        ["--batch", "1", "--batch", "2"],
        ["--batch", "1", "--json"],
        ["--all", "--out", "-"],
    ],
)
def test_wrong_usage_is_said_before_the_archive_is_looked_for(
    arguments: list[str], tmp_path: Path
) -> None:
    done = run("export-csv", "--archive", tmp_path / "none.db", *arguments)
    assert (done.returncode, done.stdout) == (2, "")


def test_an_exported_account_gives_rows_for_every_assignment(archive: Path, tmp_path: Path) -> None:
    done = run("export-csv", "--archive", archive, "--all", "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    with Archive.open(archive, read_only=True) as opened:
        count = "select count(*) from assignments"
        (assignments,) = opened.connection.execute(count).fetchone()
    rows = 0
    for file in (tmp_path / "out").iterdir():
        header, *lines = csv.reader(io.StringIO(file.read_text("utf-8"), newline=""))
        assert {len(cells) for cells in lines} == {len(header) - 2}
        rows += len(lines)
    assert rows == assignments == json.loads(done.stdout)["rows"]


def test_a_reader_who_has_read_enough_is_no_error(archive: Path) -> None:
    with Archive.open(archive, read_only=True) as opened:
        query = "select hit_type_id from hits join assignments using (hit_id) group by 1"
        (hit_type,) = opened.connection.execute(f"{query} order by count(*) desc").fetchone()
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [*EXODUS, "export-csv", "--archive", archive, "--hit-type", hit_type],
            stdout=nobody,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
            timeout=SECONDS,
        )
    assert (done.returncode, b"Error" in done.stderr, b"Traceback" in done.stderr) == (
        0,
        False,
        False,
    )


def test_a_full_disk_is_an_error_of_one_line(of_files: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*EXODUS, "export-csv", "--archive", of_files, "--batch", BATCH],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
            timeout=SECONDS,
        )
    assert done.returncode == 61
    assert done.stderr == b"Error: the output could not be written: No space left on device\n"
