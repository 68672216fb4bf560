"""A real Label Studio for the tests that are marked `live`; one for each process of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from mturk_exodus.replay.adapter import Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.actions import Work, carried_out
from tests.adapters.label_studio.servers import Person, Server, adapter_at


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that all tests of this process share; each test has works of its own there."""
    with Server(tmp_path_factory.mktemp("label_studio")).running() as one:
        yield one


@pytest.fixture
def person(server: Server) -> Iterator[Person]:
    """Somebody who works there."""
    one = Person(server.url)
    yield one
    one.close()


@pytest.fixture
def adapter(server: Server) -> Iterator[LabelStudioAdapter]:
    """The adapter, with the client that everybody is handed."""
    with adapter_at(server) as one:
        yield one


@pytest.fixture
def work() -> Work:
    """What nobody else has."""
    return Work(uuid.uuid4().hex[:10])


@pytest.fixture
def done(adapter: LabelStudioAdapter, work: Work) -> dict[str, Receipt]:
    """The receipts of a work that has been carried out."""
    return carried_out(adapter, work)
