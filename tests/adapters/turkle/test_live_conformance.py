"""The conformance kit, held against a real Turkle."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing

import httpx
import pytest

from mturk_exodus.testing import AdapterConformance, Target
from mturk_exodus_turkle import TurkleAdapter
from mturk_exodus_turkle.probing import PROBE
from tests.adapters.turkle.servers import TOKEN, Server

pytestmark = pytest.mark.live

TABLES = ("turkle_project", "turkle_batch", "turkle_task", "auth_group", "auth_user")
SWEPT = (
    *("guardian_groupobjectpermission", "guardian_userobjectpermission", "auth_user_groups"),
    *("django_session", "turkle_taskassignment", "turkle_task", "turkle_batch", "turkle_project"),
)


class TestTurkle(AdapterConformance):
    """Everything that the kit demands; a real server is slow, so fewer requests are broken."""

    many = 1_000
    tries = 2

    @pytest.fixture
    def target(self, alone: Server) -> Iterator[Target]:
        """A server on which nothing is left of other tests."""
        sweep(alone)
        transport = httpx.HTTPTransport()
        settings = {"url": alone.url, "token": TOKEN}
        yield Target(TurkleAdapter, settings, transport, lambda: things(alone))
        transport.close()


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that no other test uses: what is swept away here is nobody's."""
    folder = tmp_path_factory.mktemp("turkle_alone")
    with Server(folder, "API_ADMIN_ONLY=1", "QUICK=1").running() as one:
        yield one


def sweep(server: Server) -> None:
    """Remove what tests made. Turkle's API could not."""
    with closing(sqlite3.connect(server.database, timeout=30)) as connection, connection:
        connection.execute("pragma foreign_keys = off")
        for table in SWEPT:
            connection.execute(f"delete from {table}")  # noqa: S608 - ours
        connection.execute("delete from auth_group where id > 1")
        connection.execute("delete from auth_user where id > 2")


def things(server: Server) -> Mapping[str, int]:
    """What its database holds, counted without asking it; our probe is no worker."""
    path = f"file:{server.database}?mode=ro"
    with closing(sqlite3.connect(path, uri=True, timeout=30)) as connection:
        counted = ((table, f"select count(*) from {table}") for table in TABLES)  # noqa: S608 - ours
        found = {table: connection.execute(query).fetchone()[0] for table, query in counted}
        query = "select count(*) from auth_user where username = ?"
        found["auth_user"] -= connection.execute(query, [PROBE]).fetchone()[0]
        return found
