"""`exodus ingest` as people run it: its codes, its lines, its JSON, and what it never says."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.registry import installed
from tests.endurance.small_disk import limited
from tests.endurance.support import (
    EXODUS,
    SECONDS,
    environment,
    json_line,
    rows,
    run,
    snapshot,
    start,
    the_error,
    wait_until,
)
from tests.mturk_exodus.archive.files_support import Dump, differences, dump
from tests.mturk_exodus.sources import lab
from tests.mturk_exodus.sources.lab import Lab

ROWS = lab.batch(7)
TABLE = lab.table(ROWS)
WORKER = "AWPLANTED7WORKER"
ANSWER = "planted answer of a person"
DAMAGED = TABLE[:-90] + b"\0" * 90
GIGABYTE = 1_000_000_000


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where the archive goes: not among the files."""
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder / "mturk.db"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where files lie."""
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def ingest(db: Path, *arguments: object, **how: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - as run has it
    done = run("ingest", "--archive", db, *arguments, **how)
    assert "Traceback" not in done.stderr
    if db.exists():
        assert clean(db)
    return done


def clean(db: Path) -> Dump:
    """What an archive holds, after a look at all of it."""
    with Archive.open(db, read_only=True) as opened:
        assert list(verify(opened, installed().meanings())) == []
        return dump(opened)


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# Codes


def test_0_every_file_of_a_known_kind_is_held(db: Path, kept: Path) -> None:
    write(kept / "Batch_1_batch_results.csv", TABLE)
    write(kept / "notes.txt", "nothing")
    before = snapshot(kept)
    done = ingest(db, kept)
    assert (done.returncode, done.stderr) == (0, "")
    assert "read as batch_csv" in done.stdout
    assert f"exodus verify --archive {db}" in done.stdout
    assert snapshot(kept) == before
    again = ingest(db, kept)
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.parametrize("name", ["nothing.csv", "no*.csv", "a\nb\x1b[31m", "[", "caf\udce9"])
def test_51_there_is_no_such_file(name: str, db: Path, kept: Path) -> None:
    write(kept / "Batch_1_batch_results.csv", TABLE)
    done = ingest(db, kept, kept / name)
    assert (done.returncode, done.stdout) == (51, "")
    assert "\x1b" not in the_error(done.stderr)
    held = rows(db, "select count(*) from hits") if db.exists() else [(0,)]
    assert held == [(0,)], "nothing is taken before"


def test_51_in_json(db: Path, kept: Path) -> None:
    done = ingest(db, kept / "nothing", "--json")
    assert (done.returncode, done.stdout) == (51, "")
    assert json_line(done.stderr)["error"] == "SourceFileNotFound"


def test_52_no_file_is_of_a_known_kind(db: Path, kept: Path) -> None:
    write(kept / "notes.txt", "nothing")
    write(kept / "scores.csv", "a,b\n1,2\n")
    done = ingest(db, kept)
    assert done.returncode == 52
    assert the_error(done.stderr).startswith("none of 2 files is of a known kind")


def test_52_an_empty_folder(db: Path, kept: Path) -> None:
    done = ingest(db, kept)
    assert done.returncode == 52
    the_error(done.stderr)


def test_53_a_file_is_refused_and_the_others_are_kept(db: Path, kept: Path) -> None:
    write(kept / "a.csv", DAMAGED)
    write(kept / "b.csv", lab.table(lab.batch(8)))
    done = ingest(db, kept)
    assert done.returncode == 53
    the_error(done.stderr)
    assert f"refused: {kept}/a.csv: has NUL bytes" in done.stdout
    assert rows(db, "select count(*) from assignments") == [(12,)]


def test_53_a_row_is_refused(db: Path, kept: Path) -> None:
    write(kept / "a.csv", lab.table([*ROWS[:2], {**ROWS[2], "AssignmentId": ""}]))
    done = ingest(db, kept)
    assert done.returncode == 53
    assert "0 files and 1 row" in the_error(done.stderr)
    assert rows(db, "select count(*) from assignments") == [(2,)]


def test_54_there_is_no_such_source(db: Path, kept: Path) -> None:
    write(kept / "a.csv", TABLE)
    done = ingest(db, kept, "--source", "nothing")
    assert (done.returncode, done.stdout) == (54, "")
    assert "there are amti, api_dump" in the_error(done.stderr)


def test_54_leaves_no_archive_behind(db: Path, kept: Path) -> None:
    """A slip of the keyboard makes nothing."""
    write(kept / "a.csv", TABLE)
    assert ingest(db, kept, "--source", "nothing").returncode == 54
    assert ingest(db, kept / "nothing").returncode == 51
    assert not db.exists()


@pytest.mark.parametrize("arguments", [[], ["--nothing"], ["--source"]])
def test_2_it_cannot_be_understood(arguments: list[str], db: Path) -> None:
    done = ingest(db, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert not db.exists()


def test_12_13_and_15_the_archive_is_none_or_newer_or_busy(db: Path, kept: Path) -> None:
    write(kept / "a.csv", TABLE)
    write(db, "no archive")
    done = run("ingest", kept, "--archive", db)
    assert (done.returncode, db.read_text()) == (12, "no archive")
    the_error(done.stderr)
    db.unlink()
    Archive.create(db).close()
    with closing(sqlite3.connect(db)) as connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " select migration_set, 'm9999_later', applied_at from _sqlite_migrations limit 1"
        )
        connection.commit()
    before = db.read_bytes()
    newer = run("ingest", kept, "--archive", db)
    assert newer.returncode == 13
    assert "install that one" in the_error(newer.stderr)
    assert db.read_bytes() == before


def test_15_two_at_once(db: Path, kept: Path) -> None:
    Lab(kept, hits=20).grow(100)
    with start("ingest", kept, "--archive", db) as first:
        wait_until(lambda: db.with_name("mturk.db.lock").exists(), first)
        second = run("ingest", kept, "--archive", db)
        assert first.poll() is None
        assert (second.returncode, second.stdout) == (15, "")
        assert "wait for it, or stop it" in the_error(second.stderr)
        first.communicate(timeout=60)
    assert first.returncode == 53
    clean(db)


@pytest.mark.parametrize("limit", [300_000, 600_000, 2_000_000])
def test_16_the_disk_is_full(limit: int, db: Path, kept: Path) -> None:
    Lab(kept, hits=40).grow(16)
    done = ingest(db, kept, program=limited(limit))
    assert (done.returncode, done.stdout) == (16, "")
    assert "make room" in the_error(done.stderr)
    again = ingest(db, kept)
    assert again.returncode == 53, "one row of the tree is cut off"
    other = db.with_name("other.db")
    assert ingest(other, kept).returncode == 53
    assert differences(clean(other), clean(db)) == {}


# What is said


def test_json_is_all_there_is_on_stdout(db: Path, kept: Path) -> None:
    known = Lab(kept).grow(24)
    done = ingest(db, kept, "--json")
    assert done.returncode == 53
    assert json_line(done.stderr)["error"] == "FilesRefused"
    said = json.loads(done.stdout)
    files, archive = said["files"], said["archive"]
    assert files["read"] == {"batch_csv": known.read}
    assert files["copies"] == known.copies
    assert files["refused"] == []
    assert len(files["of_no_known_kind"]) == known.unknown
    assert said["entries"] == {
        "read": known.rows,
        "kept": known.rows - known.refused_rows,
        "refused": known.refused_rows,
    }
    (cut,) = files["incomplete"]
    assert cut["refused_entries"] == {"the file ends inside this row": 1}
    assert {name: archive[name] for name in known.held()} == known.held()
    assert said["records"]["new"] == {
        "hits": len(known.hits),
        "assignments": len(known.assignments),
    }


def test_a_dry_run_says_so_and_leaves_no_archive(db: Path, kept: Path) -> None:
    write(kept / "a.csv", TABLE)
    done = ingest(db, kept, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "dry run: nothing was kept" in done.stdout
    assert list(db.parent.iterdir()) == []
    assert ingest(db, kept).returncode == 0
    before = clean(db)
    write(kept / "b.csv", lab.table(lab.batch(8)))
    assert "24" in ingest(db, kept, "--dry-run").stdout
    assert differences(before, clean(db)) == {}


def test_nothing_is_said_of_workers_and_answers(db: Path, kept: Path) -> None:
    row = {**ROWS[1], "WorkerId": WORKER, "Answer.why": ANSWER}
    write(kept / "a.csv", lab.table([ROWS[0], {**row, "AssignmentId": ANSWER}]))
    write(kept / "b.csv", lab.table([{**row, "SubmitTime": WORKER, "HITId": WORKER.lower()}]))
    write(kept / "c.csv", lab.table([row])[:-40])
    work = {"AssignmentId": WORKER, "WorkerId": WORKER, "Answer": ANSWER}
    write(kept / "d.json", json.dumps({"Assignments": [work, {**work, "HITId": [ANSWER]}]}))
    write(kept / "e.json", json.dumps({"Assignments": [{**work, "HITId": "3H"}]})[:-9])
    write(
        kept / "f.json", json.dumps({"WorkerBlocks": [{"WorkerId": [WORKER]}, {"Reason": ANSWER}]})
    )
    write(
        kept / "g.txt",
        json.dumps({"hit_id": 7, "assignment_id": ANSWER, "worker_id": WORKER, "output": ANSWER}),
    )
    workers = {
        "Worker ID": WORKER + " ",
        "Number of HITs approved - Lifetime": ANSWER,
        "CURRENT BlockStatus": ANSWER,
        "UPDATE-BlockStatus": "x",
    }
    write(kept / "h.csv", lab.table([workers, {**workers, "Worker ID": ""}], marks=False))
    event = {"EventType": ANSWER, "EventTimestamp": WORKER, "HITId": "3H", "AssignmentId": WORKER}
    write(kept / "i.json", json.dumps([event, {**event, "EventType": [WORKER]}]))
    for how in ([], ["--json"], ["--dry-run"], ["--again"]):
        done = ingest(db, kept, *how)
        assert done.returncode == 53
        assert WORKER not in done.stdout + done.stderr
        assert ANSWER not in done.stdout + done.stderr
    verified = run("verify", "--archive", db)
    assert WORKER not in verified.stdout + verified.stderr


def test_names_are_shown_without_harm(db: Path, kept: Path) -> None:
    write(kept / "a\x1b[31m\nb\udce9.csv", DAMAGED)
    for how in ([], ["--json"]):
        done = ingest(db, kept, *how)
        assert done.returncode == 53
        assert "\x1b" not in done.stdout + done.stderr
    assert len(rows(db, "select * from files")) == 1


def test_a_long_list_of_troubles_ends(db: Path, kept: Path) -> None:
    for number in range(60):
        write(kept / f"{number}.csv", DAMAGED + b"\0" * number)
    done = ingest(db, kept)
    assert done.returncode == 53
    assert len(done.stdout.splitlines()) < 60
    assert "and 40 more" in done.stdout


# Folders


def test_an_archive_in_the_folder_and_the_one_that_is_written(kept: Path) -> None:
    db = kept / "mturk.db"
    write(kept / "a.csv", TABLE)
    for _ in range(2):
        done = ingest(db, kept)
        assert (done.returncode, done.stderr) == (0, "")
    assert ingest(kept / "other.db", kept).returncode == 0
    assert ingest(db, db).returncode == 52


NOBODY = """
import encodings.cp1252, encodings.idna, encodings.utf_16, os
from mturk_exodus.cli import ingest, main
from mturk_exodus.sources.registry import installed
from rich import console
installed()
if os.geteuid() == 0:
    os.setuid(65534)
