"""The reference adapter keeps every promise."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.replay.adapter import Action
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.testing import AdapterConformance, Target, archives
from mturk_exodus.testing.faults import Forbidden
from mturk_exodus.testing.memory import MemoryAdapter, MemoryTarget
from mturk_exodus.testing.sample import everything


class TestMemory(AdapterConformance):
    """The kit, all of it."""

    @pytest.fixture
    def target(self) -> Target:
        """A server of its own for each test, which holds something of somebody else's."""
        server = MemoryTarget()
        server.make({"kind": "HIT", "key": "HIT:1", "payload": {"archive": "another"}})
        return Target(MemoryAdapter, {"token": server.token}, server.transport(), server.things)


def test_workers_are_named_if_a_setting_asks_for_it(tmp_path: Path) -> None:
    """In what the target is told; a key has a pseudonym all the same, and stays."""
    sample = everything()
    with (
        Archive.open(archives.of(sample, tmp_path / "everything.db")) as archive,
        httpx.Client(transport=Forbidden()) as client,
    ):
        plans = [
            [
                item
                for item in MemoryAdapter(settings, client).plan(ArchiveReader(archive))
                if isinstance(item, Action)
            ]
            for settings in ({}, {"workers": "plain"})
        ]
    assert [one.key for one in plans[0]] == [one.key for one in plans[1]]
    told = {name for name in sample.worker_ids() if name in repr(plans[1])}
    assert told == sample.worker_ids()
