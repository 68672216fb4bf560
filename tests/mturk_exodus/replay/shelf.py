"""A target in memory whose troubles are told in advance, and the adapter to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from mturk_exodus import errors
from mturk_exodus.replay.adapter import (
    Action,
    Capability,
    Fidelity,
    Kept,
    Limits,
    Receipt,
    Source,
)
from mturk_exodus.replay.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mturk_exodus.replay.adapter import JSON, Loss, Making, RecordReader, Setting


class Killed(BaseException):
    """The program is killed."""


@dataclass
class Shelf:
    """What a target holds: things by their numbers. A thing is gone with what it stands in.

    `before` and `after` are called for each action, before and after it is done, with the
    action's key; what they raise is the trouble.
    """

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    edited: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    before: Callable[[str], None] = lambda _key: None
    after: Callable[[str], None] = lambda _key: None
    number: int = 0

    def put(self, action: Action, inside: str | None) -> str:
        """Make a thing; its number."""
        self.before(action.key)
        if inside is not None and inside not in self.things:
            raise errors.TargetRejected(f"there is no {inside}")
        self.number += 1
        number = str(self.number)
        self.things[number] = {
            "key": action.key,
            "inside": inside,
            "payload": dict(action.payload),
        }
        self.after(action.key)
        return number

    def drop(self, number: str) -> None:
        """Remove a thing, and what stands in it."""
        self.things.pop(number, None)
        for other, thing in list(self.things.items()):
            if thing["inside"] == number:
                self.drop(other)

    def numbers(self, key: str) -> list[str]:
        """Of the things that an action made."""
        return [number for number, thing in self.things.items() if thing["key"] == key]

    @property
    def keys(self) -> Counter[str]:
        """How often each action was carried out."""
        return Counter(thing["key"] for thing in self.things.values())


class ShelfAdapter:
    """Puts things on a shelf: boxes, and in them things. What to plan is told."""

    name: ClassVar[str] = "shelf"
    title: ClassVar[str] = "Shelf"
    capabilities: ClassVar[Mapping[str, Capability]] = dict.fromkeys(
        FIELDS, Capability(Fidelity.UNSUPPORTED, "a shelf holds things")
    )
    settings: ClassVar[tuple[Setting, ...]] = ()
    limits: ClassVar[Limits] = Limits(actions=8)

    def __init__(self, shelf: Shelf, planned: Sequence[Action | Loss] = ()) -> None:
        self.shelf = shelf
        self.planned = planned

    def identity(self) -> str:
        """As Adapter."""
        return "the shelf"

    def plan(self, _archive: RecordReader) -> Iterator[Action | Loss]:
        """As Adapter."""
        yield from self.planned

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Iterator[Receipt]:
        """As Adapter."""
        self.shelf.calls["apply"] += 1
        known = dict(receipts)
        for one in actions:
            inside = known[one.requires[0]].target_id if one.requires else None
            receipt = Receipt(one.key, self.shelf.put(one, inside))
            known[one.key] = receipt
            yield receipt

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Iterator[Receipt | Kept]:
        """As Adapter."""
        self.shelf.calls["revise"] += 1
        for one in actions:
            number = receipts[one.key].target_id
            if number in self.shelf.edited:
                yield Kept(one.key, "somebody wrote on it")
                continue
            self.shelf.before(one.key)
            self.shelf.things[number]["payload"] = dict(one.payload)
            self.shelf.after(one.key)
            yield receipts[one.key]

    def find(
        self, actions: Sequence[Action], _receipts: Mapping[str, Receipt]
    ) -> Mapping[str, Receipt]:
        """As Adapter."""
        self.shelf.calls["find"] += 1
        self.shelf.calls["sought"] += len(actions)
        found = {one.key: self.shelf.numbers(one.key) for one in actions}
        return {key: Receipt(key, some[0]) for key, some in found.items() if some}

    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Mapping[str, Mapping[str, JSON]]:
        """As Adapter."""
        there = {one.key: self.shelf.things.get(receipts[one.key].target_id) for one in actions}
        return {key: thing["payload"] for key, thing in there.items() if thing is not None}

    def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """As Adapter."""
        self.shelf.calls["remove"] += 1
        for one in makings:
            if any(thing["inside"] == one.target_id for thing in self.shelf.things.values()):
                yield Kept(one.key, "holds something that is not ours")
                continue
            self.shelf.before(one.key)
            self.shelf.drop(one.target_id)
            self.shelf.after(one.key)
            yield Receipt(one.key, one.target_id)


def box(name: str, text: str = "a box") -> Action:
    """An action that requires nothing."""
    return Action(f"box:{name}", "box", Source("HITType", name), {"text": text}, (), "boxes")


def thing(name: str, inside: Action, text: str = "a thing") -> Action:
    """An action that requires a box, or another thing of the same box."""
    lane = inside.lane if inside.operation == "thing" else f"things {inside.key}"
    source = Source("HIT", name)
    return Action(f"thing:{name}", "thing", source, {"text": text}, (inside.key,), lane)


def plan(boxes: int = 2, things: int = 10, parts: int = 1, text: str = "a thing") -> list[Action]:
    """Boxes, things in each, and parts of each thing."""
    actions = []
    for number in range(boxes):
        around = box(str(number))
        actions.append(around)
        for other in range(things):
            one = thing(f"{number}.{other}", around, text)
            actions += [one, *(thing(f"{number}.{other}.{part}", one) for part in range(parts))]
    return actions
