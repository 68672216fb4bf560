"""What DuckDB reads in the data sets is what SQLite reads in the archive."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.archive.tables import ASSIGNMENTS, BONUS_PAYMENTS, HITS
from mturk_exodus.datasets import layout, parquet
from mturk_exodus.datasets.parquet import FILE, NO_YEAR, Publishing, Report
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import ExtraMissing, Interrupted, OutputFailed
from mturk_exodus.testing import archives
from mturk_exodus.testing.sample import everything
from tests.mturk_exodus.archive.support import hit, put, writing

TOTALS = (
    "select assignment_status, count(*), count(distinct worker_id) from assignments group by 1",
    "select count(*), count(distinct hit_type_id) from hits",
    "select hit_id, max(submit_time) > min(accept_time) from assignments group by 1",
    "select status, count(*) from qualifications group by 1",
    "select count(*), sum(length(raw)) from worker_blocks",
    "select field, certainty, count(*), sum(length(value)) from answers group by 1, 2",
    "select count(*), sum(length(question)) from questions",
)
MONEY = (
    "select assignment_status, sum(cast(reward as decimal(38, 10)))"
    " from assignments join hits using (hit_id) group by 1",
    "select worker_id, sum(cast(bonus_amount as decimal(38, 10))) from bonus_payments group by 1",
)


class Total:
    """SQLite sums in floating point; this sums exactly."""

    def __init__(self) -> None:
        self.total = Decimal(0)

    def step(self, value: str | None) -> None:
        """Add one."""
        self.total += Decimal(value or 0)

    def finalize(self) -> str:
        """All of them."""
        return str(self.total)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(3, 60))
        Compaction(archive).run()
        answer_table.update(archive)
    return path


@pytest.fixture(scope="module")
def folder(demo: Path) -> Path:
    written(demo, demo.with_name("data"))
    return demo.with_name("data")


def written(path: Path, folder: Path) -> Report:
    with Archive.open(path, read_only=True) as archive:
        return Publishing(archive).write(folder)


@pytest.fixture(scope="module")
def duck(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with a view for each data set."""
    with closing(duckdb.connect()) as connection:
        for table in sorted(path for path in folder.iterdir() if path.is_dir()):
            connection.execute(
                f"create view {table.name} as"  # noqa: S608 - a table's name
                f" select * from read_parquet('{table}/**/*.parquet', hive_partitioning = true)"
            )
        connection.execute("create view questions as select hit_id, question from hits")
        yield connection


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        # typeshed does not know that an aggregate may have one argument of any type.
        connection.create_aggregate("exact_sum", 1, Total)  # type: ignore[arg-type]
        return connection.execute(query).fetchall()


def asked(query: str) -> list[Any]:
    with closing(duckdb.connect()) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("query", TOTALS)
def test_totals_are_sqlites(query: str, demo: Path, duck: duckdb.DuckDBPyConnection) -> None:
    expected = {tuple(map(str, row)) for row in rows(demo, query)}
    got = {
        tuple(str(int(value) if isinstance(value, bool) else value) for value in row)
        for row in duck.execute(query).fetchall()
    }
    assert got == expected
    assert expected


@pytest.mark.parametrize("query", MONEY)
def test_money_is_exact(query: str, demo: Path, duck: duckdb.DuckDBPyConnection) -> None:
    exact = query.replace("sum(cast(", "exact_sum((").replace(" as decimal(38, 10))", ")")
    expected = {(name, Decimal(total)) for name, total in rows(demo, exact)}
    got = set(
        duck.execute(query.replace("cast(", "(").replace(" as decimal(38, 10))", ")")).fetchall()
    )
    assert got == expected
    assert sum(total for _, total in expected) > 0


def test_every_row_of_every_table_is_there(
    demo: Path, folder: Path, duck: duckdb.DuckDBPyConnection
) -> None:
    with Archive.open(demo, read_only=True) as archive:
        tables = layout.tables(archive)
    assert {table.name for table in tables} == {
        one.name for one in folder.iterdir() if one.is_dir()
    }
    for table in tables:
        count = f"select count(*) from {table.name}"  # noqa: S608 - a table's name
        assert duck.execute(count).fetchall() == rows(demo, count), table.name


def test_columns_are_typed(duck: duckdb.DuckDBPyConnection) -> None:
    types = {
        f"{table}.{column}": kind
        for table in ("hits", "assignments", "bonus_payments", "qualification_types")
        for column, kind, *_ in duck.execute(f"describe {table}").fetchall()
    }
    assert types["hits.reward"] == "DECIMAL(38,10)"
    assert types["assignments.submit_time"] == "TIMESTAMP WITH TIME ZONE"
    assert types["hits.max_assignments"] == "BIGINT"
    assert types["qualification_types.is_requestable"] == "BOOLEAN"
    assert types["assignments.year"] == "BIGINT"
    assert "hits.question_values" not in types


