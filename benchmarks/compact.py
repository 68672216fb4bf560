"""`exodus compact` of an archive of rendered HITs, beside SQLite's own VACUUM of the same file.

VACUUM reads and writes every byte once, as compaction must at least.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from benchmarks.recovery import pieces, sentence
from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import HITS, Raw
from mturk_exodus.archive.writer import Origin, Writer

MAXRSS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024
AT_ONCE = 500


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=20_000, help="characters of a question")
    parser.add_argument("--variables", type=int, default=12)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive, copy = Path(folder) / "mturk.db", Path(folder) / "copy.db"
        print(f"making {asked.hits:,} HITs", file=sys.stderr)
        fill(archive, records(asked.hits, asked.size, asked.variables))
        shutil.copy(archive, copy)
        size = archive.stat().st_size
        print(f"{asked.hits:,} HITs, {size / 1e6:,.1f} MB")
        vacuum = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('vacuum')"
        timed("vacuum alone", [sys.executable, "-c", vacuum, str(copy)])
        exodus = [sys.executable, "-m", "mturk_exodus"]
        timed("exodus compact", [*exodus, "compact", "--archive", str(archive)])
        after = archive.stat().st_size
        print(f"{after / 1e6:,.1f} MB after, {size / after:.1f} times smaller")
        timed("exodus verify", [*exodus, "verify", "--archive", str(archive)])
        with closing(sqlite3.connect(archive)) as connection:
            began = time.perf_counter()
            (length,) = connection.execute("select sum(length(question)) from questions").fetchone()
            seconds = time.perf_counter() - began
        print(
            f"{'the view questions, in SQL':28} {seconds:8.2f} s  {length / 1e6:,.1f} M characters"
        )


def records(hits: int, size: int, variables: int) -> Iterator[Raw]:
    """HITs as the API gives them."""
    page = pieces(size, variables)
    for number in range(hits):
        text = page[0]
        for variable, piece in enumerate(page[1:]):
            text += sentence(number, variable) + piece
        wire = {
            "HITId": f"3HIT{number:026}",
            "HITTypeId": "3TYPE",
            "Title": "Label",
            "MaxAssignments": 1,
            "NumberOfAssignmentsAvailable": 1,
            "NumberOfAssignmentsPending": 0,
            "NumberOfAssignmentsCompleted": 0,
            "Question": text,
        }
        yield Raw(json.dumps(wire, separators=(",", ":")), wire)


def fill(path: Path, raws: Iterator[Raw]) -> None:
    """A new archive of these HITs."""
    with Archive.create(path) as archive:
        with archive.transaction():
            run = runs.begin(archive, "benchmark", {}, pass_id=None)
        writer = Writer(archive, run)
        while some := list(islice(raws, AT_ONCE)):
            with archive.transaction():
                writer.put(HITS, some, Origin("Benchmark", ""), {}, None)


def timed(name: str, command: list[str]) -> None:
    """Run a program and print what it took."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{name} failed: {status}")
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / MAXRSS_PER_MB
    print(f"{name:28} {seconds:8.2f} s  CPU {cpu:6.2f} s  peak {peak:4.0f} MB", flush=True)


if __name__ == "__main__":
    main()
