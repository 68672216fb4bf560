"""Datasette shows an archive."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.datasets.datasette import metadata
from tests.readers.conftest import Held

pytestmark = pytest.mark.live

_STARTED = re.compile(r"running on (http://127\.0\.0\.1:[0-9]+)")


@pytest.fixture(scope="module")
def datasette(readers: Path, held: Held) -> Iterator[httpx.Client]:
    """A client of a Datasette that shows the archive, and was told what is what."""
    told = held.path.with_name("metadata.json")
    with Archive.open(held.path, read_only=True) as archive:
        told.write_text(json.dumps(metadata(archive)), encoding="utf-8")
    server = subprocess.Popen(
        [
            *(readers / "datasette", held.path, "--metadata", told),
            *("--port", "0", "--setting", "sql_time_limit_ms", "5000"),
        ],
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


def test_tables_are_explained_and_what_programs_need_is_hidden(datasette: httpx.Client) -> None:
    page = datasette.get("/demo").raise_for_status().text
    hits = datasette.get("/demo/hits").raise_for_status().text

    assert "worker ids and answers are personal data" in datasette.get("/").text
    assert "/demo/assignments" in page
    assert "/demo/question_parts" not in page
    assert "a row for each HIT: a task that was offered to workers" in hits
    assert "US dollars for one approved assignment" in hits


def test_the_latest_work_comes_first_with_its_statuses(datasette: httpx.Client, held: Held) -> None:
    asked = {"_shape": "objects", "_size": "max"}
    said = datasette.get("/demo/assignments.json", params=asked).raise_for_status().json()

    times = [row["submit_time"] for row in said["rows"]]
    assert times == sorted(times, reverse=True)
    facets = said["facet_results"]
    statuses = facets.get("results", facets)["assignment_status"]["results"]
    assert sum(one["count"] for one in statuses) == held.counts()["assignments"]


def test_queries_that_people_want_are_there(datasette: httpx.Client) -> None:
    for query in ("work_by_hit_type", "pay_by_worker", "work_by_month"):
        said = datasette.get(f"/demo/{query}.json", params={"_shape": "objects"})
        assert said.raise_for_status().json()["rows"], query
    page = datasette.get("/demo/answers_of_a_hit")
    assert page.status_code == httpx.codes.OK
    assert 'name="hit_id"' in page.text