def test_keys_of_the_archive_are_not_among_it(demo: Path, folder: Path) -> None:
    assert not (folder / "archive_info").exists()
    data = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for (key,) in rows(
        demo, "select value from archive_info where name like '%\\_key' escape '\\'"
    ):
        assert key.encode() not in data


def test_rows_stand_in_the_folder_of_their_year(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    times = {"3A": 1_300_000_000, "3B": 1_500_000_000, "3C": None}
    with writing(path) as writer:
        put(writer, HITS, hit("3H"))
        for assignment_id, time in times.items():
            told = {} if time is None else {"SubmitTime": time}
            one = {"AssignmentId": assignment_id, "HITId": "3H", **told}
            put(writer, ASSIGNMENTS, one)
    written(path, tmp_path / "data")
    years = sorted(one.name for one in (tmp_path / "data" / "assignments").iterdir())
    assert years == ["year=2011", "year=2017", f"year={NO_YEAR}"]
    found = asked(
        "select assignment_id, epoch_ms(submit_time), year"  # noqa: S608 - a path
        f" from '{tmp_path}/data/assignments/*/*.parquet' order by 1"
    )
    assert [(one, year) for one, _, year in found] == [("3A", 2011), ("3B", 2017), ("3C", None)]
    assert found[0][1] == 1_300_000_000_000


def test_what_no_type_holds_is_null_and_told_of(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    with writing(path) as writer:
        put(writer, HITS, hit("3H", Reward="0.00000000001"), hit("3I", Reward="0.05"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update hits set expiration = 'soon' where hit_id = '3H'")
        connection.execute(
            "update hits set creation_time = '2019-13-32T00:00:00.000Z' where hit_id = '3I'"
        )
        connection.commit()
    report = written(path, tmp_path / "data")
    assert report.untyped == {
        "hit_types.reward": 1,
        "hits.creation_time": 1,
        "hits.expiration": 1,
        "hits.reward": 1,
    }
    assert "`hits.reward`" in (tmp_path / "data" / "README.md").read_text()
    query = f"select reward, expiration from '{tmp_path}/data/hits/*/*.parquet' order by hit_id"  # noqa: S608 - a path
    assert asked(query) == [(None, None), (Decimal("0.05"), None)]


def test_hostile_records_come_through(tmp_path: Path) -> None:
    path = archives.of(everything(), tmp_path / "mturk.db")
    written(path, tmp_path / "data")
    for table in (ASSIGNMENTS, BONUS_PAYMENTS):
        query = f"select raw from '{tmp_path}/data/{table.name}/*/*.parquet'"  # noqa: S608 - a path
        expected = rows(path, f"select raw from {table.name}")  # noqa: S608 - a table's name
        assert sorted(asked(query)) == sorted(expected)


def test_small_portions_give_the_same(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_MOST_ROWS", 7)
    monkeypatch.setattr(parquet, "_MOST_BYTES", 20_000)
    report = written(demo, tmp_path / "data")
    (count,) = asked(f"select count(*) from '{tmp_path}/data/assignments/*/*.parquet'")  # noqa: S608 - a path
    assert count == (report.rows["assignments"],)


def test_the_page_tells_of_every_table(folder: Path) -> None:
    page = (folder / "README.md").read_text()
    for table in folder.iterdir():
        assert not table.is_dir() or f"| `{table.name}` |" in page


def test_a_folder_that_is_there_is_left_alone(demo: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(OutputFailed):
        written(demo, tmp_path / "data")
    assert list(tmp_path.iterdir()) == [tmp_path / "data"]


def test_stopping_leaves_nothing(demo: Path, tmp_path: Path) -> None:
    with Archive.open(demo, read_only=True) as archive, pytest.raises(Interrupted):
        Publishing(archive, stopped=lambda: True).write(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_is_removed(demo: Path, tmp_path: Path) -> None:
    for number in (os.getpid(), 2**22 + 1):
        (tmp_path / f".data.{number}.new" / "hits").mkdir(parents=True)
    (tmp_path / f".data.{os.getpid()}.new").rename(tmp_path / f".data.{os.getppid()}.new")
    written(demo, tmp_path / "data")
    left = [f".data.{os.getppid()}.new", "data"]
    assert sorted(one.name for one in tmp_path.iterdir()) == left


def test_without_pyarrow_it_is_said_what_to_do(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mturk_exodus.datasets.arrow.find_spec", lambda _: None)
    with pytest.raises(ExtraMissing, match=r"mturk-exodus\[parquet\]"):
        written(demo, tmp_path / "data")


def test_only_its_owner_may_look_into_it(folder: Path) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "worker_blocks" / FILE).exists()
