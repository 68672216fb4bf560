"""How many accepted and submitted assignments a second the host's desk takes.

    python benchmarks/desk.py [--seconds N] [--threads 1 8 32] [--database postgresql://...]

Without --database, SQLite in a folder of its own and a PostgreSQL of `scripts/postgres`, both with
the durability that they have in use: each answer is on the disk before it is acknowledged.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from mturk_exodus.questions.answering.answers import build
from mturk_exodus.serve.host.desk import Assignment, Desk, OfferedHIT, Stored, Visit
from tests.mturk_exodus.serve.host.desk.postgresql import Server

HITS = 100
ANSWER = build([(f"field{number}", "a few words, as people write them") for number in range(10)])


def main() -> None:
    """Print a line for each database and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--database", help="only this one")
    options = parser.parse_args()
    print(f"{'':12}{'threads':>8}{'pairs/s':>9}{'median ms':>11}{'95 % ms':>9}{'most ms':>9}")
    if options.database:
        _measure("", [options.database] * len(options.threads), options)
        return
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / f"{threads}.sqlite" for threads in options.threads]
        _measure("SQLite", places, options)
        with _server(Path(folder) / "server.log") as server:
            _measure("PostgreSQL", [server.new_database() for _ in options.threads], options)


@contextmanager
def _server(log: Path) -> Iterator[Server]:
    server = Server(log)
    try:
        yield server
    finally:
        server.stop()


def _measure(name: str, places: Sequence[str | Path], options: argparse.Namespace) -> None:
    for place, threads in zip(places, options.threads, strict=True):
        with Desk.open(place, connections=min(threads, 16)) as desk:
            desk.offer(
                OfferedHIT(hit_id=f"H{number}", places=10**6, assignment_duration_in_seconds=3600)
                for number in range(HITS)
            )
            spans, seconds = _together(desk, threads, options.seconds)
        spans.sort()
        slow = spans[int(len(spans) * 0.95)]
        figures = (statistics.median(spans), slow, spans[-1])
        told = "".join(
            f"{1000 * one:>{width}.1f}" for one, width in zip(figures, (11, 9, 9), strict=True)
        )
        print(f"{name:12}{threads:>8}{len(spans) / seconds:>9.0f}{told}", flush=True)


def _together(desk: Desk, threads: int, seconds: float) -> tuple[list[float], float]:
    """How long each pair took, and all of them together."""
    spans: list[list[float]] = [[] for _ in range(threads)]
    began = time.perf_counter()
    workers = [
        threading.Thread(target=_work, args=(desk, number, began + seconds, spans[number]))
        for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [one for some in spans for one in some], time.perf_counter() - began


def _work(desk: Desk, thread: int, until: float, spans: list[float]) -> None:
    number = 0
    while (began := time.perf_counter()) < until:
        number += 1
        worker = f"worker-{thread}-{time.time_ns()}"
        given = desk.accept(Visit(worker_id=worker), [f"H{number % HITS}"], _now())
        if not isinstance(given, Assignment):
            raise SystemExit(f"not given: {given.reason}")
        got = desk.submit(given.assignment_id, worker, ANSWER, _now())
        if not isinstance(got, Stored):
            raise SystemExit(f"not stored: {got.reason}")
        spans.append(time.perf_counter() - began)


def _now() -> datetime:
    return datetime.now(timezone.utc)


if __name__ == "__main__":
    main()
