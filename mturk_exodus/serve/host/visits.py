"""What happens when a participant comes, submits, or gives a task back. Nothing here knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from mturk_exodus.serve.host.answering import NotTaken, document_of
from mturk_exodus.serve.host.bodies import Posted
from mturk_exodus.serve.host.catalogue import NO_FORM, Work
from mturk_exodus.serve.host.desk import (
    NO_PROGRESS,
    Assignment,
    Desk,
    Progress,
    Reason,
    Refused,
    State,
    Stored,
    Visit,
)

FindWork = Callable[[str], Work | None]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Given:
    """A participant has a HIT.

    Attributes:
        assignment: the participant's.
        work: what is to be shown.
        seconds_left: until its deadline.
        number: which HIT of the visit it is, from 1.
    """

    assignment: Assignment
    work: Work
    seconds_left: int
    number: int = 1


@dataclass(frozen=True)
class NotGiven:
    """A participant has none.

    Attributes:
        refused: why; None if the HITs cannot be shown here.
        progress: of the participant with these HITs.
    """

    refused: Refused | None
    progress: Progress = NO_PROGRESS


def now_in_utc() -> datetime:
    """The time."""
    return datetime.now(timezone.utc)


class Visits:
    """Participants at a desk. Its methods wait for the database: call them in threads.

    Args:
        desk: where they are written down.
        find: finds the HIT that is to be shown.
        clock: tells the time, with a zone.
    """

    def __init__(self, desk: Desk, find: FindWork, clock: Clock = now_in_utc) -> None:
        self._desk = desk
        self._find = find
        self._clock = clock
        self._not_shown: set[str] = set()

    def come(self, visit: Visit, hit_ids: Sequence[str]) -> Given | NotGiven:
        """Give the participant one of these HITs."""
        while left := [one for one in hit_ids if one not in self._not_shown]:
            now = self._clock()
            given = self._desk.accept(visit, left, now)
            if isinstance(given, Refused):
                return NotGiven(given, self._desk.progress(visit, hit_ids))
            work = self._find(given.hit_id)
            if work is not None and work.frame.refused is None:
                done = self._desk.progress(visit, hit_ids).done if len(hit_ids) > 1 else 0
                seconds = int((given.deadline - now).total_seconds())
                return Given(given, work, seconds, done + 1)
            self._desk.give_back(given.assignment_id, given.worker_id)
            self._not_shown.add(given.hit_id)
        return NotGiven(None)

    def begins(self, visit: Visit, hit_ids: Sequence[str]) -> bool:
        """Whether coming would take a place."""
        return self._desk.look(visit, hit_ids, self._clock()) is None

    def has_others(self, visit: Visit, hit_ids: Sequence[str]) -> bool:
        """Whether there are HITs among these that the participant has not tried."""
        progress = self._desk.progress(visit, hit_ids)
        return progress.done + progress.undone < len(hit_ids)

    def submit(self, assignment_id: str, posted: Posted) -> Stored | Refused | NotTaken:
        """Store an answer. Its participant's page alone was told the assignment's id."""
        assignment = self._desk.assignment(assignment_id)
        if assignment is None:
            return Refused(Reason.NO_SUCH_ASSIGNMENT)
        work = self._find(assignment.hit_id)
        document = document_of(posted, NO_FORM if work is None else work.form)
        if isinstance(document, NotTaken):
            return document
        return self._desk.submit(assignment_id, assignment.worker_id, document, self._clock())

    def is_submitted(self, assignment_id: str) -> Assignment | None:
        """The assignment, if its answer is stored."""
        assignment = self._desk.assignment(assignment_id)
        is_there = assignment is not None and assignment.state is State.SUBMITTED
        return assignment if is_there else None

    def give_back(self, assignment_id: str) -> Assignment | Refused:
        """Return a HIT."""
        assignment = self._desk.assignment(assignment_id)
        if assignment is None:
            return Refused(Reason.NO_SUCH_ASSIGNMENT)
        return self._desk.give_back(assignment_id, assignment.worker_id)
