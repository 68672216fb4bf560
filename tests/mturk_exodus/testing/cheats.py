"""Adapters that break a promise each. Every one of them is the honest adapter but for its sin."""

# ruff: noqa: D101, D102 - a cheat's name says what it does
# ruff: noqa: ARG002 - and some of them do nothing with what they are given

from __future__ import annotations

import dataclasses
import os
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from random import SystemRandom
from typing import Any, ClassVar

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.adapter import (
    JSON,
    Action,
    Capability,
    Fidelity,
    Kept,
    Loss,
    Making,
    Receipt,
    RecordReader,
    Setting,
    Source,
)
from mturk_exodus.testing.memory import MemoryAdapter

Items = Iterator[Action | Loss]
Capabilities = Mapping[str, Capability]


def other(field: str, fidelity: Fidelity, note: str = "a note") -> Capabilities:
    """The honest adapter's capabilities, but for one field."""
    return {**MemoryAdapter.capabilities, field: Capability(fidelity, note)}


def rewritten(items: Items, change: Callable[[str, JSON], JSON]) -> Items:
    """A plan whose records' values are changed, by the name of their field."""
    for item in items:
        if isinstance(item, Action) and "values" in item.payload:
            values = {
                name: change(f"{item.operation}.{name}", value)
                for name, value in item.payload["values"].items()
            }
            yield dataclasses.replace(item, payload={**item.payload, "values": values})
        else:
            yield item


def with_texts(items: Items, change: Callable[[str], str]) -> Items:
    """A plan whose texts are changed."""
    return rewritten(items, lambda _, value: change(value) if isinstance(value, str) else value)


def with_keys(items: Items, rename: Callable[[str], str]) -> Items:
    """A plan with other keys."""
    for item in items:
        if isinstance(item, Action):
            requires = tuple(rename(key) for key in item.requires)
            yield dataclasses.replace(item, key=rename(item.key), requires=requires)
        else:
            yield item


# What it declares ------------------------------------------------------------------------------


class ForgetsAField(MemoryAdapter):
    capabilities: ClassVar[Capabilities] = {
        name: one for name, one in MemoryAdapter.capabilities.items() if name != "HIT.Keywords"
    }


class DeclaresWhatIsNot(MemoryAdapter):
    capabilities: ClassVar[Capabilities] = other("HIT.Colour", Fidelity.EXACT)


class SaysNotWhy(MemoryAdapter):
    capabilities: ClassVar[Capabilities] = other("HIT.Reward", Fidelity.APPROXIMATE, " ")


class NamedWithBlanks(MemoryAdapter):
    name: ClassVar[str] = "My Adapter"


class HasNoFind(MemoryAdapter):
    find: ClassVar[Any] = None


class TakesNoReceipts(MemoryAdapter):
    def apply(self, actions: Sequence[Action]) -> Iterator[Receipt]:  # type: ignore[override]
        return super().apply(actions, {})


class HasASecretOnTheCommandLine(MemoryAdapter):
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "address", "MEMORY_URL", default="http://memory"),
        Setting("token", "the key", secret=True, default="secret"),
    )


class AsksWhenMade(MemoryAdapter):
    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        super().__init__(settings, client)
        with suppress(Exception):
            self.identity()


# What it plans ---------------------------------------------------------------------------------


class DropsBlocks(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return (one for one in super().plan(archive) if one.source.record != "WorkerBlock")


class ClaimsExactAndSendsNothing(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive), lambda name, value: None if name == "HIT.Reward" else value
        )


