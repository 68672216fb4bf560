"""`exodus ingest` of one large batch file beside csv.reader and executemany into a plain table.

The figures go to stdout, everything else to stderr. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from mturk_exodus.batch_columns import MARKS, OF_THE_ASSIGNMENT, OF_THE_HIT

OWN = ["Input.image_url", "Input.text", "Answer.category", "Answer.comment", "Answer.sure"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ASSIGNMENTS_PER_HIT = 3
WORKERS = 3000
TARGET = 3.0
MAXRSS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024


class Usage(NamedTuple):
    """What a process took; peak_mb is of its largest process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--floor", metavar="CSV", help=argparse.SUPPRESS)
    parser.add_argument("--key", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.floor:
        _floor(Path(asked.floor), key=asked.key)
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Batch_1_batch_results.csv"
        print(f"writing {asked.rows:,} rows", file=sys.stderr)
        write_batch(file, asked.rows)
        print(f"{asked.rows:,} rows, {file.stat().st_size / 2**20:,.0f} MB")
        print(f"{'':32} {'wall s':>8} {'rows/s':>9} {'us/row':>7} {'CPU s':>7} {'peak MB':>8}")
        for _ in range(asked.repeat):
            _compare(file, asked.rows)


def _compare(file: Path, rows: int) -> None:
    floor = [sys.executable, __file__, "--floor", str(file)]
    keyed = _print("csv.reader + executemany, key", measured([*floor, "--key"]), rows)
    plain = _print("csv.reader + executemany, no key", measured(floor), rows)
    archive = file.with_name("archive.db")
    exodus = [sys.executable, "-m", "mturk_exodus", "ingest", str(file), "--archive", str(archive)]
    first = _print("exodus ingest", measured(exodus), rows)
    print(
        f"{'':32} {first.seconds / keyed.seconds:.2f} times the floor with a key,"
        f" {first.seconds / plain.seconds:.2f} times the one without (target {TARGET})"
    )
    _print("exodus ingest, the same file", measured(exodus), rows)
    size = file.stat().st_size
    with file.open("a", newline="") as text:
        text.write("\r\n")  # another digest, the same rows
    _print("exodus ingest, the same rows", measured(exodus), rows)
    with file.open("r+b") as saved:
        saved.truncate(size)
    for left in file.parent.glob("archive.db*"):
        left.unlink()


def _print(name: str, usage: Usage, rows: int) -> Usage:
    print(
        f"{name:32} {usage.seconds:8.2f} {rows / usage.seconds:9,.0f}"
        f" {usage.seconds / rows * 1e6:7.1f} {usage.cpu_seconds:7.1f} {usage.peak_mb:8.0f}",
        flush=True,
    )
    return usage


def measured(command: list[str]) -> Usage:
    """Run a program to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(command)} failed: {status}")
    return Usage(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / MAXRSS_PER_MB)


def _floor(file: Path, *, key: bool) -> None:
    """What a person would write in ten lines: every cell into a column of text."""
    with (
        tempfile.TemporaryDirectory(dir=file.parent) as folder,
        closing(sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)) as database,
        file.open(newline="") as text,
    ):
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        rows = csv.reader(text)
        names = next(rows)[:-2]
        columns = [
            f'"{name}" text{" primary key" if key and name == "AssignmentId" else ""}'
            for name in names
        ]
        marks = ", ".join("?" * len(names))
        database.execute(f"create table batch ({', '.join(columns)})")
        database.execute("begin")
        database.executemany(f"insert into batch values ({marks})", rows)  # noqa: S608 - marks
        database.execute("commit")


def write_batch(file: Path, rows: int) -> None:
    """A batch file of so many rows."""
    with file.open("w", newline="") as text:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow([*OF_THE_HIT, *OF_THE_ASSIGNMENT, *OWN, *MARKS])
        writer.writerows(_rows(rows))


def _rows(rows: int) -> Iterator[list[str]]:
    chance = random.Random(1)  # noqa: S311 - ids of nobody
    workers = [_id(chance, "A", 14) for _ in range(WORKERS)]
    hit_type = _id(chance, "3", 30)
    hit: list[str] = []
    for number in range(rows):
        if number % ASSIGNMENTS_PER_HIT == 0:
            hit = _hit(_id(chance, "3", 30), hit_type)
        minute, second = divmod(number % 3600, 60)
        clock = f"{minute:02}:{second:02} PST 2018"
        yield [
            *hit,
            _id(chance, "3", 30),
            chance.choice(workers),
            "Approved",
            f"Mon Nov 26 15:{clock}",
            f"Mon Nov 26 16:{clock}",
            f"Thu Nov 29 16:{clock}",
            f"Thu Nov 29 16:{clock}",
            "",
            "",
            "3600",
            "100% (597/598)",
            "100% (20/20)",
            "0% (0/0)",
            f"https://example.org/images/{number // ASSIGNMENTS_PER_HIT:08}.jpg",
            f"A quick brown fox, number {number // ASSIGNMENTS_PER_HIT}, jumps over a lazy dog.",
            "cat",
            f"It is a cat, sitting on mat {number}; it does not look up.",
            "yes",
        ]


def _hit(hit_id: str, hit_type: str) -> list[str]:
    return [
        hit_id,
        hit_type,
        "Label images of things",
        "Look at the picture and say what it shows",
        "image, label, quick",
        "$0.05",
        "Mon Nov 26 08:00:00 PST 2018",
        str(ASSIGNMENTS_PER_HIT),
        "BatchId:3449808;OriginalHitTemplateId:920937336;",
        "3600",
        "259200",
        "Mon Dec 03 08:00:00 PST 2018",
        "",
        "",
    ]


def _id(chance: random.Random, first: str, length: int) -> str:
    return first + "".join(chance.choices(LETTERS, k=length - len(first)))


if __name__ == "__main__":
    main()
