"""Every table, view and column that is explained is there, and every table is explained."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.datasets import datasette, readme
from mturk_exodus.datasets.words import COLUMNS, TABLES
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(3, 20))
    return path


def names(path: Path) -> set[str]:
    query = (
        "select name from sqlite_master where type in ('table', 'view')"
        " and name not like 'sqlite%' and name not like '%sqlite_migrations'"
    )
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute(query)}


def test_all_tables_and_views_are_explained(path: Path) -> None:
    assert names(path) == TABLES.keys()


def test_columns_that_are_explained_are_there(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        there = {
            column[1]
            for name in names(path)
            for column in connection.execute(f"pragma table_xinfo({name})")
        }
    assert COLUMNS.keys() <= there


def test_the_page_of_an_archive_tells_of_all(path: Path) -> None:
    with Archive.open(path, read_only=True) as archive:
        page = readme.of_archive(archive)
    kept_apart = {"question_templates", "question_parts", "archive_info"}
    assert all(f"| `{name}` |" in page for name in names(path) - kept_apart)
    assert "identifies a person" in page


def test_what_datasette_is_told_fits_the_archive(path: Path) -> None:
    with Archive.open(path, read_only=True) as archive:
        told = json.loads(json.dumps(datasette.metadata(archive)))
    database = told["databases"]["mturk"]
    assert database["tables"].keys() >= names(path)
    with closing(sqlite3.connect(path)) as connection:
        for query in database["queries"].values():
            assert connection.execute(query["sql"], {"hit_id": "3H"}).description
        for name, table in database["tables"].items():
            columns = {one[1] for one in connection.execute(f"pragma table_xinfo({name})")}
            used = {
                *table["columns"],
                *table.get("facets", ()),
                *table.get("sort_desc", "").split(),
            }
            assert used <= columns, name
