"""The key is its owner's alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mturk_exodus.errors import KeyRefused
from mturk_exodus.privacy import keys


def test_a_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = keys.key_at(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.key_at(path) == key
    assert keys.key_at(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"abc", b"z" * 64, b"a" * 65, b"\xff" * 64])
def test_what_is_no_key_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyRefused):
        keys.key_at(path)
    assert path.read_bytes() == content


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    keys.key_at(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(KeyRefused, match="chmod 600"):
        keys.key_at(tmp_path / "key")


def test_a_key_can_be_destroyed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys.key_at(path)
    (tmp_path / "second name").hardlink_to(path)
    keys.destroy(path)
    assert not path.exists()
    assert set((tmp_path / "second name").read_bytes()) == {0}
    with pytest.raises(KeyRefused):
        keys.destroy(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="No such file"):
        keys.key_at(tmp_path / "none" / "key")
