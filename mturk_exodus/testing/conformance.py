"""The conformance kit: what every adapter promises, each promise a test.

class TestToloka(AdapterConformance):
    @pytest.fixture
    def target(self) -> Target:
        return Target(TolokaAdapter, settings, transport, things)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.testing.carries import Carries
from mturk_exodus.testing.declares import Declares
from mturk_exodus.testing.plans import Plans
from mturk_exodus.testing.replays import Removes, Replays
from mturk_exodus.testing.survives import KeepsSecrets, Survives
from mturk_exodus.testing.target import Shelf, Stage, Target

_SHELF = pytest.StashKey[Shelf]()


class AdapterConformance(Declares, Plans, Carries, Replays, Removes, Survives, KeepsSecrets):
    """Subclass it in a test module, as `TestSomething`, and say what `target` is."""

    @pytest.fixture
    def target(self) -> Target:
        """The adapter and a target for it, which holds nothing when a test begins."""
        raise NotImplementedError("a conformance test needs a fixture `target`")

    @pytest.fixture
    def stage(
        self,
        target: Target,
        tmp_path: Path,
        tmp_path_factory: pytest.TempPathFactory,
        request: pytest.FixtureRequest,
    ) -> Iterator[Stage]:
        """The target, with archives to replay."""
        stash = request.config.stash
        if _SHELF not in stash:
            stash[_SHELF] = Shelf(tmp_path_factory.mktemp("archives"))
        stage = Stage(target, tmp_path, stash[_SHELF])
        yield stage
        stage.close()
