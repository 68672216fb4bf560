"""What of a record is in a plan, and whether that is what the capabilities say."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mturk_exodus import records
from mturk_exodus.archive.archive import Archive
from mturk_exodus.records import Value
from mturk_exodus.replay.adapter import JSON, Action, Fidelity, Loss, Source
from mturk_exodus.replay.fields import FIELDS
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.testing.documents import FILE
from mturk_exodus.testing.sample import UPLOADED, Sample, Told, everything
from mturk_exodus.testing.target import Stage


class Carries:
    """What it declares is what it does."""

    def test_exact_means_exact(self, stage: Stage) -> None:
        """Of each record, the value of each exact field is in an action that comes of it, as it
        is; or the plan says of this record that it is lost.
        """
        book = Book.of(stage, everything())
        absent = [
            f"{name} of {one.wire}"[:200]
            for name in _declared(stage, Fidelity.EXACT)
            for one, value in book.values(name)
            if not book.says(one, name) and not holds(book.payloads(one), value)
        ]
        assert not absent, f"said to be exact, and not in the plan: {'; '.join(absent[:5])}"

    def test_what_arrives_follows_the_record(self, stage: Stage) -> None:
        """Of two archives that differ in one field that arrives, exact or converted, the plans
        differ wherever the records do; and what is exact has the other value, then.
        """
        book = Book.of(stage, everything())
        for name in _declared(stage, Fidelity.EXACT, Fidelity.CONVERTED):
            other = Book.of(stage, everything(changed=frozenset({name})))
            exact = stage.target.adapter.capabilities[name].fidelity is Fidelity.EXACT
            for one, changed, value in _pairs(book, other, name):
                where = f"{name} of {one.wire}"[:200]
                assert other.says(changed, name) or book.payloads(one) != other.payloads(changed), (
                    f"another value changes nothing in the plan: {where}"
                )
                assert (
                    not exact or other.says(changed, name) or holds(other.payloads(changed), value)
                ), f"said to be exact, and another value is not in the plan: {where}"

    def test_what_is_said_to_arrive_arrives_somewhere(self, stage: Stage) -> None:
        """A field that is lost with every record that has it is neither exact nor converted."""
        book = Book.of(stage, everything())
        for name in _declared(stage, Fidelity.EXACT, Fidelity.CONVERTED):
            having = [one for one, _ in book.values(name)]
            assert not having or not all(book.says(one, name) for one in having), (
                f"{name} is said to arrive, and no record's does"
            )


def _declared(stage: Stage, *fidelities: Fidelity) -> Iterator[str]:
    said = stage.target.adapter.capabilities
    return (name for name in FIELDS if name in said and said[name].fidelity in fidelities)


def _pairs(book: Book, other: Book, name: str) -> Iterator[tuple[Told, Told, Value]]:
    """Records whose field is another in the other sample."""
    theirs = iter(other.values(name))
    for one, value in book.values(name):
        changed, another = next(theirs)
        if name == UPLOADED or value != another:
            yield one, changed, another


@dataclass(frozen=True)
class Book:
    """A sample, the plan that was made of it, and what of the one is in the other."""

    sample: Sample
    plan: tuple[Action | Loss, ...]
    pseudonyms: Mapping[str, str]

    @classmethod
    def of(cls, stage: Stage, sample: Sample) -> Book:
        """A sample and its plan."""
        with Archive.open(stage.shelf.of(sample), read_only=True) as archive:
            reader = ArchiveReader(archive)
            pseudonyms = {one: reader.pseudonym(one) for one in sample.worker_ids()}
            return cls(sample, tuple(stage.planner().plan(reader)), pseudonyms)

    def values(self, name: str) -> Iterator[tuple[Told, Value]]:
        """The records that have a field, and its value as the archive's column holds it."""
        if name == UPLOADED:
            for (assignment_id, _), content in self.sample.uploads.items():
                for one in self.sample.of(records.Assignment):
                    if one.wire["AssignmentId"] == assignment_id:
                        yield one, f"{FILE} {len(content)}"
            return
        for one in self.sample.told:
            for column, member in records.members(one.table.record):
                if f"{one.table.record.__name__}.{member.name}" == name:
                    value = one.value(column)
                    if value is not None:
                        yield one, value

    def payloads(self, one: Told) -> list[Mapping[str, JSON]]:
        """Of the actions that come of a record, or of its HIT, and of all that they require."""
        found: dict[str, Action] = {}
        for action in self._coming_of(one):
            self._add(action, found)
        return [action.payload for action in found.values()]

    def says(self, one: Told, name: str) -> bool:
        """Whether a loss says that this record's field does not arrive as it is."""
        ids = self._ids(one) | {self.sample.hit_of(one)}
        return any(loss.field == name and loss.source.id in ids for loss in self._losses)

    def _coming_of(self, one: Told) -> Iterator[Action]:
        own = Source(one.table.record.__name__, "")
        ids = self._ids(one)
        alike = [action for action in self._actions.values() if action.source.record == own.record]
        named = [action for action in alike if action.source.id in ids]
        yield from named or alike
        for hit in {self.sample.hit_of(one)} - {None}:
            yield from self._of_hit(hit)

    def _of_hit(self, hit: str | None) -> Iterator[Action]:
        ids = {hit} | {
            one.wire["AssignmentId"]
            for one in self.sample.of(records.Assignment)
            if one.wire["HITId"] == hit
        }
        return (action for action in self._actions.values() if action.source.id in ids)

    def _add(self, action: Action, found: dict[str, Action]) -> None:
        if action.key not in found:
            found[action.key] = action
            for key in action.requires:
                if key in self._actions:
                    self._add(self._actions[key], found)

    def _ids(self, one: Told) -> set[str | None]:
        """What a source may call a record: by its own id, or by its worker's pseudonym."""
        own = [one.wire.get(member) for member in _NAMING[one.table.record.__name__]]
        return {self.pseudonyms.get(str(name), name) for name in own}

    @cached_property
    def _actions(self) -> Mapping[str, Action]:
        return {one.key: one for one in self.plan if isinstance(one, Action)}

    @cached_property
    def _losses(self) -> list[Loss]:
        return [one for one in self.plan if isinstance(one, Loss)]


