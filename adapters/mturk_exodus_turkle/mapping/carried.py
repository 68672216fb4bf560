"""What MTurk said of a HIT, for the row of its task."""

from __future__ import annotations

from typing import Any

from mturk_exodus import records
from mturk_exodus_turkle.capabilities import CARRIED


def words_of(hit: records.HIT) -> dict[str, Any]:
    """By MTurk's names, without what it does not say and what may change later."""
    return {
        member.name: value
        for name, member in records.members(records.HIT)
        if name in CARRIED and (value := getattr(hit, name)) is not None
    }
