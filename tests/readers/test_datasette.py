"""Datasette shows an archive."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.readers.conftest import Held

pytestmark = pytest.mark.live

_STARTED = re.compile(r"running on (http://127\.0\.0\.1:[0-9]+)")


@pytest.fixture(scope="module")
def datasette(readers: Path, held: Held) -> Iterator[httpx.Client]:
    """A client of a Datasette that shows the archive."""
    server = subprocess.Popen(
        [readers / "datasette", held.path, "--port", "0", "--setting", "sql_time_limit_ms", "5000"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        said = (_STARTED.search(line) for line in server.stderr)
        url = next(found[1] for found in said if found)
        with closing(httpx.Client(base_url=url, trust_env=False, timeout=30)) as client:
            yield client
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_it_shows_every_table(datasette: httpx.Client, held: Held) -> None:
    database = datasette.get("/demo.json").raise_for_status().json()

    shown = {table["name"]: table["count"] for table in database["tables"]}
    counts = held.counts()
    assert {name: shown[name] for name in counts} == counts
    assert held.view_counts().keys() <= {view["name"] for view in database["views"]}


@pytest.mark.parametrize("table", ["hits", "assignments", "qualifications", "bonus_payments"])
def test_a_table_has_a_page(datasette: httpx.Client, held: Held, table: str) -> None:
    page = datasette.get(f"/demo/{table}")
    rows = datasette.get(f"/demo/{table}.json", params={"_size": "1"}).raise_for_status().json()

    assert page.status_code == httpx.codes.OK
    assert f"{held.counts()[table]:,} rows" in page.text
    assert rows["filtered_table_rows_count"] == held.counts()[table]


@pytest.mark.parametrize("view", ["hit_counts", "review_results", "review_actions"])
def test_a_view_has_a_page(datasette: httpx.Client, held: Held, view: str) -> None:
    page = datasette.get(f"/demo/{view}")
    rows = datasette.get(f"/demo/{view}.json").raise_for_status().json()

    assert page.status_code == httpx.codes.OK
    assert rows["filtered_table_rows_count"] == held.view_counts()[view] > 0


def test_the_counters_agree_with_what_is_held(datasette: httpx.Client, held: Held) -> None:
    agree = "sum(assignments_expected = assignments_held) as agree"
    query = f"select count(*) as hits, sum(assignments_held) as held, {agree}"
    asked = {"sql": f"{query} from hit_counts", "_shape": "objects"}

    (row,) = datasette.get("/demo.json", params=asked).raise_for_status().json()["rows"]

    counts = held.counts()
    assert row == {"hits": counts["hits"], "held": counts["assignments"], "agree": counts["hits"]}
