"""Where a HIT's task is: in which project, and in which batch of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mturk_exodus.replay.adapter import RecordReader, Task
from mturk_exodus_turkle.mapping.opening import hours_of, open_of
from mturk_exodus_turkle.mapping.pages import Page, Pages
from mturk_exodus_turkle.mapping.texts import in_ascii

MOST_TASKS = 5_000
"""Tasks of a batch. What is in a batch can only be read whole."""
MOST_BYTES = 64_000_000
"""Of the pages in a batch, unless one alone is more; a reply of four times as much is not read."""


class Place(NamedTuple):
    """A place.

    Attributes:
        project: the key of the project.
        batch: the key of the batch.
        wanted: how many assignments of the task are open.
        hours: how long one may take.
    """

    project: str
    batch: str
    wanted: int
    hours: int


class _Filled(NamedTuple):
    """The last of the batches of a kind: its number, how many tasks it has, and of which size."""

    number: int = 1
    tasks: int = 0
    size: int = 0

    def with_one(self, size: int) -> _Filled:
        """With another task; that may be in another batch."""
        is_full = self.tasks >= MOST_TASKS or self.size + size > MOST_BYTES
        if self.tasks and is_full:
            return _Filled(self.number + 1, 1, size)
        return _Filled(self.number, self.tasks + 1, self.size + size)


class Placed(NamedTuple):
    """A HIT with its page and its place."""

    task: Task
    page: Page
    place: Place


class Places:
    """Gives HITs their places: a project for each HIT type and page, in it a batch for each number
    of assignments and each time that they may take.
    """

    def __init__(self, archive: RecordReader, opened: str) -> None:
        self._archive = archive
        self._opened = opened
        self._pages = Pages()

    def of(self, hit_type_id: str | None) -> Iterator[Placed]:
        """The HITs of a type."""
        filled: dict[tuple[str, int, int], _Filled] = {}
        for task in self._archive.tasks(hit_type_id):
            page = self._pages.of(task)
            name = f"{hit_type_id or '-'}:{page.design.digest}"
            wanted = 0 if page.refused else open_of(task, self._opened)
            kind = (name, wanted, hours_of(task.hit))
            last = filled[kind] = filled.get(kind, _Filled()).with_one(len(in_ascii(page.row)))
            batch = f"batch:{name}:{wanted}:{kind[2]}:{last.number}"
            yield Placed(task, page, Place(f"project:{name}", batch, wanted, kind[2]))
