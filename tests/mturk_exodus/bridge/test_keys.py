"""The key: made once, never in another file's place, and missed loudly."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mturk_exodus.bridge import existing_key, key_for
from mturk_exodus.errors import BridgeError


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = key_for(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_for(path) == existing_key(path) == key
    assert key_for(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"mturk-exodus bridge key 1: beef\n", b"\xff" * 5_000])
def test_what_is_no_key_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(BridgeError, match="left as it is"):
        key_for(path)
    assert path.read_bytes() == content


def test_a_key_that_is_gone_is_missed(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="put it back"):
        existing_key(tmp_path / "key")
    with pytest.raises(BridgeError, match="cannot be read"):
        existing_key(tmp_path)
