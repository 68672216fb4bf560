"""A seal depends on what is held, and on nothing else; what has changed since is counted."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive, answer_table, manifest
from mturk_exodus.archive.compact import Compaction, expand
from mturk_exodus.archive.manifest import RECORDS, Changes, Seal
from mturk_exodus.archive.sealing import NOTES, sealed
from mturk_exodus.archive.tables import HITS
from mturk_exodus.errors import NotAManifest
from mturk_exodus.testing import archives
from mturk_exodus.testing.sample import everything
from tests.mturk_exodus.archive.support import hit, put, writing


@pytest.fixture(scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archives.of(everything(), tmp_path_factory.mktemp("sealed") / "mturk.db")


@pytest.fixture
def archive(_whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "mturk.db"
    copy.write_bytes(_whole.read_bytes())
    return copy


def said_of(path: Path) -> dict[str, Any]:
    with Archive.open(path, read_only=True) as opened, Seal.of(sealed(opened)) as seal:
        return manifest.write(opened, seal, io.StringIO(), None)


def seal(path: Path, to: Path, *, records: bool = True) -> None:
    with Archive.open(path, read_only=True) as opened, Seal.of(sealed(opened)) as made:
        digest = None
        if records:
            with to.with_name(to.name + RECORDS).open("w") as file:
                digest = manifest.write_records(made, file)
        with to.open("w") as file:
            manifest.write(opened, made, file, digest)


def since(path: Path, to: Path) -> dict[str, Changes]:
    with Archive.open(path, read_only=True) as opened:
        return {one.table: one for one in manifest.changes(opened, to) if not one.is_same}


def of_records(said: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in said["tables"].items() if NOTES not in one["kinds"]}


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_nothing_changes_while_nothing_does(archive: Path, tmp_path: Path) -> None:
    seal(archive, tmp_path / "seal.json")
    assert since(archive, tmp_path / "seal.json") == {}


def test_another_export_in_another_order_has_the_same_records(tmp_path: Path) -> None:
    """Other runs, other numbers of rows, other times."""
    hits = [hit(f"3H{number}", Title=f"the {number}th") for number in range(20)]
    for name, order in (("a.db", hits), ("b.db", hits[::-1])):
        with writing(tmp_path / name) as writer:
            put(writer, HITS, *order)
    with writing(tmp_path / "b.db") as writer:
        put(writer, HITS, *hits)
    one, other = said_of(tmp_path / "a.db"), said_of(tmp_path / "b.db")
    assert of_records(one) == of_records(other) != {}
    assert one["digest"] != other["digest"]


def test_how_records_are_stored_changes_nothing(tmp_path: Path) -> None:
    path = archives.many(tmp_path / "mturk.db", 40)
    before = of_records(said_of(path))
    with Archive.open(path) as opened:
        assert Compaction(opened).run().compacted
        answer_table.update(opened)
    assert of_records(said_of(path)) == before
    with Archive.open(path) as opened:
        expand(opened)
    assert of_records(said_of(path)) == before


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update hits set title = title || ' ' where rowid = 1", "hits"),
        ("update assignments set raw = raw || ' ' where rowid = 1", "assignments"),
        ("update worker_blocks set reason = 'x' where rowid = 1", "worker_blocks"),
        ("update upload_parts set content = x'00' where rowid = 1", "uploads"),
        ("update bonus_payments set bonus_amount = '9' where rowid = 1", "bonus_payments"),
        ("update runs set message = 'x' where rowid = 1", "runs"),
        ("update archive_info set value = 'x' where name = 'about'", "archive_info"),
    ],
)
def test_a_change_anywhere_is_seen(
    statement: str, table: str, archive: Path, tmp_path: Path
) -> None:
    seal(archive, tmp_path / "seal.json")
    change(archive, statement)
    found = since(archive, tmp_path / "seal.json")
    assert list(found) == [table]
    assert found[table].then == found[table].now


def test_what_was_added_removed_and_changed_is_counted(tmp_path: Path) -> None:
    path, to = tmp_path / "mturk.db", tmp_path / "seal.json"
    with writing(path) as writer:
        put(writer, HITS, hit("3H1"), hit("3H2"), hit("3H3"))
    seal(path, to)
    with writing(path) as writer:
        put(writer, HITS, hit("3H2", Title="Another"), hit("3H4"), hit("3H5"))
    change(path, "delete from hits where hit_id = '3H1'")
    hits = since(path, to)["hits"]
    assert (hits.then, hits.now) == (3, 4)
    assert (hits.added, hits.removed, hits.changed) == (2, 1, 1)
    assert set(hits.examples) == {'["3H4"]', '["3H5"]', '["3H1"]', '["3H2"]'}


def test_without_records_changes_are_not_counted(archive: Path, tmp_path: Path) -> None:
    seal(archive, tmp_path / "seal.json", records=False)
    change(archive, "delete from worker_blocks")
    blocks = since(archive, tmp_path / "seal.json")["worker_blocks"]
    assert (blocks.now, blocks.added, blocks.removed, blocks.changed) == (0, None, None, None)
    assert blocks.then > 0


def test_no_id_of_a_worker_is_in_the_manifest(archive: Path, tmp_path: Path) -> None:
    seal(archive, tmp_path / "seal.json")
    said = (tmp_path / "seal.json").read_text()
    assert not any(worker_id in said for worker_id in everything().worker_ids())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"tables": {}, "mturk_exodus_manifest": 2}',
        '{"tables": {"hits": {"records": 1, "digest": "00"}}, "mturk_exodus_manifest": 1}',
        '{"tables": {"hits": {"records": 1, "digest": "x"}}, "mturk_exodus_manifest": 1}',
        '{"tables": 3, "mturk_exodus_manifest": 1}',
    ],
)
def test_what_is_no_manifest_is_refused(content: str, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "seal.json").write_text(content)
    with pytest.raises(NotAManifest):
        since(archive, tmp_path / "seal.json")


def test_what_was_written_into_afterwards_is_refused(archive: Path, tmp_path: Path) -> None:
    to = tmp_path / "seal.json"
    seal(archive, to)
    beside = tmp_path / f"seal.json{RECORDS}"
    records = beside.read_text()
    beside.write_text(records.replace('"hits"', '"hats"', 1))
    with pytest.raises(NotAManifest, match="not the file"):
        since(archive, to)
    beside.write_text("{\n")
    with pytest.raises(NotAManifest):
        since(archive, to)
    beside.unlink()
    said = json.loads(to.read_text())
    said["tables"]["hits"]["digest"] = "0" * 64
    to.write_text(json.dumps(said))
    with pytest.raises(NotAManifest, match="not as it was written"):
        since(archive, to)
