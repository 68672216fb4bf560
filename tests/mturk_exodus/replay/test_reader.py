"""An archive as adapters see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors, records
from mturk_exodus.archive import Archive
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.archive.selection import Selection
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TABLES, WORKER_BLOCKS
from mturk_exodus.demo.fill import fill
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.replay.reader import ArchiveReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mturk_exodus.replay.adapter import Task


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reader") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=120))
    return path


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with Archive.open(path, read_only=True) as archive:
        yield archive


def tasks(archive: Archive, selection: Selection | None = None) -> list[Task]:
    reader = ArchiveReader(archive, selection)
    return [task for hit_type_id in reader.hit_types() for task in reader.tasks(hit_type_id)]


def rows(archive: Archive, query: str, *parameters: object) -> list[tuple[object, ...]]:
    return archive.connection.execute(query, parameters).fetchall()


def test_every_record_of_a_task_comes_with_it_once_and_whole(archive: Archive) -> None:
    got = tasks(archive)
    for table, some in (
        (HITS, [task.hit for task in got]),
        (ASSIGNMENTS, [one for task in got for one in task.assignments]),
    ):
        names = [name for name, _ in records.members(table.record)]
        stored = rows(archive, f"select {table.selected(names)} from {table.name}")
        assert sorted(map(str, stored)) == sorted(
            str(tuple(getattr(one, name) for name in names)) for one in some
        )
    assert len(rows(archive, "select 1 from bonus_payments")) == sum(
        len(task.bonus_payments) for task in got
    )
    assert len(rows(archive, "select 1 from review_reports")) == sum(
        len(task.review_reports) for task in got
    )
    for task in got:
        assert {one.hit_id for one in task.assignments} <= {task.hit.hit_id}
        submitted = [one.submit_time or "" for one in task.assignments]
        assert submitted == sorted(submitted)


def test_the_same_archive_gives_the_same_in_one_order(archive: Archive) -> None:
    assert tasks(archive) == tasks(archive)
    assert list(ArchiveReader(archive).workers()) == sorted(ArchiveReader(archive).workers())


def test_hits_without_a_type_come_last(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with Archive.open(copy) as archive:
        archive.connection.execute("update hits set hit_type_id = null where rowid % 3 = 0")
        types = list(ArchiveReader(archive).hit_types())
        assert types[-1] is None
        assert None not in types[:-1]
        assert len(tasks(archive)) == 120


def test_a_compacted_archive_gives_the_same_questions_and_what_fills_them(
    path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with Archive.open(copy) as archive:
        before = {task.hit.hit_id: task.hit for task in tasks(archive)}
        with archive.writing():
            assert Compaction(archive).run().compacted
        got = tasks(archive)
    assert {task.hit.hit_id: task.hit for task in got} == before
    templated = [task for task in got if task.template is not None]
    assert templated
    for task in templated:
        assert task.template is not None
        values = [task.variables[label] for label in task.template.labels]
        assert task.template.render(values) == task.hit.question


def test_variables_of_a_batchs_file_are_those(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with Archive.open(copy) as archive:
        archive.connection.execute(
            "update hits set template_variables = ?", [json.dumps({"text": "a b", "n": 5})]
        )
        assert {str(dict(task.variables)) for task in tasks(archive)} == {
            str({"text": "a b", "n": "5"})
        }


def test_a_selection_by_type_batch_time_status_and_number(archive: Archive) -> None:
    everything = tasks(archive)
    hit_type_id = str(everything[0].hit.hit_type_id)
    ((batch_id, count),) = rows(
        archive,
        "select batch_id, count(*) from hits where batch_id is not null group by 1 limit 1",
    )
    assert {task.hit.hit_type_id for task in tasks(archive, Selection(only=(hit_type_id,)))} == {
        hit_type_id
    }
    assert len(tasks(archive, Selection(only=(str(batch_id),)))) == count
    both = tasks(archive, Selection(only=(hit_type_id, str(batch_id))))
    assert len(both) > int(str(count))
    times = sorted(str(task.hit.creation_time) for task in everything)
    since = times[len(times) // 2]
    assert len(tasks(archive, Selection(since=since))) == sum(one >= since for one in times)
    approved = tasks(archive, Selection(statuses=("Approved",)))
    assert len(approved) == len(everything)
    assert {one.assignment_status for task in approved for one in task.assignments} == {"Approved"}
    limited = tasks(archive, Selection(limit=7))
    assert [task.hit.hit_id for task in limited] == [task.hit.hit_id for task in everything[:7]]
    with pytest.raises(errors.NoSuchRecord, match="no such id"):
        tasks(archive, Selection(only=(hit_type_id, "no such id")))


def test_workers_are_those_of_the_selection(archive: Archive) -> None:
    selection = Selection(limit=5, statuses=("Approved",))
    expected = {one.worker_id for task in tasks(archive, selection) for one in task.assignments}
    assert set(ArchiveReader(archive, selection).workers()) == expected
    assert expected < set(ArchiveReader(archive).workers())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_counted_is_what_is_there(archive: Archive, table: object) -> None:
    for one in TABLES:
        if one is not table:
            continue
        counts = ArchiveReader(archive).filled(one)
        for name, count in counts.items():
            column = dict(HITS.expressions).get(name, name) if one is HITS else name
            query = f"select count(*) from {one.name} where {column} is not null"
            assert rows(archive, query) == [(count,)]


def test_counts_and_examples_are_those_of_the_selection(archive: Archive) -> None:
    reader = ArchiveReader(archive, Selection(limit=3, statuses=("Approved",)))
    chosen = tasks(archive, Selection(limit=3, statuses=("Approved",)))
    assert reader.filled(HITS)["title"] == 3
    assert reader.filled(ASSIGNMENTS)["answer"] == sum(len(task.assignments) for task in chosen)
    assert set(reader.examples(HITS, "title", 5)) == {task.hit.hit_id for task in chosen}
    everything = ArchiveReader(archive).filled(WORKER_BLOCKS)
    assert reader.filled(WORKER_BLOCKS) == everything


def test_records_that_belong_to_no_task_are_all_there(archive: Archive) -> None:
    for table in TABLES:
        found = list(ArchiveReader(archive).every(table.record))
        assert [(len(found),)] == rows(archive, f"select count(*) from {table.name}")


def test_a_pseudonym_is_one_workers_in_one_archive(archive: Archive, tmp_path: Path) -> None:
    reader = ArchiveReader(archive)
    workers = list(reader.workers())
    names = [reader.pseudonym(one) for one in workers]
    assert len(set(names)) == len(workers) > 50
    assert all(len(one) == 16 and one.isalnum() and one == one.lower() for one in names)
    assert names == [ArchiveReader(archive).pseudonym(one) for one in workers]
    with Archive.create(tmp_path / "other.db") as other:
        assert ArchiveReader(other).pseudonym(workers[0]) != names[0]


def test_examples_name_no_worker(archive: Archive) -> None:
    reader = ArchiveReader(archive)
    blocked = {worker for (worker,) in rows(archive, "select worker_id from worker_blocks")}
    examples = reader.examples(WORKER_BLOCKS, "reason", 3)
    assert len(examples) == 3
    assert not blocked & set(examples)


def test_no_cursor_is_held_open_so_that_a_writer_can_checkpoint(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    with Archive.open(copy) as writer, Archive.open(copy, read_only=True) as archive:
        reader = ArchiveReader(archive)
        got = reader.tasks(next(reader.hit_types()))
        next(got)
        writer.set_info("written", "meanwhile")
        busy, _, _ = writer.connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        assert busy == 0
        assert copy.with_name("copy.db-wal").stat().st_size == 0
