"""Who worked at MTurk: nobody is forgotten, and nobody of another platform is among them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.workers import blocked_workers, workers
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill

ELSEWHERE = ("assignments", "bonus_payments", "qualifications", "worker_blocks")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "mturk.db") as created:
        fill(created, synthesize(hits=30))
        yield created


def test_all_whom_any_record_names_are_there_once(archive: Archive) -> None:
    named = {
        worker_id
        for table in ELSEWHERE
        for (worker_id,) in archive.connection.execute(f"select worker_id from {table}")  # noqa: S608 - one of ELSEWHERE
    }
    listed = [one.worker_id for one in workers(archive)]
    assert listed == sorted(named)
    blocked = {one.worker_id for one in workers(archive) if one.is_blocked}
    assert blocked == set(blocked_workers(archive)) < named


@pytest.mark.parametrize("source", ["host", "prolific", "turkle_csv"])
def test_participants_of_another_platform_are_no_workers(archive: Archive, source: str) -> None:
    (worker_id,) = archive.connection.execute(
        "select worker_id from assignments where worker_id not in (select worker_id from"
        " bonus_payments union select worker_id from qualifications union select worker_id from"
        " worker_blocks) order by 1"
    ).fetchone()
    assert worker_id in {one.worker_id for one in workers(archive)}
    with archive.transaction():
        archive.connection.execute(
            "update assignments set source = ? where worker_id = ?", [source, worker_id]
        )
    assert worker_id not in {one.worker_id for one in workers(archive)}
