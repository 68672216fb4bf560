"""Pseudonyms everywhere, and an archive that is as good as before."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive, answer_table, tables
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.archive.tables import HITS
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import ArchiveDamaged, ArchiveNotWritable, IdsRemain, Interrupted
from mturk_exodus.privacy.pseudonymize import LEFT_OUT, Pseudonymizing, Report
from mturk_exodus.privacy.pseudonyms import IS_WORKER_ID, Pseudonyms
from mturk_exodus.requester_site import selections
from mturk_exodus.testing import archives
from mturk_exodus.testing.sample import everything
from tests.mturk_exodus.archive.files_support import MEANINGS
from tests.mturk_exodus.archive.support import hit, put, writing
from tests.mturk_exodus.privacy import people
from tests.mturk_exodus.privacy.people import ANN, BEN, EVE, SHORT, TOM, findings, named_in

KEY = b"k" * 32


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return people.make(tmp_path_factory.mktemp("people") / "mturk.db")


@pytest.fixture(scope="module")
def made(original: Path) -> tuple[Path, Report]:
    out = original.with_name("out.db")
    with Archive.open(original, read_only=True) as archive:
        return out, Pseudonymizing(archive, KEY, meanings=MEANINGS).write(out)


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def pseudonymized(source: Path, out: Path, **settings: Any) -> Report:  # noqa: ANN401 - settings
    with Archive.open(source, read_only=True) as archive:
        return Pseudonymizing(archive, KEY, meanings=MEANINGS, **settings).write(out)


def test_the_search_finds_what_is_there(original: Path) -> None:
    found = {how for _, how in named_in(original, ANN, BEN)}
    assert found >= {"UTF-8", "small letters", "UTF-16", "percent", "Base64 after 1"}
    assert {worker_id for worker_id, _ in named_in(original, *people.PLAIN)} == set(people.PLAIN)


def test_nothing_is_left_in_pages_that_sqlite_does_not_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's SQLite overwrites what is deleted; others do it if they are told to."""
    unfinished = Archive.unfinished

    @contextmanager
    def of_another_build(path: Path) -> Iterator[Archive]:
        with unfinished(path) as target:
            target.connection.execute("pragma secure_delete = off")
            yield target

    monkeypatch.setattr(Archive, "unfinished", of_another_build)
    with writing(tmp_path / "mturk.db") as writer:
        page = f"<form>{'<p>What is it?</p>' * 400}<img src='{{}}/{ANN}'></form>"
        put(writer, tables.HITS, *(hit(f"3H{n}", Question=page.format(n)) for n in range(10)))
        put(writer, tables.ASSIGNMENTS, {"AssignmentId": "3A", "HITId": "3H1", "WorkerId": ANN})
    with Archive.open(tmp_path / "mturk.db") as archive:
        assert Compaction(archive).run()
    pseudonymized(tmp_path / "mturk.db", tmp_path / "out.db")
    assert named_in(tmp_path / "out.db", ANN) == []


def test_no_id_is_anywhere_in_the_bytes(made: tuple[Path, Report]) -> None:
    assert named_in(made[0], *people.PLAIN) == []


def test_no_id_is_in_what_questions_are_put_together_from(made: tuple[Path, Report]) -> None:
    """One HIT's variable ends in half an id, and the page of all goes on with the other half."""
    with Archive.open(made[0]) as archive:
        questions = archive.connection.execute(f"select {HITS.selected(['question'])} from hits")  # noqa: S608 - columns
        assert not any(ANN in str(question) for (question,) in questions)


def test_the_new_archive_agrees_with_itself(made: tuple[Path, Report]) -> None:
    with Archive.open(made[0]) as archive:
        assert findings(archive) == []


def test_ids_that_are_numbers_are_replaced_where_they_name_a_worker(
    made: tuple[Path, Report],
) -> None:
    out, report = made
    (worker_id,) = rows(out, "select worker_id from assignments where answer like '%12 of 12%'")[0]
    assert worker_id == Pseudonyms(KEY).of(SHORT)
    assert (
        f'"WorkerId": "{worker_id}"'
        in rows(out, "select raw from assignments where answer like '%12 of 12%'")[0][0]
    )
    ((refused,),) = rows(out, "select raw from refused_entries")
    assert f'"WorkerId": "{worker_id}"' in refused
    assert report.words_or_numbers == 1


