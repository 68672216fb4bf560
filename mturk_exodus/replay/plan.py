"""What a plan says, counted: what would be made, and everything that does not arrive as it is."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mturk_exodus.archive.tables import TABLES, Table
from mturk_exodus.replay.adapter import Action, Adapter, Fidelity, Loss
from mturk_exodus.replay.batches import Prepared, prepared
from mturk_exodus.replay.fields import FIELDS, UPLOAD, fields_of
from mturk_exodus.replay.reader import ArchiveReader

_EXAMPLES = 3
_MOST_LOSSES = 1_000
_OTHERS = "and others: the complete list is in the plan itself"


@dataclass
class LossCount:
    """Losses alike.

    Attributes:
        field: `HIT.Question`.
        fidelity: how much survives.
        note: why.
        records: how many of them have it.
        examples: ids of some.
    """

    field: str
    fidelity: Fidelity
    note: str
    records: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)


class Plan:
    """A plan's account, which grows while the plan is gone through.

    Attributes:
        actions: how many, by operation.
        losses: those of single records.
    """

    def __init__(self) -> None:
        self.actions: Counter[str] = Counter()
        self._losses: dict[tuple[str, Fidelity, str], LossCount] = {}
        self._digest = hashlib.sha256()

    @property
    def losses(self) -> list[LossCount]:
        """Losses of single records, those alike counted together, in the order of fields."""
        return sorted(
            self._losses.values(), key=lambda one: (one.field, one.fidelity.value, one.note)
        )

    @property
    def digest(self) -> str:
        """The same plan has the same one."""
        return self._digest.hexdigest()

    def watched(self, items: Iterable[Action | Loss]) -> Iterator[Prepared]:
        """The actions that go by; the losses are taken out and counted."""
        for item in items:
            if isinstance(item, Loss):
                self._count(item)
                continue
            one = prepared(item)
            self.actions[item.operation] += 1
            self._digest.update(f"{item.key}\n{one.payload_sha256}\n".encode())
            yield one

    def _count(self, loss: Loss) -> None:
        key = (loss.field, loss.fidelity, loss.note)
        if key not in self._losses and len(self._losses) >= _MOST_LOSSES:
            key = (loss.field, loss.fidelity, _OTHERS)
        count = self._losses.setdefault(key, LossCount(*key))
        count.records += 1
        if len(count.examples) < _EXAMPLES:
            count.examples.append(f"{loss.source.record} {loss.source.id}")


def declared_losses(adapter: Adapter, reader: ArchiveReader) -> list[LossCount]:
    """What becomes of the fields that do not arrive as they are, where the archive has some."""
    found = [
        LossCount(name, *_said(adapter, name), count, reader.examples(table, column, _EXAMPLES))
        for table in TABLES
        for column, name, count in _filled(reader, table)
        if adapter.capabilities[name].fidelity is not Fidelity.EXACT
    ]
    files = reader.number_of_uploads()
    if files and adapter.capabilities[UPLOAD].fidelity is not Fidelity.EXACT:
        found.append(LossCount(UPLOAD, *_said(adapter, UPLOAD), files))
    order = {name: place for place, name in enumerate(FIELDS)}
    return sorted(found, key=lambda one: order[one.field])


def _filled(reader: ArchiveReader, table: Table) -> Iterator[tuple[str, str, int]]:
    """A table's columns, what they are called here, and how many records say something there."""
    counts = reader.filled(table)
    for column, name in zip(counts, fields_of(table.record), strict=True):
        if counts[column]:
            yield column, name, counts[column]


def _said(adapter: Adapter, name: str) -> tuple[Fidelity, str]:
    capability = adapter.capabilities[name]
    return capability.fidelity, capability.note
