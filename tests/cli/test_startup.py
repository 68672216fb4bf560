"""What a command loads before it does anything: it is started often, by people who wait."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"boto3", "botocore", "sqlite_utils", "pandas", "numpy", "pyarrow", "starlette", "httpx"}
LOADED = """
import json, sys
from mturk_exodus.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.mark.parametrize("command", ["status", "verify"])
def test_what_reads_an_archive_loads_nothing_heavy(command: str, tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db"):
        pass
    modules = loaded(command, "--archive", str(tmp_path / "mturk.db"))
    assert modules & HEAVY == set()
    assert "sqlite3" in modules
