"""How many assignments of a HIT are open, and how long one may take."""

from __future__ import annotations

from mturk_exodus.records import HIT
from mturk_exodus.replay.adapter import Task

OPEN = ("unfinished", "assignable", "none")
"""Which HITs are open: all whose assignments were not all submitted; only those that MTurk still
offered when they were exported; none.
"""

_LONGEST = 24 * 366
_OFFERED = ("Assignable", "Unassignable")
_DAY = 24


def open_of(task: Task, opened: str) -> int:
    """How many assignments are open: MTurk's own count, those among it that workers had accepted.
    Where no source tells it, what is missing to MaxAssignments.
    """
    hit = task.hit
    if opened == "none" or (opened == "assignable" and hit.hit_status not in _OFFERED):
        return 0
    available = hit.number_of_assignments_available
    if available is not None:
        return max(0, available + (hit.number_of_assignments_pending or 0))
    return max(0, (hit.max_assignments or 0) - len(task.assignments))


def hours_of(hit: HIT) -> int:
    """Turkle counts whole hours; a day where nobody knows."""
    seconds = hit.assignment_duration_in_seconds
    if seconds is None:
        return _DAY
    return min(max(1, -(-seconds // 3600)), _LONGEST)