_NAMING: Mapping[str, Collection[str]] = {
    "HIT": ["HITId"],
    "Assignment": ["AssignmentId"],
    "BonusPayment": ["AssignmentId"],
    "ReviewReport": ["HITId"],
    "QualificationType": ["QualificationTypeId"],
    "Qualification": [],
    "QualificationRequest": ["QualificationRequestId"],
    "WorkerBlock": ["WorkerId"],
    "WorkerDetail": ["WorkerId"],
    "NotificationEvent": [],
    "AccountBalance": [],
    "Template": ["TemplateSHA256"],
}
"""The members that tell a record from others of its kind."""


def holds(payloads: list[Mapping[str, JSON]], value: Value) -> bool:
    """Whether a value is anywhere in them as it is; a structure may be one there, and more may be
    in it.
    """
    structure = _structure(value)
    return any(_is(one, value, structure) for payload in payloads for one in _all(payload))


def _is(one: JSON, value: Value, structure: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(one, dict) and isinstance(structure, dict) and structure:
        return all(name in one and one[name] == inner for name, inner in structure.items())
    if isinstance(one, (dict, list)):
        return type(one) is type(structure) and bool(one == structure)
    return isinstance(one, str) == isinstance(value, str) and bool(one == value)


def _structure(value: Value) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return None


def _all(value: JSON) -> Iterator[JSON]:
    """Everything in a payload: texts, numbers, what they are in, and what is in JSON in a text."""
    yield value
    value = _structure(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        for inner in value.values():
            yield from _all(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all(inner)
