"""The commands that read or write a whole archive, beside SQLite's own copy of the same file.

Run as `python -m benchmarks.privacy`. The figures go to stdout, everything else to stderr. Nothing
here passes or fails.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.ingest import Usage, measured, write_batch

EXODUS = [sys.executable, "-m", "mturk_exodus"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--archive", type=Path, help="One that is there, instead of a made one.")
    parser.add_argument("--copy", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--digests", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.copy:
        _copy(*asked.copy)
    elif asked.digests:
        _digests(asked.digests)
    else:
        with tempfile.TemporaryDirectory() as folder:
            archive = asked.archive or _made(Path(folder), asked.rows)
            _compare(archive, Path(folder))


def _made(folder: Path, rows: int) -> Path:
    print(f"making an archive of {rows:,} assignments", file=sys.stderr)
    file, archive = folder / "Batch_1_batch_results.csv", folder / "mturk.db"
    write_batch(file, rows)
    measured([*EXODUS, "ingest", str(file), "--archive", str(archive)])
    file.unlink()
    return archive


def _compare(archive: Path, folder: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        (count,) = connection.execute("select count(*) from assignments").fetchone()
        (worker,) = connection.execute("select max(worker_id) from assignments").fetchone()
    print(f"{count:,} assignments, {archive.stat().st_size / 2**20:,.0f} MB")
    print(f"{'':32} {'wall s':>8} {'us/assignment':>13} {'CPU s':>7} {'peak MB':>8}")
    floor = [sys.executable, "-m", "benchmarks.privacy"]
    out, seal = folder / "out.db", folder / "seal.json"
    for name, command in (
        ("SQLite's vacuum into", [*floor, "--copy", str(archive), str(folder / "copy.db")]),
        ("SHA-256 of every raw", [*floor, "--digests", str(archive)]),
        ("exodus verify", [*EXODUS, "verify"]),
        ("exodus seal", [*EXODUS, "seal", str(seal)]),
        ("exodus verify --manifest", [*EXODUS, "verify", "--manifest", str(seal)]),
        ("exodus export-parquet", [*EXODUS, "export-parquet", str(folder / "data")]),
        (
            "exodus pseudonymize",
            [*EXODUS, "pseudonymize", str(out), "--key", str(folder / "key")],
        ),
        ("exodus forget", [*EXODUS, "forget", worker, "--yes"]),
    ):
        of = [] if command[2] == "benchmarks.privacy" else ["--archive", str(folder / "copy.db")]
        _print(name, measured([*command, *of]), count)


def _print(name: str, usage: Usage, count: int) -> None:
    print(
        f"{name:32} {usage.seconds:8.2f} {usage.seconds / count * 1e6:13.1f}"
        f" {usage.cpu_seconds:7.1f} {usage.peak_mb:8.0f}",
        flush=True,
    )


def _copy(archive: Path, to: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute("vacuum into ?", [str(to)])


def _digests(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        for table in ("hits", "assignments"):
            for (raw,) in connection.execute(f"select raw from {table}"):  # noqa: S608 - ours
                hashlib.sha256(raw.encode()).hexdigest()


if __name__ == "__main__":
    main()
