from __future__ import annotations

import re
from pathlib import Path

import pytest

from mturk_exodus.serve.host.desk import Assignment, Desk, Reason, Refused, State, Visit
from mturk_exodus.serve.host.desk.survey import MOST_TRIES
from tests.mturk_exodus.serve.host.desk.support import (
    HOUR,
    NOON,
    XML,
    accepted,
    hit,
    later,
)


def refused(desk: Desk, worker_id: str, *hit_ids: str, at: float = 0) -> Refused:
    given = desk.accept(Visit(worker_id=worker_id), hit_ids, later(at))
    assert isinstance(given, Refused)
    return given


def test_a_reload_and_a_second_tab_show_the_same_assignment(desk: Desk, place: str | Path) -> None:
    desk.offer([hit("H1", 3)])
    first = accepted(desk, "anna", "H1")
    assert accepted(desk, "anna", "H1", at=later(HOUR - 1)) == first
    with Desk.open(place) as other:
        assert accepted(other, "anna", "H1") == first
    assert desk.counts(NOON).live == 1


def test_an_assignment_says_who_from_where_and_how_long(desk: Desk) -> None:
    desk.offer([hit("H1", seconds=90)])
    visit = Visit(worker_id="anna", panel="prolific", study_id="s1", session_id="x" * 200)
    given = desk.accept(visit, ["H1"], NOON)
    assert isinstance(given, Assignment)
    assert (given.accept_time, given.deadline) == (NOON, later(90))
    assert (given.worker_id, given.hit_id, given.state) == ("anna", "H1", State.ACCEPTED)
    assert (given.panel, given.study_id, given.session_id) == ("prolific", "s1", "x" * 200)
    assert desk.assignment(given.assignment_id) == given


def test_ids_look_like_those_of_mturk(desk: Desk) -> None:
    desk.offer([hit("H1", 50)])
    ids = {accepted(desk, f"w{number}", "H1").assignment_id for number in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch("3[A-Z0-9]{29}", one) for one in ids)


def test_a_full_hit_says_when_a_place_may_come_back(desk: Desk) -> None:
    desk.offer([hit("H1", 2)])
    anna = accepted(desk, "anna", "H1")
    bert = accepted(desk, "bert", "H1", at=later(60))
    assert refused(desk, "cleo", "H1", at=90) == Refused(Reason.NO_PLACE, anna.deadline)
    desk.submit(anna.assignment_id, "anna", XML, later(100))
    assert refused(desk, "cleo", "H1", at=110) == Refused(Reason.NO_PLACE, bert.deadline)
    desk.submit(bert.assignment_id, "bert", XML, later(120))
    assert refused(desk, "cleo", "H1", at=130) == Refused(Reason.NO_PLACE)


def test_who_has_done_a_hit_does_not_get_it_again(desk: Desk) -> None:
    desk.offer([hit("H1", 5)])
    first = accepted(desk, "anna", "H1")
    desk.submit(first.assignment_id, "anna", XML, NOON)
    assert refused(desk, "anna", "H1") == Refused(Reason.DONE)
    desk.offer([])
    assert refused(desk, "anna", "H1") == Refused(Reason.DONE)


def test_a_place_comes_back_when_time_has_run_out(desk: Desk) -> None:
    desk.offer([hit("H1")])
    anna = accepted(desk, "anna", "H1")
    assert refused(desk, "bert", "H1", at=HOUR - 0.001).reason is Reason.NO_PLACE
    bert = accepted(desk, "bert", "H1", at=later(HOUR))
    assert bert.assignment_id != anna.assignment_id
    found = desk.assignment(anna.assignment_id)
    assert found is not None
    assert found.state is State.ABANDONED
    assert refused(desk, "anna", "H1", at=HOUR) == Refused(Reason.NO_PLACE, bert.deadline)


@pytest.mark.parametrize("way", ["given back", "run out"])
def test_who_did_not_finish_may_try_again(desk: Desk, way: str) -> None:
    desk.offer([hit("H1")])
    first = accepted(desk, "anna", "H1")
    if way == "given back":
        desk.give_back(first.assignment_id, "anna")
    at = later(HOUR)
    second = accepted(desk, "anna", "H1", at=at)
    assert second.assignment_id != first.assignment_id
    assert accepted(desk, "anna", "H1", at=at) == second


def test_who_did_not_finish_may_not_try_again_where_once_is_enough(place: str | Path) -> None:
    with Desk.open(place, again=False) as desk:
        desk.offer([hit("H1"), hit("H2")])
        accepted(desk, "anna", "H1")
        second = accepted(desk, "anna", "H2")
        desk.give_back(second.assignment_id, "anna")
        assert refused(desk, "anna", "H1", at=HOUR) == Refused(Reason.TRIED)
        assert refused(desk, "anna", "H2") == Refused(Reason.TRIED)


