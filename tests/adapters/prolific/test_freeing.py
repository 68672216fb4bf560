"""Who has left a study at Prolific, and not the host, gives the place there to the next."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.serve.host.desk import Assignment, Desk, OfferedHIT, Reason, Refused, Visit
from tests.adapters.prolific import offered
from tests.endurance.support import environment, run
from tests.fakes.prolific import TOKEN, Place

HIT = OfferedHIT(hit_id="3HIT", places=1, assignment_duration_in_seconds=3_600)
_NOW = datetime.now(timezone.utc)


def come(place: Path, participant: Place) -> Assignment | Refused:
    """A participant opens the link to the only HIT."""
    who = participant.submission
    visit = Visit(
        worker_id=who.participant_id, panel="prolific", study_id=who.study_id, session_id=who.id
    )
    with Desk.open(place) as desk:
        return desk.accept(visit, [HIT.hit_id], _NOW)


def collected(at: offered.Desk, *more: object) -> str:
    """What `collect` says of places."""
    env = environment(PROLIFIC_URL=at.fake.url, PROLIFIC_TOKEN=TOKEN)
    done = run("collect", "--archive", at.path, "--target", "prolific", *more, env=env)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("name", ["mturk.db.host", "elsewhere.sqlite"])
def test_a_place_that_was_left_at_prolific_is_free_after_collect(
    at: offered.Desk, name: str
) -> None:
    place = at.path.with_name(name)
    more = () if name == "mturk.db.host" else ("--database", place)
    with Archive.open(at.path, read_only=True) as archive, Desk.open(place) as desk:
        desk.belong(archive.archive_id)
        desk.offer([HIT])
    study_id = at.published()
    gone, following = (at.fake.join().take_part(study_id) for _ in range(2))
    assert isinstance(come(place, gone), Assignment)
    assert "free again" not in collected(at, *more)
    gone.give_back()
    refused = come(place, following)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NO_PLACE
    assert "1 place at the host is free again" in collected(at, *more)
    assert isinstance(come(place, following), Assignment)
    assert "free again" not in collected(at, *more)


def test_without_a_host_none_is_made(at: offered.Desk) -> None:
    at.fake.join().take_part(at.published()).give_back()
    assert "free again" not in collected(at)
    assert not at.path.with_name("mturk.db.host").exists()


def test_the_desk_of_another_archive_is_left_alone(at: offered.Desk) -> None:
    place = at.path.with_name("mturk.db.host")
    with Desk.open(place) as desk:
        desk.belong("another")
    at.published()
    env = environment(PROLIFIC_URL=at.fake.url, PROLIFIC_TOKEN=TOKEN)
    done = run("collect", "--archive", at.path, "--target", "prolific", env=env)
    assert done.returncode == 62
    assert "belongs to another archive" in done.stderr
