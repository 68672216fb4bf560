"""Submissions of every kind into the archive: statuses, times, and what has no answer."""

from __future__ import annotations

import csv
import io
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.cli.collect_keeping import Collected, Keeping
from mturk_exodus.replay.offered import chosen
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed
from tests.adapters.prolific.offered import HIT, Desk
from tests.endurance.support import run
from tests.fakes_test.prolific_support import REASON
from tests.mturk_exodus.serve.host.account import batch_results

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND, THIRD = (f"2026-10-0{day}T12:00:00.000Z" for day in (1, 2, 3))
LIST = "GET /submissions/"


def collect(at: Desk, now: str = FIRST, stop: threading.Event | None = None) -> Collected:
    """What the command does."""
    with Archive.open(at.path) as archive, archive.writing():
        try:
            makings = chosen(archive, at.adapter, ())
            keeping = Keeping(archive, at.adapter, now)
            return keeping.collect(makings, stop or threading.Event(), lambda _: None)
        finally:
            assert list(verify(archive, installed().meanings())) == []


def rows(at: Desk, query: str) -> list[tuple[Any, ...]]:
    with Archive.open(at.path, read_only=True) as archive:
        return archive.connection.execute(query).fetchall()


REVIEWS = (
    "select assignment_status, approval_time, rejection_time, source from assignments"
    " order by assignment_id"
)
EVENTS = (
    "select event_type, event_timestamp is not null, hit_id, assignment_id, worker_id"
    " from notification_events order by event_type, assignment_id"
)


def move(at: Desk, submission_id: str, action: str) -> None:
    body = {"action": action}
    if action == "REJECT":
        body |= {"message": REASON, "rejection_category": "LOW_EFFORT"}
    at.researcher.get(f"POST /submissions/{submission_id}/transition/", body)


def test_an_assignment_gets_what_became_of_its_submission(at: Desk) -> None:
    study_id = at.published(total_available_places=3)
    waits, rejected = (at.worked(study_id) for _ in range(2))
    at.worked(study_id, auto=True)
    move(at, rejected.submission_id, "REJECT")
    found = collect(at)
    assert found.states == {"AWAITING REVIEW": 1, "APPROVED": 1, "REJECTED": 1}
    assert (found.answered, found.unanswered, found.under_way) == (3, 0, 0)
    assert rows(at, REVIEWS) == [
        ("Submitted", None, None, "host"),
        ("Rejected", None, FIRST, "host"),
        ("Approved", FIRST, None, "host"),
    ]
    assert rows(at, EVENTS) == []
    assert waits.status == "AWAITING REVIEW"


def test_again_changes_nothing_and_a_change_is_dated_when_it_is_first_seen(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    move(at, place.submission_id, "REJECT")
    collect(at, FIRST)
    with Archive.open(at.path, read_only=True) as archive:
        before = list(archive.connection.execute("select * from files order by file_id"))
    collect(at, SECOND)
    assert rows(at, "select * from files order by file_id") == before
    assert rows(at, REVIEWS) == [("Rejected", None, FIRST, "host")]
    move(at, place.submission_id, "UNREJECT")
    collect(at, SECOND)
    move(at, place.submission_id, "APPROVE")
    collect(at, THIRD)
    collect(at, "2026-10-04T12:00:00.000Z")
    assert rows(at, REVIEWS) == [("Approved", THIRD, None, "host")]


def test_what_the_source_says_stays_readable(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id, auto=True)
    collect(at)
    ((said,),) = rows(
        at,
        "select raw ->> '$.Submission.participant_id' from source_records"
        " where source = 'prolific'",
    )
    assert said == place.submission.participant_id
    assert rows(at, "select * from disagreements") == []


def test_all_assignments_of_a_visit_share_its_fate(at: Desk) -> None:
    study_id = at.published()
    at.worked(study_id, auto=True, hits=3)
    found = collect(at)
    assert (found.states.total(), found.answered) == (1, 1)
    assert [row[0] for row in rows(at, REVIEWS)] == ["Approved"] * 3


def test_what_has_no_answer_is_an_event(at: Desk) -> None:
    study_id = at.published(total_available_places=6)
    fake = at.fake
    returned, lapsed, empty, at_work = (fake.join().take_part(study_id) for _ in range(4))
    reserved = fake.join().reserve(study_id)
    returned.give_back()
    empty.complete("LOOK1")
    found = collect(at)
    assert found.states == {"RETURNED": 1, "ACTIVE": 2, "RESERVED": 1, "AWAITING REVIEW": 1}
    assert (found.answered, found.unanswered, found.under_way) == (0, 2, 3)
    assert rows(at, EVENTS) == [
        ("AssignmentReturned", 0, None, *_who(returned)),
        ("AssignmentSubmitted", 1, None, *_who(empty)),
    ]
    fake.advance(hours=5)
    collect(at, SECOND)
    abandoned = sorted(_who(one) for one in (lapsed, at_work, reserved))
    events = rows(at, EVENTS)
    assert [row[0] for row in events].count("AssignmentAbandoned") == 3
    assert [row[3:] for row in events if row[0] == "AssignmentAbandoned"] == abandoned
    assert rows(at, "select count(*) from assignments") == [(0,)]


def _who(place: Any) -> tuple[str, str]:  # noqa: ANN401 - a Place
    return place.submission_id, place.submission.participant_id


def test_who_answers_and_then_returns_keeps_his_assignment(at: Desk) -> None:
    study_id = at.published()
    place = at.fake.join().take_part(study_id)
    (assignment_id,) = at.answered(place)
    place.give_back()
    found = collect(at)
    assert found.answered == 1
    assert rows(at, REVIEWS) == [("Submitted", None, None, "host")]
    assert rows(at, EVENTS) == [
        ("AssignmentReturned", 0, HIT[:-1] + "0", assignment_id, place.submission.participant_id)
    ]


def test_an_answer_that_comes_later_gets_its_status_later(at: Desk) -> None:
    """The host had not yet brought it into the archive."""
    study_id = at.published()
    place = at.fake.join().take_part(study_id)
    place.complete("DONE1")
    assert collect(at).unanswered == 1
    at.answered(place)
    assert collect(at, SECOND).answered == 1
    assert rows(at, REVIEWS) == [("Approved", SECOND, None, "host")]


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("AWAITING REVIEW", "Submitted"),
        ("APPROVED", "Approved"),
        ("PARTIALLY APPROVED", "Approved"),
        ("REJECTED", "Rejected"),
        ("SCREENED OUT", "Submitted"),
        ("RETURNED", "Submitted"),
        ("TIMED-OUT", "Submitted"),
        ("RESERVED", "Submitted"),
        ("ACTIVE", "Submitted"),
    ],
)
def test_every_state_is_known(at: Desk, state: str, status: str) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    place.submission.status = state
    found = collect(at)
    assert found.states == {state: 1}
    assert [row[0] for row in rows(at, REVIEWS)] == [status]
    assert found.report.entries_refused == 0


