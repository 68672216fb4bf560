"""What was in a file, added up while its batches go into the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mturk_exodus.archive.gather import Gathered, Gatherer
from mturk_exodus.archive.ingested import Accounts
from mturk_exodus.sources.batches import Batch
from mturk_exodus.sources.interface import FileRefused

_NUMBERS_SHOWN = 100


@dataclass
class Absorbed:
    """What was in a file.

    Attributes:
        columns: its header; None if it is no table.
        kept: entries that gave a record.
        refused: those that gave none, by reason.
        failures: by check, how many entries fail it.
        first: by reason or check, the numbers of the first of them.
    """

    columns: tuple[str, ...] | None = None
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[int]] = field(default_factory=dict)
    gathered: Gathered = field(default_factory=Gathered)

    @property
    def entries(self) -> int:
        """Every entry is kept or refused."""
        return self.kept + self.refused.total()

    def count(self, batch: Batch) -> None:
        """Add a batch."""
        self.columns = self.columns or batch.columns
        self.kept += batch.kept
        for number, reason, _ in batch.refused:
            self._add(self.refused, reason, number)
        for check, number in batch.failures:
            self._add(self.failures, check, number)

    def _add(self, counter: Counter[str], what: str, number: int) -> None:
        counter[what] += 1
        numbers = self.first.setdefault(what, [])
        if len(numbers) < _NUMBERS_SHOWN:
            numbers.append(number)

    def accounts(self) -> Accounts:
        """What the archive notes of the file."""
        checks = {check: (number, self.first[check]) for check, number in self.failures.items()}
        return Accounts(self.columns, self.entries, self.kept, self.refused.total(), checks)


def absorb(batches: Iterable[Batch], gatherer: Gatherer, tick: Callable[[int], None]) -> Absorbed:
    """Put all batches of a file into the archive.

    Raises:
        FileRefused: nothing of the file should be kept.
    """
    absorbed = Absorbed(gathered=gatherer.gathered)
    for batch in batches:
        absorbed.count(batch)
        gatherer.put_all(batch.records)
        gatherer.refuse(batch.refused)
        tick(absorbed.entries)
    if absorbed.entries == 0:
        raise FileRefused("holds no row")
    if absorbed.kept == 0:
        reason, _ = absorbed.refused.most_common(1)[0]
        raise FileRefused(f"none of its {absorbed.entries:,} rows could be taken: {reason}")
    return absorbed
