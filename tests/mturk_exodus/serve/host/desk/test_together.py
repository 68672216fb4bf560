"""Many who come at the same instant, to several processes over one database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mturk_exodus.serve.host.desk import Desk
from tests.mturk_exodus.serve.host.desk.crowd import come, in_processes, roam
from tests.mturk_exodus.serve.host.desk.support import NOON, answers, hit, later

Place = str | Path

CREWS = [[f"w{crew}-{number}" for number in range(16)] for crew in range(3)]


def test_no_hit_is_given_to_more_than_it_has_places(place: Place) -> None:
    """48 workers, 3 processes, 30 places."""
    hits = [hit("H1", 7), hit("H2", 1), hit("H3", 22)]
    with Desk.open(place) as desk:
        desk.offer(hits)
    told = in_processes(come, place, CREWS, ["H1", "H2", "H3"])
    assert Counter(hit_id for _, hit_id, _ in told) == {one.hit_id: one.places for one in hits}
    assert len({worker for worker, _, _ in told}) == len({one for _, _, one in told}) == 30
    with Desk.open(place) as desk:
        assert desk.counts(NOON).live == 30
        assert desk.counts(NOON).places_left == 0


def test_one_worker_in_many_tabs_has_one_assignment(place: Place) -> None:
    with Desk.open(place) as desk:
        desk.offer([hit("H1", 9), hit("H2", 9)])
    told = in_processes(come, place, [["anna"] * 10 + ["bert"] * 6] * 3, ["H1", "H2"])
    assert len(told) == 48
    assert len(set(told)) == 2
    with Desk.open(place) as desk:
        assert desk.counts(NOON).live == 2


def test_whatever_they_do_at_once_nothing_is_doubled_or_lost(place: Place) -> None:
    places = {"H1": 1, "H2": 2, "H3": 3, "H4": 5, "H5": 8}
    with Desk.open(place) as desk:
        desk.offer([hit(name, number, seconds=30) for name, number in places.items()])
    told = in_processes(roam, place, [crew[:6] for crew in CREWS], list(places))
    assert len(told) > 10
    with Desk.open(place) as desk:
        stored = {
            (one.record["WorkerId"], one.record["HITId"], key) for key, one in answers(desk).items()
        }
        assert sorted(stored) == sorted(told)
        assert len({(worker, hit_id) for worker, hit_id, _ in stored}) == len(stored)
        desk.abandon(later(1_000))
        done = Counter(hit_id for _, hit_id, _ in stored)
        assert all(done[name] <= number for name, number in places.items())
        assert desk.counts(later(1_000)).places_left == sum(places.values()) - len(stored)