def test_everything_else_stays_character_for_character(
    original: Path, made: tuple[Path, Report]
) -> None:
    names = Pseudonyms(KEY)
    query = "select raw from assignments where worker_id in ({}) order by rowid"
    before = rows(original, query.format(f"'{EVE}', '{TOM}'"))
    after = rows(made[0], query.format(f"'{names.of(EVE)}', '{names.of(TOM)}'"))
    expected = [raw.replace(EVE, names.of(EVE)).replace(TOM, names.of(TOM)) for (raw,) in before]
    assert [raw for (raw,) in after] == expected


def test_rows_and_their_order_stay(original: Path, made: tuple[Path, Report]) -> None:
    counts = "select name from sqlite_master where type = 'table' and name not like '%sqlite%'"
    for (table,) in rows(original, counts):
        if table in LEFT_OUT or table == "archive_info":
            continue
        count = f"select count(*) from {table}"  # noqa: S608 - a table's name
        assert rows(original, count) == rows(made[0], count), table
    order = "select rowid, assignment_id from assignments order by rowid"
    assert rows(original, order) == rows(made[0], order)


def test_pseudonyms_look_like_ids_and_stay_apart(made: tuple[Path, Report]) -> None:
    found = rows(made[0], "select worker_id from assignments")
    assert len(set(found)) == len(found) == 6
    assert all(IS_WORKER_ID(worker_id) for (worker_id,) in found)


def test_revisions_and_what_other_sources_say_are_carried_over(
    original: Path, made: tuple[Path, Report]
) -> None:
    for query in (
        "select record_table, member, seen_run_id from revisions order by revision_id",
        "select record_table, source, file_row from source_records order by record_table, file_id",
        "select record_table, member, kept_source from disagreements order by 1, 2, 3",
    ):
        assert rows(original, query) == rows(made[0], query) != []


def test_what_was_sent_elsewhere_is_not_carried_over(made: tuple[Path, Report]) -> None:
    out, report = made
    assert report.left_out == {"ledger": 4, "replays": 1, "targets": 1}
    assert rows(out, "select * from ledger") == []


def test_the_report_counts_cells(made: tuple[Path, Report]) -> None:
    replaced = made[1].replaced
    assert replaced["assignments"]["worker_id"] == 6
    assert replaced["worker_blocks"] == {"worker_id": 1, "reason": 1, "raw": 1, "raw_sha256": 1}
    assert replaced["files"]["name"] == 1
    assert made[1].found_in_texts == 1
    assert len(made[1].searched_as_bytes) == 1


def test_uploads_are_searched(made: tuple[Path, Report]) -> None:
    names = Pseudonyms(KEY)
    parts = rows(made[0], "select content from upload_parts order by assignment_id, part")
    assert parts[0][0] == f"{names.of(ANN)} and {names.of(BEN)}".encode()
    packed = b"".join(part for (part,) in parts[1:])
    assert packed.startswith(people.PACKED + names.of(ANN).encode())
    assert names.of(BEN).encode("utf-16-le") in packed
    assert len(packed) == rows(made[0], "select max(size_in_bytes) from uploads")[0][0]


def test_uploads_can_be_left_out(original: Path, tmp_path: Path) -> None:
    report = pseudonymized(original, tmp_path / "out.db", with_uploads=False)
    assert rows(tmp_path / "out.db", "select count(*) from upload_parts") == [(0,)]
    assert report.left_out["uploads"] == 3
    with Archive.open(tmp_path / "out.db") as archive:
        assert findings(archive) == []


