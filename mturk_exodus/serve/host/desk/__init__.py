"""Who has accepted which HIT, and what was answered: the host's own database."""

from mturk_exodus.serve.host.desk.desk import Desk
from mturk_exodus.serve.host.desk.failures import (
    DeskError,
    DeskTooNew,
    DeskUnavailable,
    NotADesk,
    OtherArchive,
)
from mturk_exodus.serve.host.desk.outcomes import (
    DELAYS,
    DURATIONS,
    MOST_PLACES,
    NO_PROGRESS,
    Assignment,
    Counts,
    Finished,
    OfferedHIT,
    Progress,
    Reason,
    Refused,
    State,
    Stored,
    Visit,
)

__all__ = [
    "DELAYS",
    "DURATIONS",
    "MOST_PLACES",
    "NO_PROGRESS",
    "Assignment",
    "Counts",
    "Desk",
    "DeskError",
    "DeskTooNew",
    "DeskUnavailable",
    "Finished",
    "NotADesk",
    "OfferedHIT",
    "OtherArchive",
    "Progress",
    "Reason",
    "Refused",
    "State",
    "Stored",
    "Visit",
]
