"""Files of every source that names workers in a way of its own, with the sources' own meanings."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.privacy.forget import Forgetting
from mturk_exodus.privacy.pseudonymize import Pseudonymizing
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed
from tests.mturk_exodus.privacy.people import ANN, BEN

_TURKLE = {
    "HITId": "5",
    "HITTypeId": "2",
    "Title": "Anon",
    "CreationTime": "Sun Nov 22 04:33:13 UTC 2026",
    "MaxAssignments": "1",
    "AssignmentDurationInSeconds": "7200",
    "AcceptTime": "Sun Nov 22 04:33:23 UTC 2026",
    "SubmitTime": "Sun Nov 22 04:33:25 UTC 2026",
    "WorkTimeInSeconds": "2",
    "Input.text": "one",
}
_EVENT = {
    "EventType": "AssignmentReturned",
    "EventTimestamp": "2019-08-09T21:17:16Z",
    "HITTypeId": "3T",
    "HITId": "3H",
    "AssignmentId": "3A",
}


def table(path: Path, *rows: dict[str, str]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def turkle(folder: Path) -> None:
    people = ((ANN, "1"), ("ann.lee", "2"), ("bob", "3"), ("", "4"))
    rows = [
        {**_TURKLE, "AssignmentId": f"7{number}", "WorkerId": number, "Answer.x": f"by {name}"}
        | {"Turkle.Username": name}
        for name, number in people
    ]
    table(folder / "turkle.csv", *rows)


def worker_list(folder: Path) -> None:
    columns = ("Number of HITs approved or rejected - Lifetime", "CURRENT BlockStatus")
    rows = [
        {"Worker ID": worker_id, columns[0]: "3", columns[1]: "Never Blocked", "CURRENT-q": "7"}
        for worker_id in (ANN, BEN)
    ]
    table(folder / "User_1_workers.csv", *rows)


def batch(folder: Path) -> None:
    ids = {"HITId": f"3H{0:028}", "AssignmentId": f"3A{0:028}", "WorkerId": ANN}
    one = {**ids, "Title": "t", "Reward": "$0.05"}
    rest = {"AssignmentStatus": "Approved", "Input.w": BEN, "Answer.id": f"{ANN}|{BEN}"}
    for name, status in (("a.csv", "Approved"), ("b.csv", "Submitted")):
        table(folder / name, {**one, **rest, "AssignmentStatus": status})


def notification(folder: Path) -> None:
    message = {"EventDocVersion": "2014-08-15", "Events": [{**_EVENT, "WorkerId": ANN}]}
    (folder / "event.json").write_text(json.dumps(message))


def dump(folder: Path) -> None:
    said = {"Assignments": [{"AssignmentId": "3A", "WorkerId": ANN, "HITId": "3H"}]}
    (folder / "dump.json").write_text(json.dumps(said))


@pytest.fixture(params=[turkle, worker_list, batch, notification, dump])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive of files of one kind."""
    folder = tmp_path / "files"
    folder.mkdir()
    request.param(folder)
    path = tmp_path / "mturk.db"
    with Archive.create(path) as created, created.writing():
        report = Ingest(created, installed()).run([str(folder)])
        assert report.kept, report.unknown_names
        assert list(verify(created, installed().meanings())) == []
    return path


def workers(path: Path) -> set[str]:
    query = (
        "select worker_id from assignments union select worker_id from worker_details"
        " union select worker_id from notification_events"
    )
    with closing(sqlite3.connect(path)) as connection:
        return {worker_id for (worker_id,) in connection.execute(query) if worker_id}


def test_it_is_pseudonymized(archive: Path, tmp_path: Path) -> None:
    meanings = installed().meanings()
    with Archive.open(archive, read_only=True) as opened:
        Pseudonymizing(opened, b"k" * 32, meanings=meanings).write(tmp_path / "out.db")
    with Archive.open(tmp_path / "out.db") as opened:
        assert list(verify(opened, meanings)) == []
    assert len(workers(tmp_path / "out.db")) == len(workers(archive))
    assert not workers(tmp_path / "out.db") & workers(archive)
    data = (tmp_path / "out.db").read_bytes()
    assert not [name for name in (ANN, BEN, "ann.lee") if name.encode() in data]


def test_each_worker_is_forgotten(archive: Path) -> None:
    meanings = installed().meanings()
    for worker_id in sorted(workers(archive)):
        with Archive.open(archive) as opened, opened.writing():
            Forgetting(opened, worker_id, meanings).run()
            assert list(verify(opened, meanings)) == []
    assert workers(archive) == set()
    data = archive.read_bytes()
    assert ANN.encode() not in data
