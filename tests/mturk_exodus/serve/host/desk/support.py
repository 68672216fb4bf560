"""HITs, workers and times of tests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from mturk_exodus.serve.host.desk import Assignment, Desk, Finished, OfferedHIT, Visit

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
HOUR = 3600
XML = "<QuestionFormAnswers/>"


def hit(hit_id: str, places: int = 1, seconds: int = HOUR) -> OfferedHIT:
    return OfferedHIT(
        hit_id=hit_id,
        hit_type_id="T1",
        places=places,
        assignment_duration_in_seconds=seconds,
        auto_approval_delay_in_seconds=2 * HOUR,
    )


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def accepted(desk: Desk, worker_id: str, *hit_ids: str, at: datetime = NOON) -> Assignment:
    given = desk.accept(Visit(worker_id=worker_id), hit_ids, at)
    assert isinstance(given, Assignment)
    return given


def answers(desk: Desk, page: int = 100) -> dict[str, Finished]:
    """All that is not gathered, by assignment; each is there once."""
    found: list[Finished] = []
    while some := desk.finished(found[-1] if found else None, page):
        found += some
    by_id = {one.record["AssignmentId"]: one for one in found}
    assert len(by_id) == len(found)
    return by_id
