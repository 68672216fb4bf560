"""Tells of what was made whether it is gone. Turkle's API removes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mturk_exodus.replay.adapter import Kept, Making, Receipt
from mturk_exodus_turkle.api import Api
from mturk_exodus_turkle.looking import number_of, project_of
from mturk_exodus_turkle.refusals import NO_DELETION


class Removing:
    """Looks at a server."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._there: dict[tuple[str, int], bool] = {}

    def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """What is gone; what is kept, for that is all that can be done."""
        for one in makings:
            if self._is_there(one):
                yield Kept(one.key, NO_DELETION)
            else:
                yield Receipt(one.key, one.target_id)

    def _is_there(self, making: Making) -> bool:
        """Of a task, whether its project is."""
        kind, number = making.operation, making.target_id
        if kind in ("task", "access"):
            return self._asked("project", project_of(number))
        return self._asked(kind, number_of(number))

    def _asked(self, kind: str, number: int) -> bool:
        if (kind, number) not in self._there:
            look: Mapping[str, Callable[[int], object]] = {
                "user": self._api.user_of,
                "group": self._api.group_of,
                "project": self._api.project,
                "batch": self._api.batch,
            }
            self._there[kind, number] = look[kind](number) is not None
        return self._there[kind, number]
