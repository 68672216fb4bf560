"""The conformance kit, against a fake of Prolific that speaks HTTP."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from mturk_exodus.testing import AdapterConformance, Target
from mturk_exodus.testing.sample import everything
from mturk_exodus.testing.survives import _CLEAN
from mturk_exodus_prolific import ProlificAdapter
from tests.adapters.prolific.linking import write
from tests.fakes.prolific import FakeProlific

MANY = 400
TRIES = 2
_SEEDS = (*range(50), _CLEAN, 10_000)


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A link to each HIT of every archive that the kit makes."""
    samples = (everything(seed, later=True) for seed in _SEEDS)
    ids = {one.wire["HITId"] for sample in samples for one in sample.told if "HITId" in one.wire}
    many = [f"3HIT{number:026}" for number in range(MANY)]
    folder = tmp_path_factory.mktemp("links")
    return write(folder / "links.jsonl", ([one] for one in (*sorted(ids), *many)))


class TestProlific(AdapterConformance):
    """What every adapter promises."""

    many = MANY
    tries = TRIES

    @pytest.fixture
    def target(self, fake: FakeProlific, links: Path) -> Iterator[Target]:
        """An account with nothing of ours in it."""
        settings = {
            "url": fake.url,
            "token": fake.token,
            "links": str(links),
            "pay": "minimum",
            "minutes_per_hit": "1",
        }

        def things() -> Mapping[str, int]:
            with fake.lock:
                groups = [one for one in fake.account.groups.values() if not one.is_deleted]
                return Counter(
                    study=len(fake.account.studies),
                    group=len(groups),
                    project=len(fake.account.projects),
                )

        with httpx.HTTPTransport() as transport:
            yield Target(ProlificAdapter, settings, transport, things)
