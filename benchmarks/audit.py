"""`exodus audit` of a large archive, beside sqlite3 alone reading the same rows once.

The figures go to stdout, everything else to stderr. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import csv
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.ingest import LETTERS, Usage, measured
from mturk_exodus.batch_columns import OF_THE_ASSIGNMENT, OF_THE_HIT

OWN = ["Input.text", "Answer.category", "Answer.comment"]
ASSIGNMENTS_PER_HIT = 3
WORKERS = 100_000
HIT_TYPES = 1_000
MONTHS = 36
BEGAN = datetime(2019, 1, 1, tzinfo=timezone.utc)
TARGET_SECONDS, TARGET_MB, TARGET_PAGE_MB = 60, 500, 5
SCAN = (
    "select count(*), sum(length(answer)), count(distinct worker_id), min(submit_time)"
    " from assignments"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assignments", type=int, default=1_000_000)
    parser.add_argument("--answers", action="store_true", help="`exodus answers` first: agreement")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a folder whose archive is reused")
    parser.add_argument("--scan", metavar="ARCHIVE", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.scan:
        _scan(Path(asked.scan))
        return
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
        _measure(asked.keep, asked.assignments, answers=asked.answers)
        return
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), asked.assignments, answers=asked.answers)


def _measure(folder: Path, assignments: int, *, answers: bool) -> None:
    archive = _made(folder, assignments, answers=answers)
    print(f"{assignments:,} assignments, {archive.stat().st_size / 2**20:,.0f} MB")
    print(f"{'':34} {'wall s':>8} {'CPU s':>7} {'peak MB':>8} {'written MB':>11}")
    scan = [sys.executable, "-m", "benchmarks.audit", "--scan", str(archive)]
    floor = _print("sqlite3, one scan of assignments", measured(scan), 0)
    audit = [sys.executable, "-m", "mturk_exodus", "audit", "--archive", str(archive)]
    page, tables = folder / "report.html", folder / "tables"
    for left in (page, *tables.glob("*")):
        left.unlink(missing_ok=True)
    _print("exodus audit", measured(audit), 0)
    usage = _print("exodus audit --html", measured([*audit, "--html", str(page)]), _size(page))
    _print("exodus audit --csv", measured([*audit, "--csv", str(tables)]), _size(*tables.glob("*")))
    print(
        f"{'':34} {usage.seconds / floor.seconds:.1f} times the scan; targets:"
        f" {TARGET_SECONDS} s, {TARGET_MB} MB, a page of {TARGET_PAGE_MB} MB"
    )


def _made(folder: Path, assignments: int, *, answers: bool) -> Path:
    archive = folder / "archive.db"
    if archive.exists():
        return archive
    file = folder / "Batch_1_batch_results.csv"
    print(f"writing {assignments:,} rows", file=sys.stderr)
    _write(file, assignments)
    exodus = [sys.executable, "-m", "mturk_exodus"]
    print("ingesting them", file=sys.stderr)
    measured([*exodus, "ingest", str(file), "--archive", str(archive)])
    file.unlink()
    if answers:
        print("making the table of answers", file=sys.stderr)
        measured([*exodus, "answers", "--archive", str(archive)])
    return archive


def _scan(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute(SCAN).fetchall()


def _size(*files: Path) -> float:
    return sum(file.stat().st_size for file in files) / 2**20


def _print(name: str, usage: Usage, written: float) -> Usage:
    print(
        f"{name:34} {usage.seconds:8.2f} {usage.cpu_seconds:7.1f} {usage.peak_mb:8.0f}"
        f" {written:11.2f}",
        flush=True,
    )
    return usage


def _write(file: Path, rows: int) -> None:
    with file.open("w", newline="") as text:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow([*OF_THE_HIT, *OF_THE_ASSIGNMENT, *OWN])
        writer.writerows(_rows(rows))


def _rows(rows: int) -> Iterator[list[str]]:
    chance = random.Random(1)  # noqa: S311 - ids of nobody
    workers = [_id(chance, "A", 14) for _ in range(WORKERS)]
    types = [_id(chance, "3", 30) for _ in range(HIT_TYPES)]
    hit: list[str] = []
    for number in range(rows):
        if number % ASSIGNMENTS_PER_HIT == 0:
            began = BEGAN + timedelta(days=30 * MONTHS * number / rows)
            which = int(chance.triangular(0, HIT_TYPES, 0))
            hit = _hit(_id(chance, "3", 30), types[which], which, began)
        yield [*hit, *_work(chance, workers, began, number)]


def _work(
    chance: random.Random, workers: list[str], created: datetime, number: int
) -> Iterator[str]:
    seconds = int(chance.lognormvariate(4.5, 0.8)) + 1
    accepted = created + timedelta(hours=chance.randrange(48))
    submitted = accepted + timedelta(seconds=seconds)
    reviewed = _time(submitted + timedelta(hours=5))
    status = chance.choices(("Approved", "Rejected", "Submitted"), (95, 4, 1))[0]
    yield from (_id(chance, "3", 30), chance.choice(workers), status)
    yield from (_time(accepted), _time(submitted), _time(submitted + timedelta(days=3)))
    yield from (reviewed if status == "Approved" else "", reviewed if status == "Rejected" else "")
    yield from ("", str(seconds), "100% (597/598)", "100% (20/20)", "0% (0/0)")
    yield f"A quick brown fox, number {number // ASSIGNMENTS_PER_HIT}, jumps over a lazy dog."
    yield chance.choices(("cat", "dog", "fox"), (8, 1, 1))[0]
    yield f"It is a cat, sitting on mat {number}; it does not look up."


def _hit(hit_id: str, hit_type: str, which: int, created: datetime) -> list[str]:
    return [
        *(hit_id, hit_type, f"Label images of things {which}"),
        *("Look at the picture and say what it shows", "image, label, quick"),
        *(f"${(which % 40 + 1) / 100:.2f}", _time(created), str(ASSIGNMENTS_PER_HIT)),
        f"BatchId:{3_000_000 + which};OriginalHitTemplateId:920937336;",
        *("3600", "259200", _time(created + timedelta(days=7)), "", ""),
    ]


def _time(moment: datetime) -> str:
    return moment.strftime("%a %b %d %H:%M:%S UTC %Y")


def _id(chance: random.Random, first: str, length: int) -> str:
    return first + "".join(chance.choices(LETTERS, k=length - len(first)))


if __name__ == "__main__":
    main()
