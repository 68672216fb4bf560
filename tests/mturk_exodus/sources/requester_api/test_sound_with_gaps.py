"""An archive with a gap that it knows of is incomplete; it does not disagree with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.archive.verify import verify
from tests.fakes.mturk import FakeMTurk, Faults
from tests.mturk_exodus.sources.requester_api.support import export, reading
from tests.mturk_exodus.sources.requester_api.test_quarantine import changed, small

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bonus_whose_assignments_could_not_be_had_yet_is_a_gap_and_no_damage(path: Path) -> None:
    # Once: the counters' check leaves out HITs whose list is not done, the references' does not.
    with FakeMTurk(small(), faults=Faults(poison={"ListAssignmentsForHIT": {"H2"}})) as fake:
        assert export(path, fake, sound=False).failed == 1
        with reading(path) as archive:
            assert list(verify(archive)) == []


def test_a_bonus_whose_assignment_is_in_quarantine_is_a_gap_and_no_damage(path: Path) -> None:
    # Once: likewise.
    with FakeMTurk(small(), faults=Faults(mangle={"A-H2-0": changed(Answer=5)})) as fake:
        assert export(path, fake, sound=False).quarantined == 1
        with reading(path) as archive:
            assert list(verify(archive)) == []
