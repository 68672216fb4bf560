from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mturk_exodus.serve.host.desk import Desk, Reason, Refused, Visit
from tests.mturk_exodus.serve.host.desk.support import (
    HOUR,
    NOON,
    XML,
    accepted,
    answers,
    hit,
    later,
)


def test_more_and_fewer_places_take_nothing_from_those_who_have_one(desk: Desk) -> None:
    desk.offer([hit("H1", 2)])
    anna, bert = accepted(desk, "anna", "H1"), accepted(desk, "bert", "H1")
    full = Refused(Reason.NO_PLACE, later(HOUR))
    desk.offer([hit("H1", 1)])
    assert (accepted(desk, "anna", "H1"), accepted(desk, "bert", "H1")) == (anna, bert)
    desk.give_back(bert.assignment_id, "bert")
    assert desk.accept(Visit(worker_id="cleo"), ["H1"], NOON) == full
    desk.offer([hit("H1", 2, seconds=60)])
    assert accepted(desk, "cleo", "H1").deadline == later(60)
    assert accepted(desk, "anna", "H1").deadline == later(HOUR)


def test_what_is_no_longer_offered_takes_nobody_new(desk: Desk) -> None:
    desk.offer([hit("H1", 9), hit("H2")])
    anna = accepted(desk, "anna", "H1")
    desk.offer([hit("H2")])
    assert desk.accept(Visit(worker_id="bert"), ["H1"], NOON) == Refused(Reason.NOT_OFFERED)
    assert accepted(desk, "anna", "H1") == anna
    assert desk.counts(NOON).hits == 1
    desk.offer([hit("H1", 9)])
    accepted(desk, "bert", "H1")


def test_the_same_offer_again_changes_nothing(desk: Desk) -> None:
    hits = [hit("H1", 2), hit("H1", 2), hit("H2", 3)]
    desk.offer(hits)
    live = accepted(desk, "anna", "H1")
    desk.submit(live.assignment_id, "anna", XML, NOON)
    before = desk.counts(NOON)
    desk.offer(hits)
    assert desk.counts(NOON) == before
    assert (before.hits, before.places_left) == (2, 4)
    assert set(answers(desk)) == {live.assignment_id}


def test_many_hits_are_offered_and_closed(desk: Desk) -> None:
    many = [hit(f"H{number:04}", number % 3) for number in range(1_234)]
    desk.offer(many)
    assert desk.counts(NOON).hits == 1_234
    assert desk.counts(NOON).places_left == sum(number % 3 for number in range(1_234))
    desk.offer(many[::2])
    assert desk.counts(NOON).hits == 617
    desk.offer([replace(one, places=1) for one in many])
    assert desk.counts(NOON).places_left == 1_234


@pytest.mark.parametrize(
    "change",
    [
        {"hit_id": ""},
        {"hit_id": "H" * 65},
        {"hit_id": "H\x00"},
        {"hit_type_id": "\ud83d"},
        {"places": -1},
        {"places": 10**12},
        {"assignment_duration_in_seconds": 0},
        {"assignment_duration_in_seconds": 10**9},
        {"auto_approval_delay_in_seconds": -1},
    ],
    ids=str,
)
def test_a_hit_that_cannot_be_is_not_offered(desk: Desk, change: dict[str, Any]) -> None:
    desk.offer([hit("H1")])
    with pytest.raises(ValueError, match="cannot be offered"):
        desk.offer([hit("H2"), replace(hit("H3"), **change)])
    assert desk.counts(NOON).hits == 1
