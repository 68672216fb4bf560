"""A fake of Prolific, and the API to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mturk_exodus.replay import http
from mturk_exodus_prolific.api import Api
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
