"""Which HITs of an archive a person has chosen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Selection:
    """Which HITs and which of their assignments something is done with.

    Attributes:
        only: HIT types and batches by their ids; all if empty.
        since: HITs that were created then or later, ISO 8601 as in the archive.
        statuses: of assignments: Submitted, Approved, Rejected; all if empty.
        limit: so many HITs at most.
    """

    only: tuple[str, ...] = ()
    since: str | None = None
    statuses: tuple[str, ...] = ()
    limit: int | None = None

    def hits(self) -> str:
        """SQL that says whether a HIT is chosen, but for the limit; with these parameters."""
        conditions = ["true"]
        if self.only:
            conditions.append(
                "(hit_type_id in (select value from json_each(:only))"
                " or batch_id in (select value from json_each(:only)))"
            )
        if self.since is not None:
            conditions.append("creation_time >= :since")
        return " and ".join(conditions)

    def parameters(self) -> dict[str, Any]:
        """The parameters of hits()."""
        return {"only": json.dumps(self.only), "since": self.since}

    def assignments(self) -> str:
        """SQL that says whether an assignment is chosen."""
        if not self.statuses:
            return "true"
        words = ", ".join(f"'{one}'" for one in self.statuses if one.isalpha())
        return f"assignment_status in ({words})"
