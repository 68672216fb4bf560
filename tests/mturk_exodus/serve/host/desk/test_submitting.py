from __future__ import annotations

import pytest

from mturk_exodus.serve.host.desk import Assignment, Desk, Reason, Refused, State, Stored, Visit
from mturk_exodus.serve.host.desk.submitting import LONGEST_DOCUMENT
from tests.mturk_exodus.serve.host.desk.support import (
    HOUR,
    NOON,
    XML,
    accepted,
    answers,
    hit,
    later,
)

UNKNOWN = "3" + "A" * 29


def test_the_first_answer_is_kept(desk: Desk) -> None:
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    first = desk.submit(live.assignment_id, "anna", "<one/>", later(5))
    assert isinstance(first, Stored)
    assert not first.was_there
    assert (first.assignment.submit_time, first.assignment.state) == (later(5), State.SUBMITTED)
    second = desk.submit(live.assignment_id, "anna", "<two/>", later(9))
    assert second == Stored(first.assignment, was_there=True)
    assert [one.record["Answer"] for one in answers(desk).values()] == ["<one/>"]


def test_an_answer_is_kept_to_the_letter(desk: Desk) -> None:
    said = "<a>'\"\\ %s :x ä☃😀 \r\n\t\u2028 &#0;</a>" + "x" * 2_000_000
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    desk.submit(live.assignment_id, "anna", said, NOON)
    assert answers(desk)[live.assignment_id].record["Answer"] == said


@pytest.mark.parametrize(
    "assignment_id",
    [UNKNOWN, "", "3", "x" * 10_000, "\x00", UNKNOWN + "\n", "ASSIGNMENT_ID_NOT_AVAILABLE"],
    ids=["unknown", "empty", "short", "long", "nul", "newline", "preview"],
)
def test_an_unknown_assignment_is_refused(desk: Desk, assignment_id: str) -> None:
    unknown = Refused(Reason.NO_SUCH_ASSIGNMENT)
    assert desk.submit(assignment_id, "anna", XML, NOON) == unknown
    assert desk.give_back(assignment_id, "anna") == unknown
    assert desk.assignment(assignment_id) is None


def test_somebody_elses_assignment_is_as_good_as_unknown(desk: Desk) -> None:
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    for worker_id in ("bert", "", "anna\x00", "ANNA"):
        unknown = Refused(Reason.NO_SUCH_ASSIGNMENT)
        assert desk.submit(live.assignment_id, worker_id, XML, NOON) == unknown
        assert desk.give_back(live.assignment_id, worker_id) == unknown
    assert desk.assignment(live.assignment_id) == live


def test_a_late_answer_is_taken_while_nobody_has_the_place(desk: Desk) -> None:
    desk.offer([hit("H1"), hit("H2")])
    unnoticed, abandoned = accepted(desk, "anna", "H1"), accepted(desk, "anna", "H2")
    late = later(HOUR + 1)
    assert desk.submit(unnoticed.assignment_id, "anna", XML, late)
    assert desk.abandon(late) == 1
    stored = desk.submit(abandoned.assignment_id, "anna", XML, late)
    assert isinstance(stored, Stored)
    assert not stored.was_there
    assert set(answers(desk)) == {unnoticed.assignment_id, abandoned.assignment_id}


def test_a_late_answer_is_refused_once_somebody_has_the_place(desk: Desk) -> None:
    desk.offer([hit("H1")])
    late = accepted(desk, "anna", "H1")
    bert = accepted(desk, "bert", "H1", at=later(HOUR))
    now = later(HOUR + 1)
    assert desk.submit(late.assignment_id, "anna", XML, now) == Refused(Reason.PLACE_TAKEN)
    desk.give_back(bert.assignment_id, "bert")
    assert isinstance(desk.submit(late.assignment_id, "anna", XML, now), Stored)
    refused = desk.submit(bert.assignment_id, "bert", XML, now)
    assert refused == Refused(Reason.PLACE_TAKEN)
    assert set(answers(desk)) == {late.assignment_id}


def test_a_clock_that_is_behind_gives_nobodys_place_away_twice(desk: Desk) -> None:
    desk.offer([hit("H1")])
    late = accepted(desk, "anna", "H1")
    accepted(desk, "bert", "H1", at=later(HOUR))
    before = desk.submit(late.assignment_id, "anna", XML, later(HOUR - 1))
    assert before == Refused(Reason.PLACE_TAKEN)


