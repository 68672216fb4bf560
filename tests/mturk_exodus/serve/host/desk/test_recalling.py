from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mturk_exodus.serve.host.desk import Desk, Finished, Reason, Refused, Visit
from tests.mturk_exodus.serve.host.desk.support import NOON, XML, accepted, hit, later


def elsewhere(path: Path, *workers: str) -> list[Finished]:
    """What these did at another desk, each of H1."""
    with Desk.open(path) as desk:
        desk.offer([hit("H1", len(workers))])
        for worker in workers:
            mine = accepted(desk, worker, "H1")
            desk.submit(mine.assignment_id, worker, XML, NOON)
        return desk.finished()


def test_what_was_done_elsewhere_is_known_once(desk: Desk, tmp_path: Path) -> None:
    done = elsewhere(tmp_path / "elsewhere", "anna", "bert", "cleo")
    assert desk.recall(done[:2]) == 2
    assert [desk.recall(done) for _ in range(2)] == [1, 0]
    desk.offer([hit("H1", 4)])
    assert desk.accept(Visit(worker_id="anna"), ["H1"], NOON) == Refused(Reason.DONE)
    accepted(desk, "dora", "H1")
    assert desk.accept(Visit(worker_id="ewan"), ["H1"], NOON) == (
        Refused(Reason.NO_PLACE, later(3600))
    )
    counts = desk.counts(NOON)
    assert (counts.submitted, counts.gathered, counts.live) == (3, 3, 1)
    assert desk.finished() == []


def test_who_works_on_what_she_has_done_elsewhere_is_told(desk: Desk, tmp_path: Path) -> None:
    (done,) = elsewhere(tmp_path / "elsewhere", "anna")
    desk.offer([hit("H1", 2)])
    live = accepted(desk, "anna", "H1")
    assert desk.recall([done]) == 1
    for when in (NOON, later(7200)):
        assert desk.submit(live.assignment_id, "anna", XML, when) == Refused(Reason.DONE)
    assert desk.counts(NOON).live == 0


def test_an_archive_may_hold_anything(desk: Desk, tmp_path: Path) -> None:
    done, other = elsewhere(tmp_path / "elsewhere", "anna", "bert")
    long = replace(done, hit_type_id="\n", panel="p" * 201, study_id="\0", session_id="\ud800")
    strange = replace(other, record={**other.record, "WorkerId": "w" * 201})
    assert desk.recall([long, strange]) == 1
    assert desk.counts(NOON).gathered == 1
