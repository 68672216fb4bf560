"""What becomes of a HIT: how many assignments it has left, out, and in each status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

SUBMITTED = "Submitted"
APPROVED = "Approved"
REJECTED = "Rejected"
REVERSED = "Reversed"
"""Approved after it was rejected; MTurk calls it Approved."""


@dataclass(frozen=True)
class Fate:
    """A HIT's status and where its MaxAssignments went.

    An expired HIT keeps what was never accepted as available, whatever the developer guide says.
    """

    status: str = "Reviewable"
    available: int = 0
    pending: int = 0
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    reversed: int = 0

    @property
    def statuses(self) -> list[str]:
        """One entry per assignment that exists."""
        return (
            [APPROVED] * self.approved
            + [REVERSED] * self.reversed
            + [REJECTED] * self.rejected
            + [SUBMITTED] * self.submitted
        )

    @property
    def completed(self) -> int:
        """NumberOfAssignmentsCompleted, which counts reviewed work only."""
        return self.approved + self.reversed + self.rejected

    @property
    def places(self) -> int:
        """MaxAssignments."""
        return self.available + self.pending + self.submitted + self.completed


Sized: TypeAlias = Callable[[int], Fate]

# HITs that expired weeks ago: nothing is out, nothing waits.
OVER: tuple[Sized, ...] = (
    lambda n: Fate(approved=n),
    lambda n: Fate(approved=n, rejected=1),
    lambda n: Fate(available=2, approved=n),
    lambda n: Fate("Reviewing", approved=n),
    lambda n: Fate(available=n),
    lambda n: Fate(approved=n, reversed=1, rejected=1),
    lambda n: Fate(available=1, rejected=n),
)

# HITs whose time runs out only after the account is looked at.
RUNNING: tuple[Sized, ...] = (
    lambda n: Fate("Assignable", available=n),
    lambda n: Fate(submitted=n),
    lambda n: Fate("Unassignable", pending=1, submitted=1, approved=n),
    lambda n: Fate("Assignable", available=1, pending=1, submitted=1, approved=n, rejected=1),
    lambda n: Fate(submitted=1, approved=n, rejected=1, reversed=1),
    lambda n: Fate("Reviewing", submitted=n, approved=1),
    lambda n: Fate(approved=n),
    lambda n: Fate("Unassignable", pending=n),
)
