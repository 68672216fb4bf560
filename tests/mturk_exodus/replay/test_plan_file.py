"""A plan as a file, which takes nothing's place."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.errors import OutputFailed
from mturk_exodus.replay.adapter import Action, Fidelity, Loss, Source
from mturk_exodus.replay.plan_file import write_plan
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter, box, plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "mturk.db") as made, made.writing():
        yield made


def write(archive: Archive, path: Path, planned: Sequence[Action | Loss] = ()) -> str:
    """Write a plan; its digest."""
    account, _ = write_plan(archive, ShelfAdapter(Shelf(), planned or plan()), None, path)
    return account.digest


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def test_every_action_and_every_loss_is_a_line(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "plan.jsonl"
    loss = Loss(Source("HIT", "1"), "HIT.Question", Fidelity.APPROXIMATE, "too long")
    digest = write(archive, out, [box("é"), loss])
    first, action, lost, last = lines(out.read_text(encoding="utf-8"))
    assert first == {"adapter": "shelf", "archive_id": archive.info("archive_id")}
    assert (action["action"]["key"], lost["loss"]["note"]) == ("box:é", "too long")
    assert last == {"digest": digest, "actions": {"box": 1}}
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name",
    [
        *("mturk.db", "mturk.db-wal", "mturk.db-shm", "mturk.db-journal", "mturk.db.lock"),
        *("link.db", "folder/../mturk.db-journal", "MTURK.DB-wal"),
    ],
)
def test_the_archive_is_not_written_over_nor_what_belongs_to_it(name: str, tmp_path: Path) -> None:
    """Nor what may come to belong to it: SQLite takes any file of that name for its own."""
    (tmp_path / "folder").mkdir()
    Archive.create(tmp_path / "mturk.db").close()
    (tmp_path / "link.db").symlink_to("mturk.db")
    before = sorted(tmp_path.iterdir())
    with (
        Archive.open(tmp_path / "link.db", read_only=True) as opened,
        pytest.raises(OutputFailed, match="is the archive's own"),
    ):
        write(opened, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


def test_a_second_name_of_the_archive_is_the_archive(archive: Archive, tmp_path: Path) -> None:
    os.link(tmp_path / "mturk.db", tmp_path / "plan.jsonl")
    with pytest.raises(OutputFailed, match="is the archive's own"):
        write(archive, tmp_path / "plan.jsonl")


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_what_is_there_is_left_as_it_is(kind: str, archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "plan.jsonl"
    if kind != "dangling link":
        (tmp_path / "theirs").write_text("theirs")
    if kind == "file":
        (tmp_path / "theirs").rename(out)
    else:
        out.symlink_to("theirs")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OutputFailed, match="is there already"):
        write(archive, out)
    assert sorted(tmp_path.iterdir()) == before
    assert kind == "dangling link" or out.read_text() == "theirs"


def test_a_file_that_comes_meanwhile_is_left_as_it_is(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "plan.jsonl"

    class Slow(ShelfAdapter):
        def plan(self, _archive: object) -> Iterator[Action | Loss]:
            yield box("1")
            out.write_text("theirs")

    with pytest.raises(OutputFailed, match="is there already"):
        write_plan(archive, Slow(Shelf()), None, out)
    assert out.read_text() == "theirs"
    assert not list(tmp_path.glob("*.new")) + list(tmp_path.glob(".*.new"))


@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_is_written_to(through_a_link: bool, archive: Archive, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    out = tmp_path / "link" if through_a_link else pipe
    if through_a_link:
        out.symlink_to(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    digest = write(archive, out)
    reader.join(10)
    assert lines(read[0])[-1]["digest"] == digest
    assert pipe.is_fifo()
    assert out.is_symlink() is through_a_link


@pytest.mark.parametrize("name", ["nowhere/plan.jsonl", "x" * 300, ".", "loop"])
def test_where_nothing_can_be_written(name: str, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OutputFailed):
        write(archive, tmp_path / name)


def test_half_a_character_is_written_as_json_names_it(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "plan.jsonl"
    write(archive, out, [box("1", "é \ud83d"), box("2", "é")])
    _, half, whole, _ = out.read_bytes().splitlines()
    assert json.loads(half.decode())["action"]["payload"] == {"text": "é \ud83d"}
    assert b"\\ud83d" in half
    assert "é".encode() in whole
