"""Gaps that the archive knows of must not be called damage."""

from __future__ import annotations

from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.demo import synthesize
from mturk_exodus.sources.requester_api.credentials import invented_session
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings
from mturk_exodus.sources.requester_api.health import Patience
from tests.endurance.support import findings, rows
from tests.fakes.mturk import FakeMTurk

HURRIED = Patience(at_first=5.0, midway=5.0, first_pause=0.002, longest_pause=0.01)


def test_bonuses_whose_assignments_failed_are_no_damage(tmp_path: Path) -> None:
    """The list of assignments fails and is a known gap; the HIT's bonuses came. A kill can leave
    the same: a list that waits to be asked again is overtaken by bonuses.
    """
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(30, 60)) as fake:
        hit_id = next(hit for hit, paid in fake.account.bonus_payments.items() if paid)
        fake.faults.poison["ListAssignmentsForHIT"] = {hit_id}
        settings = Settings(first_rate=5_000, patience=HURRIED)
        with Archive.create(archive) as opened, opened.writing():
            gaps = Exporter(opened, invented_session(), fake.endpoint_url, settings).run()
    assert gaps.failed == 1
    held = rows(archive, "select count(*) from bonus_payments where hit_id = ?", hit_id)
    assert held > [(0,)]
    assert findings(archive) == []
