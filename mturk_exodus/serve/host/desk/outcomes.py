"""What is put on the desk, and what it says; a refusal is data, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

DURATIONS = range(30, 31_536_001)
"""Seconds. AssignmentDurationInSeconds, says MTurk's reference."""
MOST_PLACES = 1_000_000_000
DELAYS = range(2_592_001)
"""Seconds. AutoApprovalDelayInSeconds, likewise; a requester who said nothing got the most."""


class State(str, Enum):
    """What became of an assignment, in the words of MTurk's notifications."""

    ACCEPTED = "Accepted"
    SUBMITTED = "Submitted"
    RETURNED = "Returned"
    ABANDONED = "Abandoned"


class Reason(str, Enum):
    """Why something is not done."""

    NOT_AN_ID = "not an id"
    """Empty, too long, or with characters that no id has."""
    BLOCKED = "blocked"
    NO_SUCH_HIT = "no such HIT"
    NOT_OFFERED = "not offered"
    """There is such a HIT, but nobody new can have it."""
    NO_PLACE = "no place"
    """As many have accepted or submitted it as it has places."""
    DONE = "done"
    """The worker has submitted it."""
    TRIED = "tried"
    """The worker gave it back or let it run out, too often or where once is enough."""
    NO_SUCH_ASSIGNMENT = "no such assignment"
    """Or it is somebody else's."""
    PLACE_TAKEN = "place taken"
    """Time ran out, or the worker gave it back, and the place has gone to somebody else."""
    TOO_LONG = "too long"
    """The answer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done.

    Attributes:
        reason: why.
        until: with NO_PLACE, when the time of the next one who works on it runs out; None if
            nobody does.
    """

    reason: Reason
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedHIT:
    """A HIT that is open to workers.

    Attributes:
        hit_id: 1 to 64 characters, says MTurk's service model.
        places: how many assignments this desk may have of it, up to MOST_PLACES, live and submitted
            together, those that were gathered among them: MaxAssignments, less what the archive
            holds from elsewhere. Not what is left: the desk itself takes off what it has given out.
        assignment_duration_in_seconds: one of DURATIONS.
        auto_approval_delay_in_seconds: one of DELAYS.
    """

    hit_id: str
    hit_type_id: str | None = None
    places: int
    assignment_duration_in_seconds: int
    auto_approval_delay_in_seconds: int = DELAYS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who comes, and from where.

    Attributes:
        worker_id: the panel's id of the participant; 1 to 200 characters.
        panel, study_id, session_id: as the link had them; up to 200 characters each.
    """

    worker_id: str
    panel: str | None = None
    study_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One worker's work on one HIT. All times are UTC."""

    assignment_id: str
    hit_id: str
    worker_id: str
    state: State
    accept_time: datetime
    deadline: datetime
    submit_time: datetime | None = None
    panel: str | None = None
    study_id: str | None = None
    session_id: str | None = None

    @property
    def visit(self) -> Visit:
        """In which it was accepted."""
        return Visit(
            worker_id=self.worker_id,
            panel=self.panel,
            study_id=self.study_id,
            session_id=self.session_id,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a worker is with the HITs of a visit.

    Attributes:
        done: that the worker has submitted, now or ever.
        here: of these, in this very visit of this study.
        undone: that the worker took, and gave back or let run out.
    """

    done: int = 0
    here: int = 0
    undone: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether something was done in this visit, and nothing left lying."""
        return self.here > 0 and self.undone == 0


NO_PROGRESS = Progress()


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer is there.

    Attributes:
        assignment: with its submit time.
        was_there: whether it had been submitted before; then the first answer was kept.
    """

    assignment: Assignment
    was_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A submitted assignment, for the archive.

    Attributes:
        record: an Assignment with the members that MTurk's has, by their names. Times are ISO
            8601 UTC. AutoApprovalTime is SubmitTime and the HIT type's delay, as it was in 39,986
            of 39,986 public rows.
    """

    record: dict[str, str]
    hit_type_id: str | None
    panel: str | None
    study_id: str | None
    session_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What an operator wants to know.

    Attributes:
        hits: that are offered.
        places_left: of these, with nobody working on them and no answer.
        live: assignments that somebody works on and that have time left.
        overdue: whose time is up, though nobody has needed their place yet.
        submitted: all answers.
        gathered: of these, those that are in the archive.
        workers: who ever accepted something.
    """

    hits: int
    places_left: int
    live: int
    overdue: int
    returned: int
    abandoned: int
    submitted: int
    gathered: int
    workers: int
    blocked: int
