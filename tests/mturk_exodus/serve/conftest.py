from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from mturk_exodus.serve import background
from tests.mturk_exodus.serve.support import Caller, build, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def archive_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "mturk.db"
    build(path)
    return path


@pytest.fixture(scope="session")
def call(archive_path: Path) -> Iterator[Caller]:
    with background(archive_path) as url, httpx.Client(base_url=url, trust_env=False) as http:
        client = client_of(url)
        yield Caller(url, client, http)
        client.close()
