"""Small archives for plans and imports, the links to their HITs, and an adapter for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    HITS,
    QUALIFICATION_TYPES,
    WORKER_BLOCKS,
    Raw,
    Table,
)
from mturk_exodus.archive.verify import verify
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.demo import markup
from mturk_exodus.replay import http, replaying, undo
from mturk_exodus.replay.adapter import Action, Loss
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.replay.replaying import Replayed
from mturk_exodus.replay.undo import Undone
from mturk_exodus_prolific import ProlificAdapter
from tests.adapters.prolific.linking import write
from tests.fakes.prolific import FakeProlific

TYPE = "3TYPEOFHITS"
OWN = "3OWNQUALIFICATION"
PAGE = markup.html_form('<input name="a"/>')
_START = 1_600_000_000


def requirement(type_id: str, comparator: str, *values: int, **more: object) -> dict[str, Any]:
    """One of QualificationRequirements."""
    said = {"QualificationTypeId": type_id, "Comparator": comparator, "IntegerValues": [*values]}
    return {**said, "ActionsGuarded": "DiscoverPreviewAndAccept", **more}


@dataclass
class Story:
    """An archive of one HIT type.

    Attributes:
        folder: for the archive and the links.
        hits: how many.
        seconds: that each took; None, and nobody did any.
        of_type: members of every HIT.
        blocks: ids of workers who are blocked.
        name: of the qualification type.
    """

    folder: Path
    hits: int = 4
    seconds: int | None = 30
    of_type: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[str] = ()
    name: str = "Careful"

    @property
    def path(self) -> Path:
        """The archive's."""
        return self.folder / "mturk.db"

    @property
    def links(self) -> Path:
        """The file of links."""
        return self.folder / "links.jsonl"

    def ids(self) -> list[str]:
        """The HITs'."""
        return [f"3HIT{number}" for number in range(self.hits)]

    def build(self, bundle: int = 1, places: int = 2) -> Story:
        """Make the archive and the links."""
        with Archive.create(self.path):
            pass
        self.tell()
        self.link(bundle, places)
        return self

    def link(self, bundle: int = 1, places: int = 2) -> None:
        """Make the links anew."""
        ids = self.ids()
        visits = [ids[start : start + bundle] for start in range(0, len(ids), bundle)]
        write(self.links, visits, places)

    def tell(self) -> None:
        """Write what is told into the archive."""
        with Archive.open(self.path) as archive, archive.transaction():
            run = runs.begin(archive, "test", {}, pass_id=None)
            writer = Writer(archive, run)
            for table, wires in self._wires():
                raws = [Raw(json.dumps(wire), wire) for wire in wires]
                writer.put(table, raws, Origin("T", ""))
            runs.end(archive, run, "complete", "a story")

    def _wires(self) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        hits = [self._hit(one) for one in self.ids()]
        yield HITS, hits
        yield QUALIFICATION_TYPES, [{"QualificationTypeId": OWN, "Name": self.name}]
        yield WORKER_BLOCKS, [{"WorkerId": one, "Reason": "Spam"} for one in self.blocks]
        if self.seconds is not None:
            yield ASSIGNMENTS, [self._assignment(one) for one in self.ids()]

    def _hit(self, hit_id: str) -> dict[str, Any]:
        common = {"HITTypeId": TYPE, "Title": "Say <what> you see", "Description": "One picture."}
        numbers = {"MaxAssignments": 3, "CreationTime": _START, "Reward": "0.25"}
        return {"HITId": hit_id, **common, **numbers, "Question": PAGE, **self.of_type}

    def _assignment(self, hit_id: str) -> dict[str, Any]:
        assert self.seconds is not None
        said = {"AssignmentStatus": "Approved", "WorkerId": "AWORKER1"}
        times = {"AcceptTime": _START, "SubmitTime": _START + self.seconds}
        return {"AssignmentId": f"3DONE{hit_id}", "HITId": hit_id, **said, **times}

    def plan(self, **settings: str) -> list[Action | Loss]:
        """What the adapter plans, asking nobody."""
        with Archive.open(self.path, read_only=True) as archive, http.client(http.Offline()) as no:
            adapter = ProlificAdapter({"links": str(self.links), **settings}, no)
            return list(adapter.plan(ArchiveReader(archive)))

    def studies(self, **settings: str) -> list[Action]:
        """The studies of the plan."""
        return [
            one
            for one in self.plan(**settings)
            if isinstance(one, Action) and one.operation == "study"
        ]

    def losses(self, name: str, **settings: str) -> list[str]:
        """What the plan says of a field."""
        found = [one for one in self.plan(**settings) if isinstance(one, Loss)]
        return [one.note for one in found if one.field == name]

    @contextmanager
    def adapter(self, fake: FakeProlific, **settings: str) -> Iterator[ProlificAdapter]:
        """As the program makes it; nobody really waits."""
        told = {"url": fake.url, "token": fake.token, "links": str(self.links), **settings}
        with http.client(secrets=[fake.token], sleep=lambda _: None) as client:
            yield ProlificAdapter(told, client)

    def replay(self, fake: FakeProlific, **settings: str) -> Replayed:
        """As `exodus import` does it; the archive is whole then."""
        with self.adapter(fake, **settings) as adapter, Archive.open(self.path) as archive:
            try:
                with archive.writing():
                    return replaying.replay(archive, adapter, sleep=lambda _: None)
            finally:
                assert list(verify(archive)) == []

    def undo(self, fake: FakeProlific, **settings: str) -> Undone:
        """As `exodus import --undo` does it."""
        with (
            self.adapter(fake, **settings) as adapter,
            Archive.open(self.path) as archive,
            archive.writing(),
        ):
            return undo.undo(archive, adapter, sleep=lambda _: None)
