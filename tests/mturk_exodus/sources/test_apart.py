"""A file that is read in a process of its own gives the very batches that reading it here gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mturk_exodus.sources import apart
from mturk_exodus.sources.batches import batches
from mturk_exodus.sources.files import SourceFile, local_file
from mturk_exodus.sources.interface import FileRefused, Source
from mturk_exodus.sources.registry import installed
from tests.endurance.support import environment
from tests.mturk_exodus.sources import lab

INSTALLED = installed()
pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="with one core nothing is read apart"
)


def batch_table(size: int) -> bytes:
    """A raw download, some rows of which are cut short or odd."""
    rows = lab.batch(5, hits=40, each=25)
    rows[3]["HITId"] = "not an id"
    rows[5]["SubmitTime"] = "yesterday"
    rows[7]["Answer.why"] = "é\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
    one = lab.table(rows)
    heading, body = one.split(b"\r\n", 1)
    return heading + b"\r\n" + body * (size // len(body) + 1) + b'"3H'


def dump(size: int) -> bytes:
    """Records, one a line, some with half characters and numbers beyond all bounds."""
    odd: list[dict[str, object]] = [{"note": "\ud800"}, {"AcceptTime": 10**25}, {"HITId": None}, {}]
    made: list[str] = []
    length = 0
    while length < size:
        number = len(made)
        record: dict[str, object] = {
            "AssignmentId": f"3W{number}",
            "HITId": f"3H{number // 3}",
            "WorkerId": f"A{number % 997}",
            "Answer": "<QuestionFormAnswers/>" + "y" * 200,
            **odd[number % 50 if number % 50 < len(odd) else -1],
        }
        made.append(json.dumps(record))
        length += len(made[-1])
    return "\n".join(made).encode()


def results(size: int) -> bytes:
    """What the command line tools wrote."""
    rows = [
        {
            "hitid": row["HITId"],
            "hittypeid": row["HITTypeId"],
            "title": "Find the words",
            "reward": "$0.12",
            "assignments": "3",
            "hitstatus": "Reviewable",
            "assignmentid": row["AssignmentId"],
            "workerid": row["WorkerId"],
            "assignmentstatus": "Approved",
            "assignmentsubmittime": "Fri Dec 23 15:34:56 CET 2016",
            "Answer.label": "a" * 300,
        }
        for row in lab.batch(5, hits=40, each=25)
    ]
    one = lab.table(rows, lab.Style(delimiter="\t", end="\n"), marks=False)
    heading, body = one.split(b"\n", 1)
    return heading + b"\n" + body * (size // len(body) + 1)


KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "batch_csv": ("Batch_1_batch_results.csv", batch_table),
    "api_dump": ("assignments.jsonl", dump),
    "command_line_tools": ("words.results", results),
}


def made(folder: Path, name: str, size: int = apart.WORTH_IT) -> tuple[Source, SourceFile]:
    file_name, make = KINDS[name]
    path = folder / file_name
    path.write_bytes(make(size))
    file = local_file(path)
    source = INSTALLED.source(name)
    assert source.claims(file)
    return source, file


@pytest.mark.parametrize("name", KINDS)
def test_batches_read_apart_are_those_read_here(name: str, tmp_path: Path) -> None:
    source, file = made(tmp_path, name)
    assert apart._is_worth_it(source, file)
    here, read = batches(source, file), 0
    for there in apart.read(source, file):
        assert there == next(here)
        read += 1
    assert next(here, None) is None
    assert read > 5


@pytest.mark.parametrize("odd", ["a [b] *?.csv", "caf\udce9.csv", "-m.csv", "new\nline.csv"])
def test_a_file_of_any_name_is_read_apart(odd: str, tmp_path: Path) -> None:
    source, file = made(tmp_path, "batch_csv")
    path = tmp_path / odd
    Path(str(file.local_path)).rename(path)
    assert sum(batch.kept for batch in apart.read(source, local_file(path))) > 1_000


def test_a_refusal_comes_through(tmp_path: Path) -> None:
    source, file = made(tmp_path, "batch_csv")
    path = Path(str(file.local_path))
    with path.open("ab") as more:
        more.write(b'","' + b"x" * 40_000_000)
    with pytest.raises(FileRefused, match="has a cell of more than"):
        list(apart.read(source, local_file(path)))


def test_small_files_and_packed_ones_are_read_here(tmp_path: Path) -> None:
    source, file = made(tmp_path, "batch_csv", 1)
    assert not apart._is_worth_it(source, file)
    packed = SourceFile(file.name, Path(str(file.local_path)).open)  # type: ignore[arg-type] # never opened
    assert not apart._is_worth_it(source, packed)


def processes(*which: str) -> list[str]:
    """The reading processes there are, one a line, each line with its number at its beginning."""
    found = subprocess.run(
        ["/bin/ps", "-ww", "-o", "pid=,args=", *which], capture_output=True, text=True, check=False
    )
    return [line for line in found.stdout.splitlines() if apart.__name__ in line]


def children() -> list[int]:
    """The reading processes that this one has."""
    return [int(line.split()[0]) for line in processes("--ppid", str(os.getpid()))]


def test_a_reading_process_that_is_killed_is_a_reason(tmp_path: Path) -> None:
    source, file = made(tmp_path, "batch_csv")
    reading = iter(apart.read(source, file))
    next(reading)
    (child,) = children()
    os.kill(child, signal.SIGKILL)
    with pytest.raises(FileRefused, match="ended before the file did"):
        list(reading)
    assert children() == []


def test_whoever_stops_listening_leaves_no_process(tmp_path: Path) -> None:
    source, file = made(tmp_path, "batch_csv")
    reading = apart.read(source, file)
    next(iter(reading))
    assert len(children()) == 1
    reading.close()  # type: ignore[attr-defined] # it is a generator
    assert children() == []


LISTENER = """
import os, signal, sys
from pathlib import Path
from mturk_exodus.sources import apart
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.registry import installed
reading = iter(apart.read(installed().source("batch_csv"), local_file(Path(sys.argv[1]))))
next(reading)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_reading_process_whose_listener_was_killed_ends_by_itself(tmp_path: Path) -> None:
    _, file = made(tmp_path, "batch_csv", 60_000_000)
    killed = subprocess.run(
        [sys.executable, "-c", LISTENER, str(file.local_path)],
        env=environment(),
        check=False,
        timeout=90,
    )
    assert killed.returncode == -signal.SIGKILL
    give_up = time.monotonic() + 20
    while orphans := [line for line in processes("-e") if str(file.local_path) in line]:
        assert time.monotonic() < give_up, orphans
        time.sleep(0.05)


def test_programs_that_lie_about_are_not_run(tmp_path: Path) -> None:
    """A lab's folder holds scripts; one may be called as a module of Python's own is."""
    _, file = made(tmp_path, "batch_csv")
    for name in ("csv", "json", "random", "glob", "defusedxml"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'was run')!r}, 'w').close()\n")
    exodus = Path(sys.executable).parent / "exodus"
    done = subprocess.run(
        [exodus, "ingest", Path(str(file.local_path)).name],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert not (tmp_path / "was run").exists()
    assert "read as batch_csv" in done.stdout
