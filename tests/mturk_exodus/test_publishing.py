from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mturk_exodus.errors import OutputFailed
from mturk_exodus.publishing import published


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.csv"
    with published(path) as stream:
        stream.write("é\r\n\n")
        stream.flush()
        assert not path.exists()
    assert path.read_bytes() == "é\r\n\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_what_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path / "results.csv", meanwhile=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("knows_second_names", [True, False])
def test_a_file_that_came_meanwhile_is_left_as_it_is(
    knows_second_names: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not knows_second_names:
        monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "results.csv"
    with pytest.raises(OutputFailed, match="is there already"):
        publish(path, meanwhile=lambda: path.write_text("theirs"))
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_second_names_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse)
    with published(tmp_path / "results.csv") as stream:
        stream.write("ours")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["ours"]


def test_half_a_character_is_no_error(tmp_path: Path) -> None:
    with published(tmp_path / "results.csv") as stream:
        stream.write("a\ud83db")
    assert (tmp_path / "results.csv").read_bytes() == b"a?b"


def publish(path: Path, meanwhile: Callable[[], object]) -> None:
    with published(path) as stream:
        stream.write("ours")
        meanwhile()


def stop() -> None:
    raise KeyboardInterrupt


def refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")
