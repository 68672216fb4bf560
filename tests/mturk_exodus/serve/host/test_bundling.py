"""How many HITs go into one visit, so that it pays enough."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, Raw
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.serve.host.bundling import Bundles, PaidBundles
from mturk_exodus.serve.host.desk import OfferedHIT
from tests.endurance.support import run

_BEGIN = 1_600_000_000


def build(path: Path, hits: int, reward: str | None, seconds: int | None) -> Path:
    ids = [f"3HIT{number:03}" for number in range(hits)]
    wires = [
        {"HITId": one, "HITTypeId": "3TYPE", "MaxAssignments": 2, "CreationTime": _BEGIN}
        | ({"Reward": reward} if reward else {})
        | {"Question": _PAGE}
        for one in ids
    ]
    done = [
        {"AssignmentId": f"3DONE{one}", "HITId": one, "AcceptTime": _BEGIN}
        | {"SubmitTime": _BEGIN + (seconds or 0), "AssignmentStatus": "Approved"}
        for one in ids
    ]
    with Archive.create(path) as archive, archive.transaction():
        made = runs.begin(archive, "test", {}, pass_id=None)
        writer = Writer(archive, made)
        for table, several in ((HITS, wires), (ASSIGNMENTS, done if seconds is not None else [])):
            writer.put(table, [Raw(json.dumps(one), one) for one in several], Origin("T", ""))
        runs.end(archive, made, "complete", "bundles")
    return path


_PAGE = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<form><input name="a"></form>]]>'
    "</HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)


def offered(count: int) -> list[OfferedHIT]:
    return [
        OfferedHIT(
            hit_id=f"3HIT{number:03}",
            hit_type_id="3TYPE",
            places=2,
            assignment_duration_in_seconds=3_600,
            auto_approval_delay_in_seconds=3_600,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("hits", "reward", "seconds", "sizes"),
    [
        (6, "0.05", 10, [3, 3]),
        (7, "0.05", 10, [3, 4]),
        (8, "0.05", 10, [3, 5]),
        (2, "0.05", 10, [2]),
        (3, "0.14", 60, [1, 1, 1]),
        (3, "0.05", 60, [1, 1, 1]),
        (5, "0.05", None, [2, 2, 1]),
        (5, None, 10, [2, 2, 1]),
        (0, "0.05", 10, []),
    ],
)
def test_as_many_hits_as_make_a_visit_pay_enough(
    tmp_path: Path, hits: int, reward: str | None, seconds: int | None, sizes: list[int]
) -> None:
    path = build(tmp_path / "mturk.db", max(hits, 1), reward, seconds)
    with Archive.open(path, read_only=True) as archive:
        bundles = PaidBundles(archive, 800, otherwise=2)
        visits = list(bundles.of("3TYPE", offered(hits)))
    assert [len(one) for one in visits] == sizes
    assert [hit for visit in visits for hit in visit] == offered(hits)


def test_bundles_are_of_one_size_but_for_the_last() -> None:
    assert [len(one) for one in Bundles(3).of("3TYPE", offered(7))] == [3, 3, 1]


def test_links_say_it_on_the_command_line(tmp_path: Path) -> None:
    archive = build(tmp_path / "mturk.db", 7, "0.05", 10)
    chosen = ("--links", "--json", "--assignments", "2", "--least-per-hour")
    done = run("host", "--archive", archive, *chosen, "8.00")
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(one["hit_ids"]) for one in said] == [3, 4]
    refused = run("host", "--archive", archive, *chosen, "eight")
    assert refused.returncode == 2
    assert "an amount like 8.00" in refused.stderr
