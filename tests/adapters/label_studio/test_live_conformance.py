"""The conformance kit, held against a real Label Studio."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing

import httpx
import pytest

from mturk_exodus.testing import AdapterConformance, Target
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.servers import TOKEN, Person, Server

pytestmark = pytest.mark.live

TABLES = ("project", "task", "task_completion", "htx_user")


class TestLabelStudio(AdapterConformance):
    """Everything that the kit demands; a real server is slow, so fewer requests are broken."""

    many = 1_000
    tries = 2

    @pytest.fixture
    def target(self, alone: Server) -> Iterator[Target]:
        """A server on which nothing is left of other tests."""
        sweep(alone)
        transport = httpx.HTTPTransport()
        settings = {"url": alone.url, "api_key": TOKEN}
        yield Target(LabelStudioAdapter, settings, transport, lambda: things(alone))
        transport.close()


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that no other test uses: what is swept away here is nobody's."""
    with Server(tmp_path_factory.mktemp("label_studio_alone")).running() as one:
        yield one


def sweep(server: Server) -> None:
    """Remove what tests made."""
    person = Person(server.url)
    for one in person("GET", "/api/projects/", page_size=1000)["results"]:
        person("DELETE", f"/api/projects/{one['id']}/")
    for one in person("GET", "/api/users/"):
        if one["email"].endswith("@mturk.invalid"):
            person("DELETE", f"/api/users/{one['id']}/")
    person.close()


def things(server: Server) -> Mapping[str, int]:
    """What its database holds, counted without asking it."""
    path = server.folder / "label_studio.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
        counted = ((table, f"select count(*) from {table}") for table in TABLES)  # noqa: S608 - ours
        return {table: connection.execute(query).fetchone()[0] for table, query in counted}
