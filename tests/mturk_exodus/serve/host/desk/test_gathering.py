from __future__ import annotations

from dataclasses import fields

from mturk_exodus.records import Assignment as Record
from mturk_exodus.records import members
from mturk_exodus.serve.host.desk import Assignment, Counts, Desk, Visit
from tests.mturk_exodus.serve.host.desk.support import (
    HOUR,
    NOON,
    XML,
    accepted,
    answers,
    hit,
    later,
)


def submitted(desk: Desk, worker_id: str, hit_id: str, at: float) -> str:
    live = accepted(desk, worker_id, hit_id)
    desk.submit(live.assignment_id, worker_id, XML, later(at))
    return live.assignment_id


def test_what_is_finished_has_all_that_a_submitted_assignment_of_mturk_has(desk: Desk) -> None:
    desk.offer([hit("H1")])
    visit = Visit(worker_id="anna", panel="prolific", study_id="s1", session_id="x1")
    live = desk.accept(visit, ["H1"], NOON)
    assert isinstance(live, Assignment)
    desk.submit(live.assignment_id, "anna", XML, later(61.5))
    (one,) = desk.finished()
    assert one.record == {
        "AssignmentId": live.assignment_id,
        "WorkerId": "anna",
        "HITId": "H1",
        "AssignmentStatus": "Submitted",
        "AcceptTime": "2026-11-22T12:00:00.000Z",
        "SubmitTime": "2026-11-22T12:01:01.500Z",
        "Deadline": "2026-11-22T13:00:00.000Z",
        "AutoApprovalTime": "2026-11-22T14:01:01.500Z",
        "Answer": XML,
    }
    reviewed = {"ApprovalTime", "RejectionTime", "RequesterFeedback"}
    names = {member.name for _, member in members(Record) if not member.of_files}
    assert set(one.record) == names - reviewed
    assert (one.hit_type_id, one.panel, one.study_id, one.session_id) == (
        *("T1", "prolific", "s1"),
        "x1",
    )


def test_what_is_finished_comes_in_the_order_of_its_submission_page_by_page(desk: Desk) -> None:
    desk.offer([hit("H1", 20)])
    order = {number: submitted(desk, f"w{number}", "H1", 100 - number // 2) for number in range(20)}
    found = list(answers(desk, page=3))
    assert set(found) == set(order.values())
    times = [one.record["SubmitTime"] for one in desk.finished()]
    assert times == sorted(times)


def test_what_is_gathered_does_not_come_again(desk: Desk) -> None:
    desk.offer([hit("H1", 9)])
    one, two = submitted(desk, "anna", "H1", 2), submitted(desk, "bert", "H1", 1)
    live = accepted(desk, "cleo", "H1").assignment_id
    assert desk.gathered([one, live, "3" + "X" * 29, "\x00"]) == 1
    assert desk.gathered([one]) == 0
    assert set(answers(desk)) == {two}
    desk.submit(live, "cleo", XML, NOON)
    assert set(answers(desk)) == {two, live}
    counts = desk.counts(NOON)
    assert (counts.submitted, counts.gathered, counts.places_left) == (3, 1, 6)


def test_a_straggler_is_found_by_who_begins_anew(desk: Desk) -> None:
    """A clock that is behind submits before what has been read already."""
    desk.offer([hit("H1", 9)])
    first = submitted(desk, "anna", "H1", 60)
    (read,) = desk.finished()
    straggler = submitted(desk, "bert", "H1", 30)
    assert desk.finished(read) == []
    desk.gathered([first])
    assert set(answers(desk)) == {straggler}


def test_time_runs_out_for_all_that_are_overdue(desk: Desk) -> None:
    desk.offer([hit("H1", 700, seconds=60), hit("H2", 700)])
    for number in range(520):
        accepted(desk, f"w{number}", "H1")
    accepted(desk, "w0", "H2")
    assert desk.abandon(later(59)) == 0
    assert desk.abandon(later(60)) == 520
    assert desk.abandon(later(60)) == 0
    counts = desk.counts(later(60))
    assert (counts.abandoned, counts.live, counts.overdue) == (520, 1, 0)


def test_an_operator_is_told_how_it_stands(desk: Desk) -> None:
    desk.offer([hit("H1", 5), hit("H2", 2, seconds=60), hit("H3", 0)])
    desk.gathered([submitted(desk, "anna", "H1", 1)])
    submitted(desk, "bert", "H1", 1)
    accepted(desk, "cleo", "H1")
    desk.give_back(accepted(desk, "dora", "H1").assignment_id, "dora")
    accepted(desk, "dora", "H2")
    desk.block("emil")
    expected = Counts(
        hits=3,
        places_left=2 + 2,
        live=1,
        overdue=1,
        returned=1,
        abandoned=0,
        submitted=2,
        gathered=1,
        workers=4,
        blocked=1,
    )
    assert desk.counts(later(61)) == expected
    desk.abandon(later(HOUR - 1))
    assert desk.counts(later(61)).abandoned == 1
    empty = {one.name: 0 for one in fields(Counts)}
    assert Counts(**empty) != expected
