"""What Prolific said of submissions, as a source: what is claimed, kept, refused and meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS, BONUS_PAYMENTS, NOTIFICATION_EVENTS
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.interface import Entry, Refused
from mturk_exodus.sources.prolific_submissions import ProlificSubmissions
from mturk_exodus.sources.registry import installed

if TYPE_CHECKING:
    from pathlib import Path

SUBMISSION = {
    "id": "60d9aadeb86739de712faee0",
    "participant_id": "60bf9310e8dec401be6e9615",
    "started_at": "2026-05-20 11:03:00.457000+00:00",
    "completed_at": "2026-05-20 11:13:00.457000+00:00",
    "status": "APPROVED",
}
WORKED = {
    "ExodusProlific": 1,
    "StudyId": "60aca280709ee40ec37d4885",
    "Submission": SUBMISSION,
    "AssignmentId": "3WORK",
    "HITId": "3HIT",
    "HITTypeId": "3TYPE",
    "Seen": "2026-05-21T10:00:00.000Z",
}
BONUS = {
    "ExodusProlific": 1,
    "Bonus": {"AssignmentId": "3WORK", "WorkerId": "60bf", "BonusAmount": "1.50"},
}


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def lines(folder: Path, *records: object) -> Path:
    path = folder / "prolific.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records))
    return path


def test_its_files_are_known_by_their_first_words_and_nobody_elses(tmp_path: Path) -> None:
    path = lines(tmp_path, WORKED, BONUS)
    claims = {
        name: claim
        for name, source in installed().sources.items()
        if (claim := source.claims(local_file(path)))
    }
    assert claims == {"prolific": "submissions at Prolific"}


def test_a_line_is_an_assignment_an_event_or_a_bonus(tmp_path: Path) -> None:
    returned = {**WORKED, "Submission": {**SUBMISSION, "status": "RETURNED"}}
    alone = without(WORKED, "AssignmentId", "HITId", "HITTypeId", "Seen")
    path = lines(tmp_path, WORKED, returned, alone, BONUS)
    tables = [
        one.found[0].table.name
        for one in ProlificSubmissions().read(local_file(path))
        if isinstance(one, Entry)
    ]
    events = NOTIFICATION_EVENTS.name
    assert tables == [ASSIGNMENTS.name, events, events, BONUS_PAYMENTS.name]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is no record of Prolific"),
        ('{"ExodusProlific": 1}', "it has neither a submission with an id nor a bonus"),
        ('{"Submission": {"id": 5}}', "it has neither a submission with an id nor a bonus"),
        ('{"Bonus": {"AssignmentId": 5}}', "it has neither a submission with an id nor a bonus"),
        (
            '{"Submission": {"id": "x", "status": "ACTIVE"}}',
            "the submission's state is not one that is kept",
        ),
        (
            '{"Submission": {"id": "x", "status": "SOMETHING NEW"}}',
            "the submission's state is not one that is kept",
        ),
    ],
)
def test_a_line_that_is_none_is_refused_alone(tmp_path: Path, line: str, reason: str) -> None:
    path = lines(tmp_path, WORKED)
    path.write_text(path.read_text() + line + "\n")
    first, second = ProlificSubmissions().read(local_file(path))
    assert isinstance(first, Entry)
    assert isinstance(second, Refused)
    assert second.reason == reason


@pytest.mark.parametrize("table", ["assignments", "notification_events", "bonus_payments"])
@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"Submission": 5, "Bonus": 5},
        {"Submission": {"status": ["APPROVED"]}, "Bonus": []},
        {"Submission": {"status": None, "completed_at": {}}, "Seen": 5, "AssignmentId": []},
        {"Submission": {"status": "APPROVED"}, "Seen": "soon", "Bonus": {"BonusAmount": "much"}},
    ],
    ids=range(5),
)
def test_whatever_a_record_holds_is_derived_without_an_error(
    table: str, raw: dict[str, Any]
) -> None:
    ProlificSubmissions().derive(table, raw)


def test_times_are_prolifics_but_for_the_review(tmp_path: Path) -> None:
    alone = without(WORKED, "AssignmentId", "HITId", "HITTypeId", "Seen")
    with Archive.create(tmp_path / "mturk.db") as archive, archive.writing():
        path = lines(tmp_path, WORKED, alone)
        assert Ingest(archive, installed()).run([str(path)]).entries_kept == 2
        assert archive.connection.execute(
            "select assignment_status, approval_time, rejection_time from assignments"
        ).fetchall() == [("Approved", "2026-05-21T10:00:00.000Z", None)]
        assert archive.connection.execute(
            "select event_type, event_timestamp, assignment_id, worker_id from notification_events"
        ).fetchall() == [
            (
                "AssignmentApproved",
                "2026-05-20T11:13:00.457Z",
                SUBMISSION["id"],
                SUBMISSION["participant_id"],
            )
        ]
        assert list(verify(archive, installed().meanings())) == []