def test_addresses_are_scrubbed_by_choice(
    original: Path, made: tuple[Path, Report], tmp_path: Path
) -> None:
    out = tmp_path / "out.db"
    report = pseudonymized(original, out, kinds=("emails",))
    assert people.EMAIL.encode() in made[0].read_bytes()
    assert people.EMAIL.encode() not in out.read_bytes()
    assert report.scrubbed["emails"] > 0
    with Archive.open(out) as archive:
        assert findings(archive) == []


def test_the_same_key_gives_the_same_pseudonyms_and_another_key_others(
    original: Path, made: tuple[Path, Report], tmp_path: Path
) -> None:
    workers = "select worker_id from assignments order by rowid"
    pseudonymized(original, tmp_path / "again.db")
    with Archive.open(original, read_only=True) as archive:
        Pseudonymizing(archive, b"x" * 32, meanings=MEANINGS).write(tmp_path / "other.db")
    assert rows(tmp_path / "again.db", workers) == rows(made[0], workers)
    assert not set(rows(tmp_path / "other.db", workers)) & set(rows(made[0], workers))


def test_the_archive_is_another_one(original: Path, made: tuple[Path, Report]) -> None:
    """Nothing in it was worked out with the keys of the old one."""
    query = "select value from archive_info where name in ('archive_id', 'pseudonym_key')"
    assert not set(rows(original, query)) & set(rows(made[0], query))


def test_answers_are_made_anew_where_they_were_made(made: tuple[Path, Report]) -> None:
    with Archive.open(made[0]) as archive:
        assert answer_table.is_made(archive)
    assert rows(made[0], "select count(*) from answers where value like '%turker%'") == [(0,)]
    assert rows(made[0], "select count(*) from answers") == [(6,)]


def test_a_name_that_is_taken_is_left_alone(original: Path, tmp_path: Path) -> None:
    (tmp_path / "out.db").write_text("mine")
    with pytest.raises(ArchiveNotWritable):
        pseudonymized(original, tmp_path / "out.db")
    assert (tmp_path / "out.db").read_text() == "mine"


def test_stopping_leaves_nothing(original: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        pseudonymized(original, tmp_path / "out.db", stopped=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_is_not_sealed_with_a_new_digest(original: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(original.read_bytes())
    with closing(sqlite3.connect(damaged)) as connection:
        connection.execute("update worker_blocks set raw_sha256 = 'no'")
        connection.commit()
    with pytest.raises(ArchiveDamaged):
        pseudonymized(damaged, tmp_path / "out.db")
    assert not (tmp_path / "out.db").exists()


def test_a_collision_is_refused(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pseudonyms, "_letters", lambda _self, _text, length: "B" * length)
    with pytest.raises(IdsRemain):
        pseudonymized(original, tmp_path / "out.db")
    assert not (tmp_path / "out.db").exists()


def _demo(path: Path) -> Path:
    with Archive.create(path) as archive:
        fill(archive, synthesize(7, 60))
    return path


@pytest.mark.parametrize(
    "fill_in",
    [
        lambda path: archives.of(everything(), path),
        lambda path: archives.many(path, 200),
        _demo,
    ],
    ids=["everything", "many", "demo"],
)
def test_other_archives(fill_in: Callable[[Path], Path], tmp_path: Path) -> None:
    source = fill_in(tmp_path / "mturk.db")
    pseudonymized(source, tmp_path / "out.db", kinds=("emails", "ips", "phones"))
    ids = [
        one
        for (one,) in rows(source, "select worker_id from assignments")
        if one and IS_WORKER_ID(one)
    ]
    assert named_in(tmp_path / "out.db", *ids[:30]) == []
    with Archive.open(tmp_path / "out.db") as archive:
        assert findings(archive) == []
        names = [one.file_name for one in selections.everything(archive)]
    with Archive.open(source) as archive:
        assert names == [one.file_name for one in selections.everything(archive)]


def test_every_table_of_records_names_a_pseudonym(made: tuple[Path, Report]) -> None:
    """So that the archive of these tests leaves none out."""
    replaced = made[1].replaced
    of_workers = {table.name for table in tables.TABLES if "worker_id" in table.columns}
    assert of_workers - {"notification_events"} <= replaced.keys()
    assert re.search("source_records.*", " ".join(replaced))
