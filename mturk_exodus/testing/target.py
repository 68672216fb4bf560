"""What an adapter's test says of its target, and what the kit makes of that."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import httpx

from mturk_exodus.archive.archive import Archive
from mturk_exodus.replay import http, replaying, undo
from mturk_exodus.replay.adapter import JSON, Action, Adapter, AdapterClass, Loss, Receipt
from mturk_exodus.replay.outcome import Outcome
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.replay.undo import Undone
from mturk_exodus.testing import archives, sample
from mturk_exodus.testing.faults import Forbidden
from mturk_exodus.testing.sample import Sample


@dataclass(frozen=True)
class Target:
    """A target to try an adapter on. It holds nothing of the adapter's when a test begins.

    Attributes:
        adapter: the adapter's class.
        settings: all that it must be told, its secrets among it.
        transport: what leads to the target: `httpx.HTTPTransport()`, or a stand-in.
        things: how many things of each kind the target holds, found out without the adapter.
    """

    adapter: AdapterClass
    settings: Mapping[str, str]
    transport: httpx.BaseTransport
    things: Callable[[], Mapping[str, int]]

    @property
    def secrets(self) -> list[str]:
        """The values that nobody may see."""
        names = {one.name for one in self.adapter.settings if one.secret}
        return [value for name, value in self.settings.items() if name in names]


class Shelf:
    """Archives that tests take copies of: each is made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, wanted: Sample) -> Path:
        """An archive of a sample."""
        name = "-".join(sorted(wanted.changed)) or "plain"
        return self._kept(
            f"{wanted.seed}-{wanted.is_later}-{name}", lambda path: self._fill(wanted, path)
        )

    def empty(self) -> Path:
        """An archive of nothing."""
        return self._kept("empty", archives.empty)

    def many(self, hits: int) -> Path:
        """An archive of so many HITs."""
        return self._kept(f"many-{hits}", lambda path: archives.many(path, hits))

    def _fill(self, wanted: Sample, path: Path) -> Path:
        # Making the tables takes longer than filling them.
        unfinished = path.with_suffix(".new")
        shutil.copyfile(self.empty(), unfinished)
        with Archive.open(unfinished) as archive:
            archives.be_of(wanted.seed, archive)
            archives.tell(wanted, archive)
        return unfinished.rename(path)

    def _kept(self, name: str, make: Callable[[Path], Path]) -> Path:
        path = self.folder / f"{name}.db"
        return path if path.exists() else make(path)


@dataclass
class Stage:
    """A target, and archives to be replayed to it.

    Attributes:
        target: the adapter's.
        folder: where this test's archives are.
        shelf: where they are copied from.
        slept: seconds that somebody waited, one by one; nobody really does.
    """

    target: Target
    folder: Path
    shelf: Shelf
    slept: list[float] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)
    _copies: int = 0

    @property
    def settings(self) -> Mapping[str, str]:
        """The target's, and the adapter's own where the target has none."""
        own = {one.name: one.default for one in self.target.adapter.settings}
        return {name: one for name, one in own.items() if one is not None} | dict(
            self.target.settings
        )

    def archive(self, seed: int = 0) -> Archive:
        """An archive of one of everything."""
        return self.opened(self.shelf.of(sample.everything(seed)))

    def opened(self, path: Path) -> Archive:
        """A copy of an archive of the shelf, which may be written to."""
        self._copies += 1
        copy = self.folder / f"{self._copies}-{path.name}"
        shutil.copyfile(path, copy)
        return self._open.enter_context(Archive.open(copy))

    def adapter(
        self,
        transport: httpx.BaseTransport | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Adapter:
        """The adapter, with a client as the program makes it."""
        transport = self.target.transport if transport is None else transport
        client = http.client(_Lent(transport), secrets=self.target.secrets, sleep=self.slept.append)
        self._open.enter_context(client)
        return self.target.adapter(self.settings if settings is None else settings, client)

    def planner(self) -> Adapter:
        """The adapter, without a way to send anything."""
        return self.adapter(Forbidden())

    def plan(self, archive: Archive) -> Iterator[Action | Loss]:
        """What the adapter makes of an archive."""
        return self.planner().plan(ArchiveReader(archive))

    def planned(self, wanted: Sample) -> list[Action | Loss]:
        """What the adapter makes of a sample."""
        with Archive.open(self.shelf.of(wanted), read_only=True) as archive:
            return list(self.plan(archive))

    def actions(self, archive: Archive) -> list[Action]:
        """The actions alone."""
        return [one for one in self.plan(archive) if isinstance(one, Action)]

    def replay(self, archive: Archive, transport: httpx.BaseTransport | None = None) -> Outcome:
        """Carry an archive to the target, as `exodus import` does."""
        with archive.writing():
            adapter = self.adapter(transport)
            return replaying.replay(archive, adapter, sleep=self.slept.append).outcome

    def replay_to_its_end(self, archive: Archive) -> Outcome:
        """The same, and everything must be there then."""
        outcome = self.replay(archive)
        assert outcome.is_whole, f"refused: {outcome.reasons}"
        return outcome

    def undo(self, archive: Archive, transport: httpx.BaseTransport | None = None) -> Undone:
        """Remove what was made of an archive, as `exodus import --undo` does."""
        with archive.writing():
            return undo.undo(archive, self.adapter(transport), sleep=self.slept.append)

    def things(self) -> Counter[str]:
        """What the target holds now, by kind."""
        return Counter(dict(self.target.things()))

    def receipts(self, archive: Archive) -> dict[str, Receipt]:
        """What the ledger says is there."""
        rows = archive.connection.execute(
            "select key, made_id from replayed where event in ('done', 'revised', 'kept')"
        )
        return {key: Receipt(key, made_id) for key, made_id in rows}

    def held(self, archive: Archive, actions: Sequence[Action]) -> dict[str, Mapping[str, JSON]]:
        """What the target holds of what was made of an archive, as the adapter reads it."""
        receipts, adapter = self.receipts(archive), self.adapter()
        found: dict[str, Mapping[str, JSON]] = {}
        for lane in _by_lane(one for one in actions if one.key in receipts):
            found.update(adapter.held(lane, receipts))
        return found

    def found(self, archive: Archive, receipts: Mapping[str, Receipt]) -> dict[str, Receipt]:
        """What the adapter finds at the target of an archive's plan.

        Args:
            archive: is planned.
            receipts: what is required by something else is taken from these, if it is not found.
        """
        known, adapter = dict(receipts), self.adapter()
        found: dict[str, Receipt] = {}
        for lane in _by_lane(self.actions(archive)):
            there = known.keys() | {one.key for one in lane}
            able = [one for one in lane if there.issuperset(one.requires)]
            found.update(adapter.find(able, known) if able else {})
            known.update(found)
        return found

    def close(self) -> None:
        """Close archives and clients."""
        self._open.close()


def _by_lane(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """Actions as they stand in a plan, in portions of one lane."""
    for _, lane in groupby(actions, key=lambda one: one.lane):
        yield list(lane)


class _Lent(httpx.BaseTransport):
    """A transport that is the test's to close."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply."""
        return self._inner.handle_request(request)
