"""What every export in these tests finds: example keys, and nothing of the machine's own."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.demo.synthesize import synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}


@pytest.fixture(autouse=True)
def _example_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def _synthesized() -> Account:
    return synthesize(2005, hits=130)


@pytest.fixture
def demo(_synthesized: Account) -> Account:
    """An account with one of everything, to change at will."""
    return deepcopy(_synthesized)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the archive goes."""
    return tmp_path / "mturk.db"
