"""Finished work as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.archive.archive import Archive
from mturk_exodus.errors import OutputFailed
from mturk_exodus.replay.adapter import JSON, RecordReader
from mturk_exodus.replay.history import write


class Keeping:
    """An adapter's part that keeps history."""

    def __init__(self, *lines: JSON) -> None:
        self.lines = lines

    def history(self, _archive: RecordReader, /) -> Iterator[JSON]:
        """Its lines."""
        yield from self.lines

    def loading(self, file: str, /) -> str:
        """Its command."""
        return f"load {file}"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty one."""
    with Archive.create(tmp_path / "mturk.db") as one:
        yield one


def test_an_earlier_imports_file_makes_way(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    for lines in (["a", "b"], ["c"]):
        assert write(archive, Keeping(*lines), path)
        assert [json.loads(line) for line in path.read_text().splitlines()] == lines
    assert not write(archive, Keeping(), path)


def test_what_cannot_make_way_is_an_error_in_a_line(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").mkdir()
    with pytest.raises(OutputFailed, match="cannot be written"):
        write(archive, Keeping("a"), tmp_path / "history.jsonl")
