"""Disks with little room: files that cannot grow, and file systems that are small."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from mturk_exodus.cli import main
main()
"""
"""`exodus` whose files cannot grow beyond so many bytes."""


def limited(limit: int) -> tuple[str, ...]:
    return (sys.executable, "-c", LIMITED, str(limit))


def namespace() -> list[str]:
    """A command that runs another where it may mount, or a skip that says why there is none."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare(1) to mount a small disk with")
    command = [unshare, "-m"] if os.geteuid() == 0 else [unshare, "-rm"]
    script = "mount -t tmpfs exodus /mnt"
    tried = subprocess.run([*command, "sh", "-c", script], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("this user may not mount a tmpfs in a namespace of its own")
    return command
