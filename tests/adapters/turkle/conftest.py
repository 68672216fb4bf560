"""Real Turkles for the tests that are marked `live`, and a browser; one for each process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.forms import chromium
from tests.adapters.turkle.servers import Server
from tests.mturk_exodus.serve.host.stage import Stage, stage


@pytest.fixture(scope="session")
def marketplace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with our plug-in; each test has HITs of its own there."""
    with Server(tmp_path_factory.mktemp("turkle"), "PLUGIN=1", "QUICK=1").running() as one:
        yield one


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as its own project sets it up."""
    with Server(tmp_path_factory.mktemp("turkle_stock"), "QUICK=1").running() as one:
        yield one


@pytest.fixture(scope="module")
def visitor() -> Iterator[Stage]:
    """A browser; whoever it asks beside the server is noted."""
    with chromium() as browser, stage(browser) as one:
        yield one
