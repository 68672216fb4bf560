"""An account that is served, and an archive of it, made once and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.demo import synthesize
from tests.endurance.support import environment, export_of, run
from tests.fakes.mturk import FakeMTurk

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_CONFIG_FILE": os.devnull + "/config",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull + "/credentials",
}


@pytest.fixture
def fake() -> Iterator[FakeMTurk]:
    """A small account of its own for a test."""
    with FakeMTurk(synthesize(21, 12)) as served:
        yield served


@pytest.fixture(scope="session")
def _exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("exported") / "mturk.db"
    with FakeMTurk(synthesize(22, 40)) as served:
        done = run(*export_of(served, archive), env=environment(**CREDENTIALS))
    assert done.returncode == 0, done.stderr
    return archive


@pytest.fixture
def archive(_exported: Path, tmp_path: Path) -> Path:
    """A whole archive."""
    return Path(shutil.copy(_exported, tmp_path / "mturk.db"))
