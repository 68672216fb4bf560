"""What `exodus host` collected, as a source: into the archive, and out as batch results."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS
from mturk_exodus.archive.verify import verify
from mturk_exodus.cli.host_keeping import Keeping, as_lines
from mturk_exodus.serve.host.catalogue import HOST
from mturk_exodus.serve.host.desk import Finished
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.host_answers import HostAnswers
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.interface import Entry, Refused
from mturk_exodus.sources.registry import installed
from tests.endurance.support import run
from tests.mturk_exodus.serve.host.account import batch_results

HIT = "3HOSTEDHITOFTHEARCHIVE00000001"
ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<QuestionFormAnswers xmlns="http://mechanicalturk.'
    'amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"><Answer>'
    "<QuestionIdentifier>mood</QuestionIdentifier><FreeText>good|glad \N{GRINNING FACE}</FreeText>"
    "</Answer></QuestionFormAnswers>"
)


def finished(number: int = 1, **changes: str) -> Finished:
    record = {
        "AssignmentId": f"3WORKDONEATTHEHOST{number:012}",
        "WorkerId": "5f0c1e2d3b4a59687765a4b3",
        "HITId": HIT,
        "AssignmentStatus": "Submitted",
        "AutoApprovalTime": "2026-10-31T10:00:30.000Z",
        "AcceptTime": "2026-10-01T10:00:00.000Z",
        "SubmitTime": "2026-10-01T10:00:30.000Z",
        "Deadline": "2026-10-01T11:00:00.000Z",
        "Answer": ANSWER,
        **changes,
    }
    return Finished(
        record=record, hit_type_id="3TYPE", panel="prolific", study_id="S1", session_id=None
    )


def taken(archive: Archive, path: Path) -> Report:
    with archive.writing():
        return Ingest(archive, installed()).run([str(path)])


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "mturk.db")


def test_a_file_of_the_host_is_known_by_its_first_words(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(as_lines([finished(1), finished(2)]))
    assert HostAnswers().claims(local_file(path)) == "records of exodus host"
    entries = list(HostAnswers().read(local_file(path)))
    assert [entry.number for entry in entries if isinstance(entry, Entry)] == [1, 2]
    claims = {
        name: claim
        for name, source in installed().sources.items()
        if (claim := source.claims(local_file(path)))
    }
    assert set(claims) == {HOST} == {HostAnswers.name}


def test_an_assignment_has_all_that_the_host_knows_of_it(tmp_path: Path, archive: Archive) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(as_lines([finished()]))
    assert taken(archive, path).entries_kept == 1
    row = archive.connection.execute(
        "select assignment_id, worker_id, hit_id, assignment_status, auto_approval_time,"
        " accept_time, submit_time, deadline, answer, source, raw ->> 'Panel', raw ->> 'StudyId',"
        " raw ->> 'SessionId' from assignments"
    ).fetchone()
    record = finished().record
    assert row == (
        *list(record.values())[:3],
        *list(record.values())[3:],
        HOST,
        "prolific",
        "S1",
        None,
    )
    assert list(verify(archive, installed().meanings())) == []


def test_what_comes_twice_is_there_once(tmp_path: Path, archive: Archive) -> None:
    """Killed between the archive and the desk, the host brings the same work again."""
    archive.close()
    keep = Keeping(tmp_path / "mturk.db")
    keep([finished(1), finished(2)])
    keep([finished(2), finished(3)])
    keep([finished(2), finished(3)])
    with Archive.open(tmp_path / "mturk.db") as opened:
        (count,) = opened.connection.execute("select count(*) from assignments").fetchone()
        assert count == 3
        assert list(verify(opened, installed().meanings())) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[]", "it is no record of exodus host"),
        ('{"ExodusHost": 1, "Assignment": 5}', "it is no record of exodus host"),
        ('{"Assignment": {"HITId": "3H"}}', "it has no AssignmentId or no HITId"),
        (
            '{"Assignment": {"HITId": 3, "AssignmentId": "3A"}}',
            "it has no AssignmentId or no HITId",
        ),
        ("{", "it is not JSON"),
    ],
)
def test_a_line_that_is_none_is_refused_alone(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(as_lines([finished()]) + line.encode() + b"\n")
    first, second = HostAnswers().read(local_file(path))
    assert isinstance(first, Entry)
    assert isinstance(second, Refused)
    assert (second.number, second.reason) == (2, reason)


@pytest.mark.parametrize("value", [None, 5, [], "x", {"SubmitTime": "soon", "Answer": 5}])
def test_whatever_a_record_holds_is_derived_without_an_error(value: object) -> None:
    derived = HostAnswers().derive(ASSIGNMENTS.name, {"Assignment": value})
    assert dict(derived.wire) == {}
    assert derived.unreadable


def test_new_work_comes_out_in_the_requester_sites_columns(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    with Archive.create(path) as made:
        batch = tmp_path / "Batch_7_batch_results.csv"
        batch.write_text(batch_results(HIT), encoding="utf-8")
        assert taken(made, batch).entries_kept == 1
    Keeping(path)([finished()])
    done = run("export-csv", "--archive", str(path), "--all", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "out").iterdir()
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert [row["Answer.mood"] for row in rows] == ["bad", "good|glad \N{GRINNING FACE}"]
    assert [row["Input.text"] for row in rows] == ["It rains.", "It rains."]
    assert rows[1]["WorkerId"] == finished().record["WorkerId"]


def test_the_lines_are_json_that_says_where_it_is_from() -> None:
    (line,) = as_lines([finished()]).decode().splitlines()
    said = json.loads(line)
    assert said["ExodusHost"] == 1
    assert "SessionId" not in said
    assert said["Assignment"]["Answer"] == ANSWER
