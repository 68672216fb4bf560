"""Workers in processes of their own, who all come at the same instant."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from mturk_exodus.serve.host.desk import Assignment, Desk, Visit
from tests.mturk_exodus.serve.host.desk.support import NOON, XML

Place = str | Path
Told = tuple[str, str, str]
"""Worker, HIT, assignment; of a refusal nothing."""

PATIENCE = 120.0


def come(
    place: Place, barrier: Barrier, workers: list[str], hit_ids: list[str], seed: int
) -> list[Told]:
    """Each of the workers, in a thread, asks for one of the HITs; the barrier lets them go."""

    def one(desk: Desk, worker: str) -> list[Told]:
        given = desk.accept(Visit(worker_id=worker), hit_ids, NOON)
        if not isinstance(given, Assignment):
            return []
        return [(worker, given.hit_id, given.assignment_id)]

    del seed
    return _in_threads(place, barrier, [(worker, one) for worker in workers])


def roam(
    place: Place, barrier: Barrier, workers: list[str], hit_ids: list[str], seed: int
) -> list[Told]:
    """They accept, submit, return, run out of time and come late, by chance.

    Their clocks differ by some seconds. Told is what was stored.
    """

    def one(desk: Desk, worker: str) -> list[Told]:
        chance = random.Random(f"{seed} {worker}")  # noqa: S311 - a test's
        skew = chance.uniform(-5, 5)
        held: list[Assignment] = []
        told = []
        for step in range(30):
            now = NOON + timedelta(seconds=step * 4 + skew)
            given = desk.accept(Visit(worker_id=worker), chance.sample(hit_ids, 3), now)
            held += [given] if isinstance(given, Assignment) else []
            told += _act(desk, chance, held, now)
        return told

    return _in_threads(place, barrier, [(worker, one) for worker in workers])


def _act(desk: Desk, chance: random.Random, held: list[Assignment], now: datetime) -> list[Told]:
    if not held or chance.random() < 0.3:
        desk.abandon(now)
        return []
    mine = chance.choice(held)
    if chance.random() < 0.3:
        desk.give_back(mine.assignment_id, mine.worker_id)
        return []
    got = desk.submit(mine.assignment_id, mine.worker_id, XML, now)
    is_stored = not getattr(got, "was_there", True)
    return [(mine.worker_id, mine.hit_id, mine.assignment_id)] if is_stored else []


def _in_threads(
    place: Place, barrier: Barrier, jobs: list[tuple[str, Callable[[Desk, str], list[Told]]]]
) -> list[Told]:
    told: list[Told] = []
    failures: list[BaseException] = []
    with Desk.open(place, connections=len(jobs)) as desk:

        def run(worker: str, job: Callable[[Desk, str], list[Told]]) -> None:
            try:
                barrier.wait(PATIENCE)
                told.extend(job(desk, worker))
            except BaseException as error:  # noqa: BLE001 - handed on below
                failures.append(error)

        threads = [threading.Thread(target=run, args=(name, job)) for name, job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    return told


def in_processes(
    what: Callable[..., list[Told]], place: Place, crews: list[list[str]], hit_ids: list[str]
) -> list[Told]:
    """What the crews are told, each of them a process with a thread for each worker."""
    context = get_context("spawn")
    with context.Manager() as manager, context.Pool(len(crews)) as pool:
        barrier: Any = manager.Barrier(sum(map(len, crews)))
        jobs = [
            pool.apply_async(what, (place, barrier, crew, hit_ids, seed))
            for seed, crew in enumerate(crews)
        ]
        return [one for job in jobs for one in job.get(PATIENCE)]
