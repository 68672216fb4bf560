"""The real service, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.mturk_exodus.serve.host.hostile.visits import HITS
from tests.mturk_exodus.serve.host.participants import Service, archive_of


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("hostile") / "mturk.db"
    archive_of(path, HITS, 1)
    one = Service(path, "--collect-every", "3600")
    one.start()
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.origin, timeout=30, trust_env=False) as one:
        yield one


@pytest.fixture(scope="module")
def links(service: Service) -> Iterator[str]:
    """Links to single HITs, each used by one test alone."""
    return iter([urlsplit(link).path for link in service.links()])


@pytest.fixture
def link(links: Iterator[str]) -> str:
    """To a HIT with one place, which nobody else wants."""
    return next(links)