main()
"""
"""`exodus ingest` as a user without rights, who need not be able to read Python's own files."""


def test_what_may_not_be_read_is_a_line(db: Path, kept: Path, tmp_path: Path) -> None:
    write(kept / "a.csv", TABLE).chmod(0)
    write(kept / "b.csv", lab.table(lab.batch(8))).chmod(0o644)
    write(kept / "closed" / "c.csv", TABLE)
    (kept / "closed").chmod(0)
    if os.geteuid() == 0:
        for folder in (db.parent, kept):
            os.chown(folder, 65534, 65534)
    for parent in (tmp_path, *tmp_path.parents):
        if str(parent).startswith("/tmp/"):  # noqa: S108 - pytest's own folders
            parent.chmod(0o755)
    tried = subprocess.run(
        [sys.executable, "-c", NOBODY, "ingest", str(kept), "--archive", str(db)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(HOME="/"),
        timeout=SECONDS,
    )
    if "ModuleNotFoundError" in tried.stderr:
        pytest.skip("nobody but root may read this Python")
    assert tried.returncode == 53, tried.stderr
    assert f"refused: {kept}/a.csv: cannot be read: Permission denied" in tried.stdout
    assert f"refused: {kept}/closed: cannot be read: Permission denied" in tried.stdout
    assert rows(db, "select count(*) from assignments") == [(12,)]
    clean(db)


def test_ten_thousand_files_half_of_them_foreign(db: Path, kept: Path) -> None:
    for number in range(5_000):
        folder = kept / f"{number % 50}"
        folder.mkdir(exist_ok=True)
        hit = lab.batch(number, hits=1, each=1)
        (folder / f"{number}.csv").write_bytes(lab.table(hit))
        (folder / f"{number}.R").write_text(f"x <- {number}\n")
    done = run("ingest", kept, "--archive", db)
    assert done.returncode == 0
    assert "5,000" in done.stdout
    clean(db)


def test_many_files_in_one_folder_take_no_longer_than_in_many(db: Path, kept: Path) -> None:
    """What is beside a file is looked at once for the folder, not once for each file."""
    for number in range(3_000):
        (kept / f"{number}.json").write_text('{"a": 1}')
    began = time.monotonic()
    assert ingest(db, kept).returncode == 52
    assert time.monotonic() - began < 30


# Memory


MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code, file=sys.stderr)
"""


def peak(*arguments: object) -> tuple[float, int]:
    """Megabytes of the largest of its processes, and the exit code."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *EXODUS, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        timeout=280,
    )
    kilobytes, code = done.stderr.split()[-2:]
    return int(kilobytes) / 1024, int(code)


