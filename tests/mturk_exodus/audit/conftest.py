"""An archive of the invented account with its answers, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read alone: it is everybody's."""
    path = tmp_path_factory.mktemp("audit") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=120))
        answer_table.update(archive)
    return path


@pytest.fixture
def archive(demo: Path, tmp_path: Path) -> Path:
    """One to write to."""
    return Path(shutil.copy(demo, tmp_path / "mturk.db"))
