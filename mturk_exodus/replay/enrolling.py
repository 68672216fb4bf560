"""Workers who are known at a target enter the groups there that they would have worked in.

A group at a target stands for one requirement of HIT types, or for a requester's blocks. Whom
MTurk's records call into it is worked out here; who that is at the target, a bridge has found out.
Entering a group twice changes nothing, so that what was stopped is simply done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mturk_exodus import records
from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger
from mturk_exodus.archive.workers import blocked_workers
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.groups import Enrols, Group
from mturk_exodus.replay.reader import ArchiveReader

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """Who is to enter one group.

    Attributes:
        title: the group's.
        group_id: what the target calls it; None if it is not made there.
        called: how many workers belong there by MTurk's records.
        known: of these, how many are known at the target.
        entering: the ids of those who are not in it yet.
    """

    title: str
    group_id: str | None
    called: int
    known: int
    entering: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """Workers who belong there, and of whom nobody knows who they are at the target."""
        return self.called - self.known


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is to be done.

    Attributes:
        entries: a group each.
        unknown: workers who belong into one of them, and are not known at the target.
        strange: participants who are known, and whose id cannot be one of the target's.
    """

    entries: tuple[Entry, ...]
    unknown: int
    strange: int

    @property
    def entering(self) -> int:
        """How many times somebody enters a group."""
        return sum(len(one.entering) for one in self.entries if one.group_id is not None)

    @property
    def not_made(self) -> int:
        """Groups that no import has made."""
        return sum(one.group_id is None for one in self.entries)


def enrolment(archive: Archive, adapter: Adapter, known: Mapping[str, str]) -> Enrolment:
    """Work out who is to enter what. Nothing is changed anywhere.

    Args:
        archive: whose ledger tells which groups were made.
        adapter: one that Enrols.
        known: participants' ids by workers' ids.

    Raises:
        TargetError: as Adapter.held.
    """
    if not isinstance(adapter, Enrols):
        raise TypeError(f"{adapter.name} has no groups")
    groups = list(adapter.groups(ArchiveReader(archive)))
    called = _called(archive, groups)
    made = _made(archive, adapter, groups)
    ours = {worker: one for worker, one in known.items() if adapter.is_participant(one)}
    entries = tuple(
        _entry(adapter, group, made.get(group.key), called[group.key], ours) for group in groups
    )
    unknown = set().union(*called.values()) - ours.keys()
    return Enrolment(entries, len(unknown), len(known) - len(ours))


def enrol(adapter: Adapter, plan: Enrolment, progress: Callable[[int], None]) -> int:
    """Let them in; how many the target did not take, because it does not know them.

    Raises:
        TargetError: as Adapter.apply. Whoever has entered has; the rest enters when it is done
            again.
    """
    if not isinstance(adapter, Enrols):
        raise TypeError(f"{adapter.name} has no groups")
    refused = 0
    for entry in plan.entries:
        if entry.group_id is None:
            continue
        for start in range(0, len(entry.entering), _AT_ONCE):
            some = entry.entering[start : start + _AT_ONCE]
            refused += len(set(some) - set(adapter.enrol(entry.group_id, some)))
            progress(len(some))
    return refused


def _called(archive: Archive, groups: Iterable[Group]) -> dict[str, set[str]]:
    """The workers of each group, by its key."""
    called: dict[str, set[str]] = {group.key: set() for group in groups}
    of_type: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.qualification_type_id is None:
            called[group.key].update(blocked_workers(archive))
        else:
            of_type[group.qualification_type_id].append(group)
    for grant in ArchiveReader(archive).every(records.Qualification):
        for group in of_type.get(grant.qualification_type_id, ()):
            if grant.status == "Granted" and group.holds(grant.integer_value):
                called[group.key].add(grant.worker_id)
    return called


def _made(archive: Archive, adapter: Adapter, groups: Iterable[Group]) -> dict[str, str]:
    """What the target calls those that were made there, by their keys."""
    target = ledger.known(archive, adapter.name, adapter.identity())
    if target is None:
        return {}
    states = Ledger(archive, target).states(group.key for group in groups)
    return {key: one.made_id for key, one in states.items() if one.is_there and one.made_id}


def _entry(
    adapter: Enrols, group: Group, group_id: str | None, called: set[str], ours: Mapping[str, str]
) -> Entry:
    known = {ours[worker] for worker in called if worker in ours}
    there = set() if group_id is None or not known else set(adapter.members(group_id))
    return Entry(group.title, group_id, len(called), len(known), tuple(sorted(known - there)))