def test_a_large_table_takes_little_memory(db: Path, kept: Path) -> None:
    """300 MB, whose rows differ in their ids."""
    wide = [{**row, "Answer.why": "word " * 1_000} for row in lab.batch(1, hits=100, each=10)]
    heading, body = lab.table(wide).split(b"\r\n", 1)
    with (kept / "a.csv").open("wb") as file:
        file.write(heading + b"\r\n")
        for number in range(300_000_000 // len(body) + 1):
            file.write(body.replace(b'"3A00001', f'"3A{number:05}'.encode()))
    megabytes, code = peak("ingest", kept, "--archive", db)
    assert code == 0
    assert megabytes < 500
    assert rows(db, "select count(*) from assignments")[0][0] > 50_000


def test_a_zip_that_unpacks_to_a_gigabyte_takes_little_memory(db: Path, kept: Path) -> None:
    with (
        zipfile.ZipFile(kept / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("bomb.csv", "w", force_zip64=True) as bomb,
    ):
        heading, row, *_ = TABLE.split(b"\r\n")
        bomb.write(heading + b"\r\n" + row[:-20])
        for _ in range(1_100):
            bomb.write(b" " * 1_000_000)
    began = time.monotonic()
    megabytes, code = peak("ingest", kept, "--archive", db)
    assert code == 53
    assert megabytes < 500
    assert time.monotonic() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clean(db)
