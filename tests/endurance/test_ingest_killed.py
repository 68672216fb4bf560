"""`exodus ingest` killed and stopped at random instants: each file is held whole, or not at all."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources import apart
from mturk_exodus.sources.registry import installed
from tests.endurance.support import EXODUS, environment, rows, run, start, the_error
from tests.mturk_exodus.archive.files_support import Dump, differences, dump
from tests.mturk_exodus.sources import lab

KILLS = 20
BIG = "m_Batch_900_batch_results.csv"
KEPT = "select name, entries from files where outcome = 'kept' order by name"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files, one of which is read in a process of its own."""
    made = tmp_path_factory.mktemp("kept")
    for number in range(14):
        big = lab.batch(number, hits=60, each=5)
        letter = "abcdefgrstuvwx"[number]
        (made / f"{letter}_Batch_{number}_batch_results.csv").write_bytes(lab.table(big))
    wide = [{**row, "Answer.why": "word " * 300} for row in lab.batch(900, hits=1_500, each=4)]
    (made / BIG).write_bytes(lab.table(wide))
    assert (made / BIG).stat().st_size > apart.WORTH_IT
    return made


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it gives when nobody disturbs it, and how long it takes."""
    archive = tmp_path_factory.mktemp("undisturbed") / "mturk.db"
    began = time.monotonic()
    done = run("ingest", folder, "--archive", archive)
    archive.with_name("seconds").write_text(str(time.monotonic() - began))
    assert (done.returncode, done.stderr) == (0, "")
    return archive


def seconds(undisturbed: Path) -> float:
    return float(undisturbed.with_name("seconds").read_text())


def dumped(archive: Path) -> Dump:
    with Archive.open(archive, read_only=True) as opened:
        assert list(verify(opened, installed().meanings())) == []
        return dump(opened)


def readers(folder: Path) -> list[int]:
    """The reading processes of this test that are there."""
    listed = subprocess.run(
        ["/bin/ps", "-ewwo", "pid=,stat=,args="], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [
        int(line.split()[0])
        for line in listed
        if apart.__name__ in line and str(folder) in line and line.split()[1][0] != "Z"
    ]


def wait_for_readers(folder: Path, number: int, patience: float = 20) -> list[int]:
    give_up = time.monotonic() + patience
    while len(found := readers(folder)) != number:
        assert time.monotonic() < give_up, found
        time.sleep(0.02)
    return found


def test_killed_at_random_instants_it_holds_whole_files_and_ends_the_same(
    folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "mturk.db"
    chance = random.Random(20261122)  # noqa: S311 - instants
    whole = dict(rows(undisturbed, KEPT))
    held: set[str] = set()
    while_big = 0
    for kill in range(KILLS):
        with start("ingest", folder, "--archive", archive) as process:
            if kill % 2:
                time.sleep(chance.uniform(0.05, seconds(undisturbed)))
            else:
                _wait_for_big(process, folder)
                time.sleep(chance.uniform(0, seconds(undisturbed) / 4))
            while_big += bool(readers(folder))
            process.kill()
        if not archive.exists():
            continue
        with Archive.open(archive, read_only=True) as opened:
            assert list(verify(opened, installed().meanings())) == []
        kept = dict(rows(archive, KEPT))
        assert kept.items() <= whole.items(), "a file is held in part"
        assert held <= set(kept), "what was kept is lost"
        held = set(kept)
        for name, entries in kept.items():
            ((there,),) = rows(
                archive,
                "select count(*) from assignments join files using (file_id) where name = ?",
                name,
            )
            assert there == entries
        wait_for_readers(folder, 0)
        if BIG in {Path(name).name for name in kept}:
            archive.unlink()
            for beside in tmp_path.glob("mturk.db-*"):
                beside.unlink()
            held = set()
    assert while_big >= KILLS // 4
    done = run("ingest", folder, "--archive", archive)
    assert (done.returncode, done.stderr) == (0, "")
    assert differences(dumped(undisturbed), dumped(archive)) == {}
    left = ["mturk.db", "mturk.db.README.md", "mturk.db.lock"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def _wait_for_big(process: subprocess.Popen[str], folder: Path) -> None:
    give_up = time.monotonic() + 30
    while process.poll() is None and not readers(folder) and time.monotonic() < give_up:
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_stopped_it_keeps_the_files_before_and_says_how_to_go_on(
    number: signal.Signals, share: float, folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "mturk.db"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with start("ingest", folder, "--archive", archive) as process:
            time.sleep(share * seconds(undisturbed))
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=30)
    finally:
        signal.signal(signal.SIGINT, before)
    # The very beginning and the very end of a process are the interpreter's: the signal kills.
    assert process.returncode in (0, 130, -number)
    if process.returncode == 130:
        line = the_error(stderr.splitlines()[-1])
        # Before anything has begun there is nothing to go on with.
        same = f"To go on: exodus ingest {folder} --archive {archive}"
        assert line == "stopped" or line.endswith(same)
        _assert_stopped(archive, dict(rows(undisturbed, KEPT)), stdout)
    wait_for_readers(folder, 0, 5)
    assert run("ingest", folder, "--archive", archive).returncode == 0
    assert differences(dumped(undisturbed), dumped(archive)) == {}


def _assert_stopped(archive: Path, whole: dict[str, int], stdout: str) -> None:
    kept = dict(rows(archive, KEPT)) if archive.exists() else {}
    assert kept.items() <= whole.items()
    if kept != whole:
        assert stdout == ""
        outcomes = rows(archive, "select outcome from runs") if archive.exists() else []
        assert {outcome for (outcome,) in outcomes} <= {"interrupted", None}


def test_without_its_reading_process_a_file_is_refused_and_the_others_are_kept(
    folder: Path, undisturbed: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "mturk.db"
    with start("ingest", folder, "--archive", archive) as process:
        (reader,) = wait_for_readers(folder, 1)
        os.kill(reader, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 53
    assert f"{BIG}: the process that read it ended before the file did" in stdout
    assert "1 file" in the_error(stderr.splitlines()[-1])
    kept = {Path(name).name for name, _ in rows(archive, KEPT)}
    assert kept == {path.name for path in folder.iterdir()} - {BIG}
    dumped(archive)
    assert run("ingest", folder, "--archive", archive).returncode == 0
    mended, wanted = dumped(archive), dumped(undisturbed)
    assert differences(wanted, mended) == {}


def test_stopped_in_a_dry_run_it_keeps_nothing(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    Archive.create(archive).close()
    before = dumped(archive)
    with subprocess.Popen(
        [*EXODUS, "ingest", "--dry-run", str(folder), "--archive", str(archive)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        wait_for_readers(folder, 1)
        process.terminate()
        process.wait(30)
    assert process.returncode == 130
    assert differences(before, dumped(archive)) == {}
    assert rows(archive, "select count(*) from runs") == [(0,)]
    wait_for_readers(folder, 0, 5)
