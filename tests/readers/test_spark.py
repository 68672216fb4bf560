"""Spark and DuckDB read the Parquet, and their totals are the audit's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.audit.report import Report
from mturk_exodus.datasets.parquet import Publishing
from tests.conftest import ROOT
from tests.mturk_exodus.audit.support import amount, audited, dollars, figure, rows
from tests.readers.conftest import Held

pytestmark = pytest.mark.live
TOTALS = {
    "hits": "select count(*) from hits",
    "statuses": "select assignment_status, count(*) from assignments group by 1",
    "workers": "select count(distinct worker_id) from assignments",
    "rewards": "select sum(reward) from assignments join hits using (hit_id)"
    " where assignment_status = 'Approved'",
    "bonuses": "select sum(bonus_amount), count(*) from bonus_payments",
    "by HIT type": "select hit_type_id, sum(reward), count(distinct worker_id) from assignments"
    " join hits using (hit_id) where assignment_status = 'Approved' group by 1",
    "by year": "select assignments.year, count(*) from assignments"
    " where year(submit_time) = assignments.year group by 1",
}
Rows = set[tuple[str, ...]]


@pytest.fixture(scope="module")
def data(held: Held, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parquet") / "data"
    with Archive.open(held.path, read_only=True) as archive:
        Publishing(archive).write(folder)
    return folder


def by_spark(data: Path) -> list[Rows]:
    done = subprocess.run(
        [ROOT / "scripts" / "spark", "totals", data, *TOTALS.values()],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [texts(json.loads(line)) for line in done.stdout.splitlines()]


def by_duckdb(data: Path) -> list[Rows]:
    with closing(duckdb.connect()) as connection:
        for table in sorted(path for path in data.iterdir() if path.is_dir()):
            connection.execute(
                f"create view {table.name} as"  # noqa: S608 - a table's name
                f" select * from read_parquet('{table}/**/*.parquet', hive_partitioning = true)"
            )
        return [texts(connection.execute(query).fetchall()) for query in TOTALS.values()]


def by_the_audit(report: Report, years: Rows) -> list[Rows]:
    holdings, money = report.section("holdings"), report.section("money")
    statuses = [
        (one, figure(holdings, f"assignments_{one.lower()}"))
        for one in ("Approved", "Rejected", "Submitted")
    ]
    by_type = [
        (row["hit_type_id"], amount(row["rewards"]))
        for row in rows(holdings, "hit_types")
        if row["approved"]
    ]
    return [
        texts([[figure(holdings, "hits")]]),
        texts(statuses),
        texts([[figure(holdings, "workers")]]),
        texts([[dollars(money, "rewards")]]),
        texts([[dollars(money, "bonuses"), figure(holdings, "bonus_payments")]]),
        texts(by_type),
        years,
    ]


def texts(found: Iterable[Iterable[object]]) -> Rows:
    """As both engines and we can agree to write them: money without zeros at its end."""
    return {tuple(map(_text, row)) for row in found}


def _text(value: object) -> str:
    text = str(value)
    return f"{Decimal(text).normalize():f}" if "." in text else text


def test_spark_and_duckdb_add_up_as_the_audit_does(held: Held, data: Path) -> None:
    sparks, ducks = by_spark(data), by_duckdb(data)
    assert sparks == ducks
    with audited(held.path) as report:
        expected = by_the_audit(report, ducks[-1])
    without_people = [{row[:2] for row in found} for found in sparks]
    assert without_people == expected
    assert sum(int(count) for _, count in sparks[-1]) == held.counts()["assignments"]
