"""Many participants at once, and a service that is killed while they work: benchmarks/host.py says
how fast it is, and this that nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.mturk_exodus.serve.host.desk.postgresql import Server
from tests.mturk_exodus.serve.host.participants import Crowd, Service, archive_of, outcome

BUNDLE = 3
BUNDLES = 4
PLACES = 9
"""Of each HIT, for ten participants who want it."""
PARTICIPANTS = 40


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """A file beside the archive, or a server that a killed service does not take with it."""
    if request.param == "sqlite":
        yield None
        return
    server = Server(tmp_path / "server.log", "fsync=off")
    try:
        yield server.new_database()
    finally:
        server.stop()


@pytest.fixture
def service(tmp_path: Path, database: str | None) -> Iterator[Service]:
    path = tmp_path / "mturk.db"
    archive_of(path, BUNDLE * BUNDLES, PLACES)
    one = Service(path, "--collect-every", "1", database=database)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def _killed(service: Service, crowd: Crowd) -> None:
    """Let the crowd work; the service is killed when half of the answers are in."""

    async def kill() -> None:
        await asyncio.to_thread(service.kill)
        await asyncio.to_thread(service.start)

    crowd.when_half = kill


def test_nothing_is_lost_when_the_service_is_killed_under_a_crowd(service: Service) -> None:
    """40 participants want three HITs each, of which there are nine places for ten of them."""
    total = BUNDLE * BUNDLES * PLACES
    crowd = Crowd(service.port, half=total // 2)
    _killed(service, crowd)
    bundles = service.links("--bundle", str(BUNDLE))
    assert len(bundles) == BUNDLES
    asyncio.run(crowd.work([[link] for link in islice(cycle(bundles), PARTICIPANTS)]))
    service.stop()
    found = outcome(service.archive, crowd.acknowledged, PLACES)
    assert found.is_right, found
    assert found.held == total


def test_nothing_is_lost_with_links_to_single_hits(service: Service) -> None:
    total = BUNDLE * BUNDLES * PLACES
    crowd = Crowd(service.port, half=total // 2)
    _killed(service, crowd)
    links = service.links()
    hands = [links[at : at + BUNDLE] for at in range(0, len(links), BUNDLE)]
    asyncio.run(crowd.work(list(islice(cycle(hands), PARTICIPANTS))))
    service.stop()
    found = outcome(service.archive, crowd.acknowledged, PLACES)
    assert found.is_right, found
    assert found.held == total
    assert len(crowd.refused) == BUNDLE * BUNDLES