def test_a_state_that_nobody_knows_is_counted_as_under_way(at: Desk) -> None:
    study_id = at.published()
    at.worked(study_id).submission.status = "PROCESSING"
    with at.fake.forgiving():
        assert collect(at).under_way == 1


def test_many_pages_are_read_to_their_end(at: Desk) -> None:
    study_id = at.published(total_available_places=230)
    for _ in range(230):
        at.fake.join().take_part(study_id).complete("DONE1")
    at.published()
    found = collect(at)
    assert found.states == {"APPROVED": 230}
    assert at.fake.times(LIST) == 4
    assert rows(at, "select count(*) from notification_events") == [(230,)]


def test_a_burst_of_too_many_requests_is_waited_for(at: Desk) -> None:
    study_id = at.published()
    at.worked(study_id, auto=True)
    at.fake.faults.throttle(3, LIST)
    assert collect(at).states == {"APPROVED": 1}


def test_a_study_that_is_gone_has_no_submissions(at: Desk) -> None:
    gone, study_id = at.draft(), at.published()
    at.researcher.ask(f"DELETE /studies/{gone}/")
    at.worked(study_id)
    assert collect(at).states == {"AWAITING REVIEW": 1}


def test_what_was_read_before_it_stopped_is_kept(at: Desk) -> None:
    first, _ = at.published(), at.published()
    at.worked(first, auto=True)
    at.fake.faults.next(LIST, "ok", *["unavailable"] * 6)
    with pytest.raises(errors.TargetUnavailable):
        collect(at)
    assert collect(at, SECOND).states == {"APPROVED": 1}
    stop = threading.Event()
    stop.set()
    with pytest.raises(errors.Interrupted):
        collect(at, THIRD, stop)


def test_an_archive_that_has_made_nothing_there_says_so(at: Desk) -> None:
    with pytest.raises(errors.NoSuchRecord, match="exodus import --target prolific"):
        collect(at)


def test_statuses_come_out_in_the_requester_sites_columns(at: Desk, tmp_path: Path) -> None:
    batch = tmp_path / "Batch_7_batch_results.csv"
    batch.write_text(batch_results(HIT[:-1] + "0"), encoding="utf-8")
    with Archive.open(at.path) as archive, archive.writing():
        assert Ingest(archive, installed()).run([str(batch)]).entries_kept == 1
    study_id = at.published()
    at.worked(study_id, auto=True)
    collect(at)
    out = tmp_path / "out"
    done = run("export-csv", "--archive", str(at.path), "--all", "--out", str(out))
    assert done.returncode == 0, done.stderr
    (file,) = out.iterdir()
    new = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))[-1]
    assert new["AssignmentStatus"] == "Approved"
    assert new["ApprovalTime"].startswith("Thu Oct 01")


def test_work_under_somebody_elses_submission_gets_no_status_from_it(at: Desk) -> None:
    """Who opens a link can write another participant's id into it."""
    study_id = at.published()
    place = at.worked(study_id, auto=True)
    at.answered_as("f" * 24, place)
    found = collect(at)
    assert (found.answered, found.strange) == (1, 1)
    assert rows(at, "select assignment_status from assignments order by assignment_id") == [
        ("Approved",),
        ("Submitted",),
    ]
