from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.forms import chromium
from tests.mturk_exodus.serve.host.stage import Stage, stage


@pytest.fixture(scope="module")
def shown() -> Iterator[Stage]:
    with chromium() as browser, stage(browser) as one:
        yield one
