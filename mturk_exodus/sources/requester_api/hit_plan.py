"""What is to be asked about a HIT, and what is to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.held import Held, held_of
from mturk_exodus.archive.work import Work
from mturk_exodus.records import Value
from mturk_exodus.sources.requester_api.operations import (
    LIST_ASSIGNMENTS,
    LIST_BONUSES,
    LIST_REVIEWS,
    assignments_of,
    bonuses_of,
    reviews_of,
)
from mturk_exodus.values import from_iso, iso

DISPOSED_AFTER = timedelta(days=120)
"""MTurk disposes of a HIT that long after it became Reviewable (API reference, DeleteHIT)."""

OVERTURNED_WITHIN = timedelta(days=30)
"""A rejection can be overturned that long after submission (API reference, ApproveAssignment)."""

_MARGIN = timedelta(days=1)
_COUNTERS = (
    "hit_status",
    "hit_review_status",
    "max_assignments",
    "number_of_assignments_pending",
    "number_of_assignments_available",
    "number_of_assignments_completed",
)
Row = Mapping[str, Value]


class Look(Enum):
    """Why a HIT is being looked at."""

    PASS = "a pass over the whole account"  # noqa: S105 - not a password
    AGAIN = "its counters are read again at the end of a pass"


@dataclass(frozen=True)
class HitPlanner:
    """Plans the work that a HIT's record calls for.

    Attributes:
        full: ask for everything, whether or not it can have changed.
        late_bonuses: in a later pass, ask all reviewed HITs for bonuses paid since.
    """

    archive: Archive
    work: Work
    full: bool
    late_bonuses: bool

    def plan(self, hit: Row, earlier: Row | None, look: Look) -> None:
        """Plan what is to be asked about a HIT whose record has just been stored."""
        hit_id, perishes = str(hit["hit_id"]), perishes_at(hit)
        changed = earlier is not None and any(hit[name] != earlier[name] for name in _COUNTERS)
        if expected(hit) != 0 and self._assignments_wanted(hit, look, changed=changed):
            self.work.plan(assignments_of(hit_id, perishes))
        if self._bonuses_wanted(hit, earlier, look, changed=changed):
            self.work.plan(bonuses_of(hit_id, perishes))
        again = changed or (self.full and look is Look.PASS)
        if again and self.work.state(LIST_REVIEWS, hit_id) == "done":
            self.work.plan(reviews_of(hit_id, perishes))

    def _assignments_wanted(self, hit: Row, look: Look, *, changed: bool) -> bool:
        hit_id = str(hit["hit_id"])
        state = self.work.state(LIST_ASSIGNMENTS, hit_id)
        if state is None or (state == "gone" and look is Look.PASS):
            return True
        if look is Look.AGAIN:
            return state == "done" and not _agrees(hit, held_of(self.archive, hit_id))
        if self.full or changed:
            return True
        held = held_of(self.archive, hit_id)
        return not _agrees(hit, held) or self._unsettled(hit_id, held)

    def _unsettled(self, hit_id: str, held: Held) -> bool:
        """Whether work may have been reviewed, or a rejection overturned, with no counter moving
        that we would see.
        """
        if held.unreviewed:
            return True
        asked_at = self.work.finished_at(LIST_ASSIGNMENTS, hit_id)
        if not held.last_rejected_submit_time or not asked_at:
            return False
        settled = from_iso(held.last_rejected_submit_time)
        return iso(settled + OVERTURNED_WITHIN + _MARGIN) > asked_at

    def _bonuses_wanted(self, hit: Row, earlier: Row | None, look: Look, *, changed: bool) -> bool:
        """A bonus needs reviewed work. It can be paid at any time after."""
        if hit["number_of_assignments_completed"] == 0 or expected(hit) == 0:
            return False
        state = self.work.state(LIST_BONUSES, str(hit["hit_id"]))
        if state is None:
            return True
        if look is Look.AGAIN:
            counter = "number_of_assignments_completed"
            return earlier is not None and hit[counter] != earlier[counter]
        return self.full or self.late_bonuses or changed or state == "gone"


def _agrees(hit: Row, held: Held) -> bool:
    """Whether the archive holds as many assignments as the HIT's counters say."""
    wanted, completed = expected(hit), hit["number_of_assignments_completed"]
    received = held.assignments + held.quarantined
    reviewed = range(held.reviewed, held.reviewed + held.quarantined + 1)
    return wanted in (None, received) and (completed is None or completed in reviewed)


def expected(hit: Row) -> int | None:
    """How many assignments MTurk holds for a HIT: submitted, approved and rejected ones.

    MaxAssignments - NumberOfAssignmentsAvailable - NumberOfAssignmentsPending; None where a
    counter is missing. It held for each of 3,096 HITs in public files, of every status.
    """
    counters = [
        hit["max_assignments"],
        hit["number_of_assignments_available"],
        hit["number_of_assignments_pending"],
    ]
    if any(counter is None for counter in counters):
        return None
    maximum, available, pending = (int(counter or 0) for counter in counters)
    return maximum - available - pending


def perishes_at(hit: Row) -> str:
    """The earliest time at which MTurk may dispose of a HIT, as far as its record tells.

    A HIT becomes Reviewable when it expires or when its last assignment is submitted. The record
    does not say when that was, so a HIT with nothing left to submit counts from its creation.
    """
    over = hit["hit_status"] in ("Reviewable", "Reviewing", "Disposed")
    all_in = hit["number_of_assignments_available"] == 0 == hit["number_of_assignments_pending"]
    since = hit["creation_time"] if over and all_in else hit["expiration"]
    since = since or hit["creation_time"]
    if not since:
        return ""
    try:
        moment = from_iso(str(since)) + DISPOSED_AFTER
    except OverflowError:
        return ""
    return iso(moment)
