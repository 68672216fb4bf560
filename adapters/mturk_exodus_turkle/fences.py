"""Keeps rows that nobody waits for any more from becoming tasks late.

The server goes on with a request when whoever sent it is gone, and makes its tasks one after
another. If they were looked for too early, they would be sent again, and done twice. So before
anything is looked for, the project's template is changed: it wants a column of another name, in a
comment. Requests that were sent before and are not begun are refused from then on, because they
lack it (`validate_csv_fields`, 3.1.0). Requests that are begun go on by the millisecond: it is seen
when they have come to their end.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from mturk_exodus import errors
from mturk_exodus_turkle import refusals
from mturk_exodus_turkle.api import Api, ids

_FENCE = re.compile(r"\n<!-- \$\{(mturk_fence_[0-9a-f]{8})\} -->")
_LOOKS = 24
"""So many looks at batches, one after another, in which none has grown. A request may wait for the
database for a tenth of a second between two tasks, and a look takes a hundredth.
"""
_MOST_ROUNDS = 3_000


def without_fence(template: str) -> str:
    """A project's template as it was made."""
    return _FENCE.sub("", template)


class Fences:
    """The columns that templates want beside those of the rows."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._columns: dict[int, tuple[str, ...]] = {}

    def columns(self, project_id: int) -> tuple[str, ...]:
        """What a project's rows must have."""
        if project_id not in self._columns:
            self._columns[project_id] = tuple(_FENCE.findall(self._template(project_id)))
        return self._columns[project_id]

    def forget(self, project_id: int) -> None:
        """Somebody else may have raised another."""
        self._columns.pop(project_id, None)

    def put_up(self, project_id: int) -> None:
        """No rows that were sent before will become tasks after this; nothing if the project is
        gone.

        Raises:
            OutcomeUnknown: rows go on becoming tasks.
        """
        self.forget(project_id)
        try:
            template = without_fence(self._template(project_id))
        except errors.TargetRejected:
            return
        column = f"mturk_fence_{secrets.token_hex(4)}"
        fenced = f"{template}\n<!-- ${{{column}}} -->"
        self._api.change_project(project_id, {"html_template": fenced})
        self._columns[project_id] = (column,)
        batches = ids(self._api.batches(project_id))
        if batches:
            self._wait_for(batches)

    def _wait_for(self, batches: Sequence[int]) -> None:
        enough = max(2, -(-_LOOKS // len(batches)))
        seen: list[int] = []
        still = 0
        for _ in range(_MOST_ROUNDS):
            numbers = [self._api.number_of_tasks(one) for one in batches]
            still = still + 1 if numbers == seen else 0
            if still == enough:
                return
            seen = numbers
        raise errors.OutcomeUnknown("Turkle is still making tasks of what was sent before")

    def _template(self, project_id: int) -> str:
        project = self._api.project(project_id)
        if project is None:
            raise _gone()
        return project.text("html_template")


def _gone() -> errors.TargetRejected:
    gone = errors.TargetRejected(refusals.PROJECT_GONE)
    gone.is_for_all = True
    return gone