def test_a_late_answer_takes_the_place_that_its_worker_has_again(desk: Desk) -> None:
    desk.offer([hit("H1")])
    first = accepted(desk, "anna", "H1")
    second = accepted(desk, "anna", "H1", at=later(HOUR))
    now = later(HOUR + 1)
    assert isinstance(desk.submit(first.assignment_id, "anna", XML, now), Stored)
    assert desk.submit(second.assignment_id, "anna", XML, now) == Refused(Reason.DONE)
    assert set(answers(desk)) == {first.assignment_id}
    found = desk.assignment(second.assignment_id)
    assert found is not None
    assert found.state is State.RETURNED


def test_an_answer_that_was_given_back_is_taken_while_the_place_is_free(desk: Desk) -> None:
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    given = desk.give_back(live.assignment_id, "anna")
    assert not isinstance(given, Refused)
    assert given.state is State.RETURNED
    assert desk.give_back(live.assignment_id, "anna") == given
    assert isinstance(desk.submit(live.assignment_id, "anna", XML, NOON), Stored)
    assert desk.give_back(live.assignment_id, "anna") == Refused(Reason.DONE)


def test_visits_that_are_over_at_their_panel_hold_nothing(desk: Desk) -> None:
    desk.offer([hit("H1", 4)])
    gone, submitted, other = (_visited(desk, one) for one in ("gone", "submitted", "other"))
    elsewhere = _visited(desk, "gone", panel="another")
    assert isinstance(desk.submit(submitted.assignment_id, submitted.worker_id, XML, NOON), Stored)
    over = ["gone", "submitted", "unknown", "\x00", "gone"]
    assert desk.release("prolific", over, NOON) == 1
    assert desk.release("prolific", over, NOON) == desk.release("prolific", [], NOON) == 0
    states = {State.ACCEPTED: [other, elsewhere], State.SUBMITTED: [submitted]}
    for state, held in (states | {State.RETURNED: [gone]}).items():
        found = [desk.assignment(one.assignment_id) for one in held]
        assert {one and one.state for one in found} == {state}
    accepted(desk, "next", "H1")
    late = desk.submit(gone.assignment_id, gone.worker_id, XML, NOON)
    assert late == Refused(Reason.PLACE_TAKEN)


def _visited(desk: Desk, session_id: str, panel: str = "prolific") -> Assignment:
    visit = Visit(worker_id=f"{panel} {session_id}", panel=panel, session_id=session_id)
    given = desk.accept(visit, ["H1"], NOON)
    assert isinstance(given, Assignment)
    return given


def test_who_works_on_a_hit_that_is_no_longer_offered_may_submit_it(desk: Desk) -> None:
    desk.offer([hit("H1", 2)])
    anna, bert = accepted(desk, "anna", "H1"), accepted(desk, "bert", "H1")
    desk.offer([hit("H1", 1)])
    assert isinstance(desk.submit(anna.assignment_id, "anna", XML, NOON), Stored)
    desk.offer([])
    assert accepted(desk, "bert", "H1") == bert
    assert isinstance(desk.submit(bert.assignment_id, "bert", XML, NOON), Stored)


def test_who_is_refused_a_place_takes_none_from_who_is_late(desk: Desk) -> None:
    desk.offer([hit("H1", 1)])
    late = accepted(desk, "anna", "H1")
    desk.offer([hit("H1", 0)])
    for hit_ids in (["H1"], ["H1", "H2"]):
        refused = desk.accept(Visit(worker_id="bert"), hit_ids, later(HOUR))
        assert refused == Refused(Reason.NO_PLACE)
    assert isinstance(desk.submit(late.assignment_id, "anna", XML, later(HOUR)), Stored)


def test_an_answer_that_is_too_long_is_refused(desk: Desk) -> None:
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    long = "x" * (LONGEST_DOCUMENT + 1)
    assert desk.submit(live.assignment_id, "anna", long, NOON) == Refused(Reason.TOO_LONG)
    assert desk.assignment(live.assignment_id) == live


@pytest.mark.parametrize("document", ["\x00", "\ud83d"], ids=["nul", "half"])
def test_what_no_xml_holds_is_the_callers_mistake(desk: Desk, document: str) -> None:
    desk.offer([hit("H1")])
    live = accepted(desk, "anna", "H1")
    with pytest.raises(ValueError, match="characters"):
        desk.submit(live.assignment_id, "anna", document, NOON)
    assert desk.assignment(live.assignment_id) == live
