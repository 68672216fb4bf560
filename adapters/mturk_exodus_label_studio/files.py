"""The plan as files that Label Studio exports: for other programs that read those.

For each project `NUMBER-TITLE.json`, tasks with their annotations, and `NUMBER-TITLE.xml`, its
labeling config.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from mturk_exodus.replay.adapter import JSON, Action, Loss
from mturk_exodus_label_studio.looking import required

_NOT_NAME = re.compile("[^a-z0-9]+")
_LONGEST_NAME = 40

Piece = tuple[str, str]
"""The name of a file, and what is added to it."""


def pieces(items: Iterable[Action | Loss]) -> Iterator[Piece]:
    """The files of a plan, piece by piece."""
    writing = _Writing()
    for one in items:
        if isinstance(one, Action):
            yield from writing.add(one)
    yield from writing.end()


class _Writing:
    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._begun: set[str] = set()
        self._open: tuple[str, dict[str, JSON]] | None = None
        self._tasks = 0
        self._annotations = 0
        self._users: dict[str, int] = {}

    def add(self, action: Action) -> Iterator[Piece]:
        if action.operation == "annotation":
            self._annotate(action)
            return
        yield from self._written()
        if action.operation == "project":
            name = self._names[action.key] = _name(len(self._names) + 1, action.payload["title"])
            yield f"{name}.xml", action.payload["label_config"]
        elif action.operation == "task":
            self._tasks += 1
            name = self._names[required(action, "project")]
            empty: dict[str, JSON] = {"annotations": [], "predictions": []}
            self._open = name, {"id": self._tasks, **action.payload, **empty}

    def end(self) -> Iterator[Piece]:
        yield from self._written()
        for name in self._names.values():
            yield f"{name}.json", "\n]\n" if name in self._begun else "[]\n"

    def _annotate(self, action: Action) -> None:
        said = {name: one for name, one in action.payload.items() if name != "import_id"}
        email = said.pop("completed_by")
        if email is not None:
            number = self._users.setdefault(email, len(self._users) + 1)
            said["completed_by"] = {"id": number, "email": email}
        self._annotations += 1
        if self._open is not None:
            self._open[1]["annotations"].append({"id": self._annotations, **said})

    def _written(self) -> Iterator[Piece]:
        if self._open is None:
            return
        (name, task), self._open = self._open, None
        before = ",\n" if name in self._begun else "[\n"
        self._begun.add(name)
        yield f"{name}.json", before + json.dumps(task, separators=(",", ":"))


def _name(number: int, title: str) -> str:
    said = _NOT_NAME.sub("-", title.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    return f"{number:03}-{said}" if said else f"{number:03}"
