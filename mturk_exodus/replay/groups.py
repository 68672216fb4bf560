"""What an adapter may have beside: groups of people, which it lets people into."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mturk_exodus.replay.adapter import RecordReader


@dataclass(frozen=True, slots=True)
class Group:
    """A group that an import makes.

    Attributes:
        key: of the action that makes it.
        title: what people call it.
        qualification_type_id: of those whom it is for; None for the group of the blocked.
        holds: whether it is for somebody who was granted that with this IntegerValue, if any.
    """

    key: str
    title: str
    qualification_type_id: str | None
    holds: Callable[[int | None], bool]


@runtime_checkable
class Enrols(Protocol):
    """What an adapter may have beside: groups of people, whom it lets in."""

    def groups(self, archive: RecordReader, /) -> Iterator[Group]:
        """The groups that an import makes. Pure, as a plan."""
        ...

    def is_participant(self, participant_id: str, /) -> bool:
        """Whether an id looks like one of the target's."""
        ...

    def members(self, group_id: str, /) -> Collection[str]:
        """Who is in a group now. Raises as Adapter.held."""
        ...

    def enrol(self, group_id: str, participant_ids: Sequence[str], /) -> Collection[str]:
        """Let these in, and say who is in the group then. Whoever is in it stays so, once.
        Raises as Adapter.apply.
        """
        ...
