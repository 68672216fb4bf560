from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.serve.host.desk import Desk
from tests.mturk_exodus.serve.host.desk.postgresql import Server

Place = str | Path


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("postgresql") / "server.log"
    server = Server(log, "max_connections=200", "fsync=off")
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where there is no desk yet, in each of the two kinds of databases."""
    if request.param == "sqlite":
        return tmp_path / "host.sqlite"
    server: Server = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    with Desk.open(place) as opened:
        yield opened
