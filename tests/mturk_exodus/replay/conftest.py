"""An archive that a replay may write to, and a target that is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from tests.mturk_exodus.replay.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "mturk.db") as archive, archive.writing():
        yield archive
        assert list(verify(archive)) == []


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
