"""Worker ids in titles, of whatever form: files tell ids that MTurk never gave."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mturk_exodus.audit.support import audited, rows, settings


def titled(archive: Path, title: str, *worker_ids: str) -> str:
    """What a report without worker ids makes of a title, where these worked on its HITs."""
    with closing(sqlite3.connect(archive)) as connection, connection:
        for number, worker_id in enumerate(worker_ids, 1):
            connection.execute(
                "update assignments set worker_id = ? where assignment_id ="
                " (select assignment_id from assignments order by 1 limit 1 offset ?)",
                [worker_id, number],
            )
        connection.execute("update hit_types set title = ?", [title])
    with audited(archive, settings(without_worker_ids=True)) as report:
        (said,) = {str(row["title"]) for row in rows(report.section("holdings"), "hit_types")}
        return said


@pytest.mark.parametrize(
    "worker_id",
    [
        "jürgen.o'neil&7",
        "ann lee 77",
        "ann lee",
        "a|b:c77",
        "J. Smith Jr.",
        "ann.lee",
        "x-77",
        "ab12",
        "jürgen77",
        "5f1a2b3c4d5e6f7a8b9c0d1e",
        "A1ZZXQ9PLMK7QJ",
    ],
)
@pytest.mark.parametrize(
    "title",
    [
        "Bonus for {}, thanks",
        "{}",
        "{}-thanks",
        "To ({})_{}",
        "For batch-{}.",
        "Again: {}; {}",
    ],
)
def test_ids_of_any_form_are_masked(archive: Path, worker_id: str, title: str) -> None:
    expected = title.format(*["(worker id)"] * 2)
    assert titled(archive, title.format(worker_id, worker_id), worker_id) == expected


def test_letters_are_masked_in_either_case(archive: Path) -> None:
    said = titled(archive, "For Ann Lee 77 and A|B:C77", "ann lee 77", "a|b:c77")
    assert said == "For (worker id) and (worker id)"


def test_of_ids_within_each_other_the_longest_is_masked(archive: Path) -> None:
    ids = ("ann lee", "ann lee 77", "lee 77 (DE)")
    said = titled(archive, "ann lee 77 (DE), ann lee 7", *ids)
    assert said == "(worker id) (DE), (worker id) 7"


def test_ordinary_words_and_parts_of_words_stay(archive: Path) -> None:
    title = "Rate 1 text of 2019 ---- bob is x y; joann lee 775 / with care"
    ids = ("1", "bob", "x y", "2019", "text", "----", "    ", "ann lee", "lee 77")
    assert titled(archive, title, *ids) == title
