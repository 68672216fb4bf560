"""Whether Potato finds each worker's annotations in the files that are written for Label Studio.

Its package (`potato-annotation`) takes half a gigabyte, so that nobody installs it for this alone:
name its program in EXODUS_POTATO, and run this file by its name.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.adapters.label_studio.test_files import archive, written

__all__ = ["archive"]

pytestmark = pytest.mark.live


def test_potato_finds_each_workers_annotations(archive: Path, tmp_path: Path) -> None:
    names = written(archive, tmp_path / "out")
    for stem in sorted({tmp_path / "out" / name.rpartition(".")[0] for name in names}):
        tasks = json.loads(stem.with_suffix(".json").read_text())
        workers = {
            each["completed_by"]["email"]
            for one in tasks
            for each in one["annotations"]
            if not each["was_cancelled"] and each["result"][1:]
        }
        folder = tmp_path / "potato" / stem.name
        command = [os.environ["EXODUS_POTATO"], "import", "-i", f"{stem}.json"]
        command += ["-f", "label_studio", "--ls-config", f"{stem}.xml", "--keep-annotators"]
        done = subprocess.run(
            [*command, "-o", str(folder)], capture_output=True, text=True, check=False, timeout=120
        )
        if workers:
            assert done.returncode == 0, done.stdout + done.stderr
            states = [*folder.glob("annotation_output/*/user_state.json")]
            assert len(states) == len(workers), stem.name