def test_nobody_tries_for_ever(desk: Desk) -> None:
    desk.offer([hit("H1")])
    for _ in range(MOST_TRIES):
        desk.give_back(accepted(desk, "anna", "H1").assignment_id, "anna")
    assert refused(desk, "anna", "H1") == Refused(Reason.TRIED)
    accepted(desk, "bert", "H1")


def test_several_hits_come_one_after_the_other(desk: Desk) -> None:
    bundle = ["H3", "H1", "H2", "H4"]
    desk.offer([hit("H1"), hit("H2", 2), hit("H3", 2)])
    accepted(desk, "bert", "H1")
    order = []
    while isinstance(given := desk.accept(Visit(worker_id="anna"), bundle, NOON), Assignment):
        assert accepted(desk, "anna", *bundle) == given
        order.append(given.hit_id)
        desk.submit(given.assignment_id, "anna", XML, NOON)
    assert order == ["H3", "H2"]
    assert given == Refused(Reason.NO_PLACE, later(HOUR))


def test_of_several_reasons_the_one_with_most_hope_is_given(desk: Desk) -> None:
    desk.offer([hit("H1"), hit("H2", seconds=600), hit("H3"), hit("H4", 0), hit("H5")])
    desk.offer([hit("H1"), hit("H2", seconds=600), hit("H3"), hit("H4", 0)])
    accepted(desk, "bert", "H1")
    accepted(desk, "bert", "H2")
    done = accepted(desk, "anna", "H3")
    desk.submit(done.assignment_id, "anna", XML, NOON)
    assert refused(desk, "anna", "H9") == Refused(Reason.NO_SUCH_HIT)
    assert refused(desk, "anna", "H5", "H9") == Refused(Reason.NOT_OFFERED)
    assert refused(desk, "anna", "H5", "H3") == Refused(Reason.DONE)
    assert refused(desk, "anna", "H3", "H4") == Refused(Reason.NO_PLACE)
    assert refused(desk, "anna", "H4", "H3", "H1") == Refused(Reason.NO_PLACE, later(HOUR))
    assert refused(desk, "anna", "H1", "H2") == Refused(Reason.NO_PLACE, later(600))


def test_a_blocked_worker_gets_nothing_but_may_submit(desk: Desk) -> None:
    desk.offer([hit("H1"), hit("H2")])
    live = accepted(desk, "anna", "H1")
    desk.block("anna")
    desk.block("anna")
    assert refused(desk, "anna", "H1", "H2") == Refused(Reason.BLOCKED)
    assert desk.counts(NOON).blocked == 1
    assert not isinstance(desk.submit(live.assignment_id, "anna", XML, NOON), Refused)
    desk.unblock("anna")
    accepted(desk, "anna", "H2")


@pytest.mark.parametrize(
    "worker_id",
    ["", "x" * 201, "a\x00b", "a\nb", "\ud83d", "a\x85", "a\u2028b"],
    ids=["empty", "long", "nul", "newline", "half", "c1", "line"],
)
def test_an_id_that_is_none_is_refused(desk: Desk, worker_id: str) -> None:
    desk.offer([hit("H1")])
    assert refused(desk, worker_id, "H1") == Refused(Reason.NOT_AN_ID)
    if worker_id:
        visit = Visit(worker_id="anna", session_id=worker_id)
        assert desk.accept(visit, ["H1"], NOON) == Refused(Reason.NOT_AN_ID)
    assert refused(desk, "anna", f"{worker_id}{'H' * 65}") == Refused(Reason.NO_SUCH_HIT)
    with pytest.raises(ValueError, match="id"):
        desk.block(worker_id)
    desk.unblock(worker_id)
    assert desk.counts(NOON).live == 0


@pytest.mark.parametrize(
    "worker_id",
    ["'; drop table host_hits; --", "%", "_", ":now", "\\'\"", "ä☃😀", "x" * 200, "A", "a"],
    ids=["sql", "percent", "underscore", "colon", "quotes", "unicode", "long", "upper", "lower"],
)
def test_an_odd_id_is_nothing_but_itself(desk: Desk, worker_id: str) -> None:
    desk.offer([hit("H1", 3)])
    first = accepted(desk, "a_%", "H1")
    given = accepted(desk, worker_id, "H1")
    assert given.assignment_id != first.assignment_id
    assert given.worker_id == worker_id
    assert accepted(desk, worker_id, "H1") == given


def test_more_hits_than_a_visit_can_have_are_the_callers_mistake(desk: Desk) -> None:
    with pytest.raises(ValueError, match="too many"):
        desk.accept(Visit(worker_id="anna"), [f"H{number}" for number in range(1_001)], NOON)


def test_a_time_without_a_zone_is_the_callers_mistake(desk: Desk) -> None:
    with pytest.raises(ValueError, match="zone"):
        desk.accept(Visit(worker_id="anna"), ["H1"], NOON.replace(tzinfo=None))