class StripsNonASCII(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return with_texts(
            super().plan(archive), lambda text: text.encode("ascii", "ignore").decode()
        )


class StripsWhiteSpace(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return with_texts(super().plan(archive), str.strip)


class NormalizesLetters(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return with_texts(super().plan(archive), lambda text: unicodedata.normalize("NFC", text))


class GivesEachHITAnothersTitle(MemoryAdapter):
    """Each text is there, but the title of no HIT is its own."""

    def plan(self, archive: RecordReader, /) -> Items:
        held = ""
        for item in super().plan(archive):
            if isinstance(item, Action) and item.operation == "HIT" and "values" in item.payload:
                values = dict(item.payload["values"])
                held, values["Title"] = values.get("Title", ""), held
                yield dataclasses.replace(item, payload={**item.payload, "values": values})
            else:
                yield item


class MakesMoneyOfFloats(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: str(float(value)) if name == "BonusPayment.BonusAmount" else value,
        )


class RoundsTimes(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: f"{value[:19]}Z" if name == "Assignment.SubmitTime" else value,
        )


class TruncatesAndCallsItConverted(MemoryAdapter):
    capabilities: ClassVar[Capabilities] = other("HIT.Description", Fidelity.CONVERTED)

    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: value[:255] if name == "HIT.Description" else value,
        )


class ConvertsToAConstant(MemoryAdapter):
    capabilities: ClassVar[Capabilities] = other("HIT.HITStatus", Fidelity.CONVERTED)

    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: "Reviewable" if name == "HIT.HITStatus" else value,
        )


class LosesAllAndCallsItExact(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in rewritten(
            super().plan(archive), lambda name, value: None if name == "HIT.Title" else value
        ):
            yield item
            if isinstance(item, Action) and item.operation == "HIT":
                yield Loss(item.source, "HIT.Title", Fidelity.UNSUPPORTED, "there is no room")


class DropsHITsWithoutQuestion(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        gone: set[str] = set()
        for item in super().plan(archive):
            if isinstance(item, Action):
                bare = item.operation == "HIT" and "Question" not in item.payload["values"]
                if bare or not gone.isdisjoint(item.requires):
                    gone.add(item.key)
                    continue
            yield item


class LosesWithoutReason(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in super().plan(archive):
            yield item
            yield Loss(item.source, "HIT.Title", Fidelity.UNSUPPORTED, "")


class RepeatsWhatIsLost(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in super().plan(archive):
            yield item
            if isinstance(item, Action) and item.operation == "WorkerBlock":
                note = f"cannot hold {item.payload['values']['Reason']}"
                yield Loss(item.source, "WorkerBlock.Reason", Fidelity.APPROXIMATE, note)


class HasRandomKeys(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        chance = str(SystemRandom().random())
        return with_keys(super().plan(archive), lambda key: key + chance)


class NumbersItsKeys(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        numbers: dict[str, str] = {}
        return with_keys(
            super().plan(archive), lambda key: numbers.setdefault(key, str(len(numbers)))
        )


class OrdersByHash(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        first = [one for one in super().plan(archive) if one.source.record == "Worker"]
        yield from sorted(first, key=lambda one: hash(one.source.id))
        yield from (one for one in super().plan(archive) if one.source.record != "Worker")


class OneKeyForTwins(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return with_keys(
            super().plan(archive), lambda key: key.removesuffix(".1").removesuffix(".2")
        )


class ChildrenFirst(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        held: list[Action | Loss] = []
        for item in super().plan(archive):
            if isinstance(item, Action) and item.operation == "HIT":
                held.append(item)
            else:
                yield item
        yield from held


class PutsDecimalsIntoPayloads(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: Decimal(value) if name == "HIT.Reward" else value,
        )


class PutsTuplesIntoPayloads(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return rewritten(
            super().plan(archive),
            lambda name, value: (value,) if name == "HIT.Reward" else value,
        )


class PutsTheTimeIntoPayloads(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in super().plan(archive):
            if isinstance(item, Action):
                item = dataclasses.replace(item, payload={**item.payload, "at": time.time()})  # noqa: PLW2901 - a cheat
            yield item


class PutsTheDayIntoPayloads(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in super().plan(archive):
            if isinstance(item, Action):
                day = date.today().isoformat()  # noqa: DTZ011 - a cheat
                item = dataclasses.replace(item, payload={**item.payload, "on": day})  # noqa: PLW2901 - a cheat
            yield item


class LooksIntoTheEnvironment(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return with_texts(
            super().plan(archive), lambda text: text + os.environ.get("MEMORY_URL", "")
        )


class AsksToPlan(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        with suppress(Exception, AssertionError):
            self.identity()
        return super().plan(archive)


class NeedsTheKeyToPlan(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        assert self._settings["token"]
        return super().plan(archive)


class ReadsEverythingFirst(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return iter(list(super().plan(archive)))


class ReadsATypeAtATime(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        held: list[Action | Loss] = []
        for item in super().plan(archive):
            if item.source.record == "HITType":
                yield from held
                held.clear()
            held.append(item)
        yield from held


class RemembersEveryHIT(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        seen = set()
        for item in super().plan(archive):
            if item.source.record == "HIT":
                seen.add(f"{item.source.id} seen")
            yield item


class DropsEveryHundredthHIT(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        return (one for one in super().plan(archive) if not one.source.id.endswith("77"))


class HasALaneForEachHIT(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        for item in super().plan(archive):
            if isinstance(item, Action) and item.operation == "HIT":
                item = dataclasses.replace(item, lane=item.key)  # noqa: PLW2901 - a cheat
            yield item


class MakesSomethingOfNothing(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        yield from super().plan(archive)
        if not list(archive.hit_types()):
            yield Loss(Source("HIT", "-"), "HIT.Title", Fidelity.UNSUPPORTED, "there is none")


class NamesWorkersInKeys(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        names = {archive.pseudonym(one): one.lower() for one in archive.workers()}
        return with_keys(
            super().plan(archive),
            lambda key: f"worker:{names[key[7:]]}" if key.startswith("worker:") else key,
        )


class NamesWorkers(MemoryAdapter):
    def plan(self, archive: RecordReader, /) -> Items:
        self._settings = {**self._settings, "workers": "plain"}
        return super().plan(archive)


# What it does ----------------------------------------------------------------------------------


class FindsNothing(MemoryAdapter):
    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        return {}


class FindsEverything(MemoryAdapter):
    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        return {one.key: Receipt(one.key, "1", found=True) for one in actions}


class FindsUnderOtherNames(MemoryAdapter):
    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        found = super().find(actions, receipts)
        return {key: Receipt(key, one.target_id + "0", found=True) for key, one in found.items()}


class SwallowsErrors(MemoryAdapter):
    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        try:
            yield from list(super().apply(actions, receipts))
        except errors.TargetRejected:
            yield from (Receipt(one.key, "0") for one in actions)


class RetriesItself(MemoryAdapter):
    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        try:
            yield from list(super().apply(actions, receipts))
        except errors.OutcomeUnknown:
            yield from super().apply(actions, receipts)


class SaysItIsRepeatable(MemoryAdapter):
    """Lets the client repeat what must not be repeated."""

    def _ask(
        self, method: str, path: str, body: JSON = None, extensions: Mapping[str, Any] | None = None
    ) -> JSON:
        return super()._ask(method, path, body, {"mturk_exodus.repeatable": True})


class SendsLess(MemoryAdapter):
    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        return super().apply(list(self._reduced(actions)), receipts)

    def _reduced(self, actions: Sequence[Action]) -> Iterator[Action]:
        for one in actions:
            values = {**one.payload.get("values", {})}
            values.pop("Reason", None)
            yield dataclasses.replace(one, payload={**one.payload, "values": values})


class EchoesWhatItIsAsked(MemoryAdapter):
    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        return {one.key: one.payload for one in actions}


class EchoesWhatItFinds(MemoryAdapter):
    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        found = self.find(actions, receipts)
        return {one.key: one.payload for one in actions if one.key in found}


class RevisesByMaking(MemoryAdapter):
    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        return self.apply(actions, receipts)


class RevisesNothing(MemoryAdapter):
    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        return (receipts[one.key] for one in actions)


class RemovesEverything(MemoryAdapter):
    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        for number in range(1, 300):
            with suppress(errors.TargetRejected):
                self._ask("DELETE", f"/things/{number}")
        return (Receipt(one.key, one.target_id) for one in makings)


class RemovesNothing(MemoryAdapter):
    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        return (Receipt(one.key, one.target_id) for one in makings)


class RemovesOnce(MemoryAdapter):
    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        for one in makings:
            self._ask("DELETE", f"/things/{one.target_id}")
            yield Receipt(one.key, one.target_id)


class KeepsWithoutReason(MemoryAdapter):
    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        return (Kept(one.key, "") for one in makings)


# What it tells ---------------------------------------------------------------------------------


class ShowsItsSecret(MemoryAdapter):
    def __repr__(self) -> str:
        return f"MemoryAdapter({self._settings})"


class TellsItsSecretInErrors(MemoryAdapter):
    def _ask(
        self, method: str, path: str, body: JSON = None, extensions: Mapping[str, Any] | None = None
    ) -> JSON:
        try:
            return super()._ask(method, path, body, extensions)
        except errors.TargetError as error:
            raise type(error)(f"{error} (token {self._settings['token']})") from None


class IsKnownByItsSecret(MemoryAdapter):
    """Its identity goes into the ledger."""

    def identity(self) -> str:
        return f"{super().identity()} {self._settings['token']}"


class TakesAnyKey(MemoryAdapter):
    def identity(self) -> str:
        return self._settings["url"]
