"""What adapters/README.md shows is an adapter, and a test of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mturk_exodus.testing import AdapterConformance

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "adapters" / "README.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", README, re.DOTALL))
TESTS = [name for name in dir(AdapterConformance) if name.startswith("test_")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example's files."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def _tried(folder: Path, *arguments: str) -> str:
    """What pytest says of the example, as anybody would run it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    paths = os.pathsep.join([str(folder), str(ROOT), str(ROOT / "migrations")])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_example_keeps_every_promise(folder: Path) -> None:
    assert f"{len(TESTS)} passed" in _tried(folder)


def test_whoever_fails_is_told_what(folder: Path) -> None:
    """A third party reads the field's name: asserts of the kit are written out."""
    module = folder / "mturk_exodus_notebook" / "__init__.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace('"title": hit.title,', '"title": "a page",'), encoding="utf-8")
    said = _tried(folder, "-k", "exact_means_exact")
    assert "1 failed" in said
    assert "said to be exact, and not in the plan: HIT.Title of {'HITId'" in said


def test_whoever_says_nothing_of_a_target_is_told_so(folder: Path) -> None:
    (folder / "test_notebook.py").write_text(
        "from mturk_exodus.testing import AdapterConformance\n"
        "class TestNothing(AdapterConformance):\n    pass\n",
        encoding="utf-8",
    )
    said = _tried(folder, "-k", "its_limits")
    assert "a conformance test needs a fixture `target`" in said
