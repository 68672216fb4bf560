"""Participant groups, and who enters them: MTurk's qualifications and blocks, carried on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from mturk_exodus import records
from mturk_exodus.replay.adapter import RecordReader
from mturk_exodus.replay.groups import Group
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.mapping.predicates import BLOCKED, Predicate
from mturk_exodus_prolific.mapping.requirements import admission
from mturk_exodus_prolific.shapes import is_id


class Enrolling:
    """Enrols, for an adapter that knows the API. Prolific lets whoever is in a group stay in it
    once, and passes over ids that it does not know.
    """

    @property
    def api(self) -> Api:
        """Prolific."""
        raise NotImplementedError

    def groups(self, archive: RecordReader, /) -> Iterator[Group]:
        """The blocked, and one for each thing that a HIT type asks of a qualification."""
        if next(iter(archive.every(records.WorkerBlock)), None) is not None:
            yield Group(BLOCKED, "blocked workers", None, lambda _: True)
        names = {
            one.qualification_type_id: one.name for one in archive.every(records.QualificationType)
        }
        for one in _predicates(archive, names.keys()):
            type_id = one.qualification_type_id
            yield Group(one.key, f"{names[type_id] or type_id}{one.words}", type_id, one.holds)

    def is_participant(self, participant_id: str, /) -> bool:
        """Whether it is 24 letters a-f and digits."""
        return is_id(participant_id) is not None

    def members(self, group_id: str, /) -> Collection[str]:
        """Of a participant group."""
        return self.api.group_members(group_id)

    def enrol(self, group_id: str, participant_ids: Sequence[str], /) -> Collection[str]:
        """In one request."""
        return self.api.add_to_group(group_id, participant_ids)


def _predicates(archive: RecordReader, own: Collection[str]) -> list[Predicate]:
    """What the HIT types ask, each once. All HITs of a type ask the same."""
    found: dict[Predicate, None] = {}
    for hit_type_id in archive.hit_types():
        task = None if hit_type_id is None else next(iter(archive.tasks(hit_type_id)), None)
        if task is not None:
            who = admission(task.hit.qualification_requirements, own.__contains__, ())
            found.update(dict.fromkeys((*who.allow, *who.block)))
    return list(found)
