"""A fake of Prolific, and the API to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.replay import http
from mturk_exodus.sources.registry import installed
from mturk_exodus_prolific.api import Api
from tests.adapters.prolific.offered import Desk, desk
from tests.fakes.prolific import FakeProlific


@pytest.fixture
def fake() -> Iterator[FakeProlific]:
    """Empty, but for a workspace with a project and some money."""
    with FakeProlific() as served:
        yield served


@pytest.fixture
def api(fake: FakeProlific) -> Iterator[Api]:
    """As the program makes it; nobody really waits."""
    with http.client(secrets=[fake.token], sleep=lambda _: None) as client:
        yield Api(fake.url, fake.token, client)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    """Studies that an archive has made at a fake of Prolific; in the end the archive is sound."""
    with desk(tmp_path / "mturk.db") as made:
        yield made
        with Archive.open(made.path, read_only=True) as archive:
            assert list(verify(archive, installed().meanings())) == []
