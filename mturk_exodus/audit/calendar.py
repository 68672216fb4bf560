"""The days on which something ends, and how long MTurk keeps what it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

CUTOFFS = {
    "closed-to-new-customers": "2026-07-30",
    "closed": "2026-09-30",
    "last-review": "2026-10-30",
    "end-of-history": "2027-01-28",
}
"""As Amazon's notice of closure has them: what is unreviewed on the day of the last review is
approved, and no bonus can be paid after it."""

DISPOSED_AFTER_DAYS = 120
"""MTurk disposes of a HIT that long after it became Reviewable (API reference, DeleteHIT)."""

OVERTURNED_WITHIN_DAYS = 30
"""A rejection can be overturned that long after (API reference, ApproveAssignment)."""


@dataclass(frozen=True)
class Calendar:
    """The day of the report, and the cut-offs by name, `YYYY-MM-DD` each."""

    as_of: str
    cutoffs: Mapping[str, str]

    @property
    def last_review(self) -> str:
        """The last day on which work can be reviewed and a bonus paid."""
        return self.cutoffs["last-review"]

    @property
    def end_of_history(self) -> str:
        """The day after which MTurk says nothing more."""
        return self.cutoffs["end-of-history"]

    def days_until(self, day: str) -> int:
        """From the day of the report; negative for a day that is past."""
        return (date.fromisoformat(day) - date.fromisoformat(self.as_of)).days

    def moved(self, cutoffs: Mapping[str, str]) -> Calendar:
        """The same with some cut-offs on another day, or further ones."""
        return replace(self, cutoffs={**self.cutoffs, **cutoffs})
