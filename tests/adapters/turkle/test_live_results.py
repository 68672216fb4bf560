"""What Turkle's own results say of finished work that came out of an archive."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timezone
from pathlib import Path

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.records import Assignment
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_turkle.history import answers_of
from tests.adapters.turkle.marketplace import carried, query
from tests.adapters.turkle.servers import Admin, Server
from tests.endurance.support import run
from tests.real.assembly import folder

pytestmark = pytest.mark.live

BATCH = "batch_csv"
Said = tuple[str, str, str, str, str, frozenset[tuple[str, str]]]


def by_archive(path: Path) -> dict[str, Said]:
    """What an archive says of each assignment: HIT, worker, times, answers."""
    with Archive.open(path, read_only=True) as archive:
        reader = ArchiveReader(archive)
        return {
            one.assignment_id: said(one)
            for hit_type_id in reader.hit_types()
            for task in reader.tasks(hit_type_id)
            for one in task.assignments
        }


def said(one: Assignment) -> Said:
    """As Turkle says it: in seconds, and empty where there is nothing."""
    given = {name: text for name, text in answers_of(one).items() if text}
    accepted, submitted = (time(at) for at in (one.accept_time, one.submit_time))
    submitted = submitted or accepted or "Thu Jan 01 00:00:00 UTC 1970"
    worker = one.worker_id or ""
    return (
        one.assignment_id,
        one.hit_id,
        worker,
        accepted or submitted,
        submitted,
        frozenset(given.items()),
    )


def time(at: str | None) -> str:
    """A time in Turkle's spelling."""
    if at is None:
        return ""
    then = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(timezone.utc)
    return then.strftime("%a %b %d %H:%M:%S UTC %Y")


def by_turkle(server: Server, path: Path) -> dict[str, Said]:
    """The same out of the results of all batches of an archive, as they are downloaded."""
    with Archive.open(path, read_only=True) as archive:
        mark = f"mturk-exodus/{archive.archive_id}/%"
    admin = Admin(server.url)
    found = {}
    for (number,) in query(server, "select id from turkle_batch where filename like ?", mark):
        table = csv.DictReader(
            io.StringIO(admin.text(f"/api/batches/{number}/results/"), newline="")
        )
        for row in table:
            answers = {
                name.removeprefix("Answer."): text
                for name, text in row.items()
                if name.startswith("Answer.") and text
            }
            name = answers.pop("mturk_assignment_id")
            found[name] = (
                name,
                row["Input.mturk_hit_id"],
                row["Turkle.Username"],
                row["AcceptTime"],
                row["SubmitTime"],
                frozenset(answers.items()),
            )
    admin.close()
    return found


def test_of_an_invented_account(marketplace: Server, tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=120))
    report = carried(marketplace, path, workers="plain")
    assert report.given == 0, "all that was finished is history"
    there, here = by_turkle(marketplace, path), by_archive(path)
    assert there == here
    assert len(here) > 200
    marketplace.manage("load_mturk_history", str(path.with_suffix(".jsonl")))
    assert by_turkle(marketplace, path) == here, "loaded twice"


def test_of_a_real_batch(marketplace: Server, tmp_path: Path) -> None:
    if not folder().exists():
        pytest.skip("the real files are not here")
    files = sorted((folder() / BATCH).glob("*.csv"), key=lambda one: one.stat().st_size)
    path = tmp_path / "mturk.db"
    for file in files[len(files) // 2 :]:
        done = run("ingest", str(file), "--archive", str(path))
        if done.returncode == 0 and len(by_archive(path)) > 50:
            break
    carried(marketplace, path, workers="plain")
    here = by_archive(path)
    assert by_turkle(marketplace, path) == here
    assert len(here) > 50
