"""Real batches of the requester site: the report beside pandas, which reads the CSV itself.

The public ones were downloaded before anything was reviewed; here they are also reviewed as if
MTurk had done so when AutoApprovalTime came, but for every sixth assignment, which is rejected.
"""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed
from tests.mturk_exodus.audit.support import amount, audited, dollars, figure, rows
from tests.real.assembly import folder as public_folder

PUBLIC = public_folder() / "batch_csv"
CRAFTASSIST = "facebookresearch__craftassist__"
FILES = (
    f"{CRAFTASSIST}Batch_3449808_batch_results.csv",
    f"{CRAFTASSIST}mturk_free_generations_02_14.head200.results.csv",
)
REJECTED = "RejectionTime"
pytestmark = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)


@pytest.fixture(scope="module", params=FILES)
def batch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reviewed copy."""
    path = tmp_path_factory.mktemp("batch") / "Batch_1_batch_results.csv"
    with (PUBLIC / request.param).open(newline="", encoding="utf-8-sig") as given:
        header, *lines = csv.reader(given)
    places = {name: place for place, name in enumerate(header)}
    for number, line in enumerate(lines):
        status, column = ("Approved", "ApprovalTime") if number % 6 else ("Rejected", REJECTED)
        line[places["AssignmentStatus"]] = status
        line[places[column]] = line[places["AutoApprovalTime"]]
    with path.open("w", newline="", encoding="utf-8") as copy:
        csv.writer(copy, quoting=csv.QUOTE_ALL).writerows([header, *lines])
    return path


@pytest.fixture(scope="module")
def ingested(batch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("real") / "mturk.db"
    with Archive.create(path) as archive:
        report = Ingest(archive, installed()).run([str(batch)], lambda _: None)
        assert report.kept == 1
        assert list(verify(archive)) == []
    return path


@pytest.fixture(scope="module")
def frame(batch: Path) -> pd.DataFrame:
    cells = pd.read_csv(batch, dtype=str, keep_default_na=False)
    rewards = [Decimal(one.lstrip("$")) for one in cells["Reward"]]
    cells["reward"] = pd.Series(rewards, dtype=object)
    cells["day"] = [_day(one) for one in cells["ApprovalTime"]]
    return cells


def _day(text: str) -> str:
    """`Fri Nov 02 12:09:16 PDT 2018` as a day in UTC; pandas does not know these zones."""
    if not text:
        return ""
    *_, zone, _year = text.split()
    moment = pd.Timestamp(text.replace(f" {zone} ", " "))
    return str((moment + pd.Timedelta(hours={"PDT": 7, "PST": 8}[zone])).date())


def test_the_figures_are_those_of_pandas(ingested: Path, frame: pd.DataFrame) -> None:
    approved = frame[frame["AssignmentStatus"] == "Approved"]
    assert len(approved)
    with audited(ingested) as report:
        holdings, money = report.section("holdings"), report.section("money")
        assert figure(holdings, "assignments") == len(frame)
        assert figure(holdings, "hits") == frame["HITId"].nunique()
        assert figure(holdings, "workers") == frame["WorkerId"].nunique()
        for status, count in frame["AssignmentStatus"].value_counts().items():
            assert figure(holdings, f"assignments_{str(status).lower()}") == count
        assert dollars(money, "rewards") == approved["reward"].sum()
        seconds = approved["WorkTimeInSeconds"].astype(float)
        hourly = approved["reward"].astype(float) * 3600 / seconds
        for name, part in (("lower", 0.25), ("median", 0.5), ("upper", 0.75)):
            expected = hourly.quantile(part)
            assert float(dollars(money, f"hourly_{name}")) == pytest.approx(expected, abs=2e-6)


def test_fees_are_those_of_the_rule(ingested: Path, frame: pd.DataFrame) -> None:
    approved = frame[frame["AssignmentStatus"] == "Approved"]
    fees = [
        max(
            (reward * (Decimal("0.4") if int(most) >= 10 else Decimal("0.2"))).quantize(
                Decimal("0.01"), ROUND_HALF_UP
            ),
            Decimal("0.01"),
        )
        for reward, most in zip(approved["reward"], approved["MaxAssignments"], strict=True)
    ]
    with audited(ingested) as report:
        assert dollars(report.section("money"), "reward_fees") == sum(fees)
        assert figure(report.section("money"), "masters_unknown") == len(approved)


def test_the_payment_list_is_that_of_pandas(ingested: Path, frame: pd.DataFrame) -> None:
    approved = frame[frame["AssignmentStatus"] == "Approved"]
    expected = approved.groupby(["WorkerId", "day"])["reward"].sum().to_dict()
    with audited(ingested) as report:
        found = rows(report.section("money"), "payments")
        got = {(row["worker_id"], row["date"]): amount(row["amount"]) for row in found}
    assert got == expected


@pytest.mark.parametrize("name", FILES)
def test_what_was_downloaded_unreviewed_is_owed(name: str, tmp_path: Path) -> None:
    cells = pd.read_csv(PUBLIC / name, dtype=str, keep_default_na=False)
    rewards = sum((Decimal(one.lstrip("$")) for one in cells["Reward"]), Decimal(0))
    with Archive.create(tmp_path / "mturk.db") as archive:
        Ingest(archive, installed()).run([str(PUBLIC / name)], lambda _: None)
    with audited(tmp_path / "mturk.db") as report:
        money, risk = report.section("money"), report.section("at_risk")
        assert dollars(money, "rewards") == 0
        assert dollars(money, "pending_rewards") == dollars(money, "presumed_rewards") == rewards
        assert figure(risk, "unreviewed") == figure(risk, "approved_by_time") == len(cells)


def test_batches_and_workers_are_those_of_pandas(ingested: Path, frame: pd.DataFrame) -> None:
    by_worker = frame.groupby("WorkerId")["AssignmentId"].nunique().to_dict()
    annotations = frame["RequesterAnnotation"].str.extract(r"BatchId:(\d+);")[0]
    by_batch = frame.groupby(annotations)["HITId"].nunique().to_dict()
    with audited(ingested) as report:
        workers = rows(report.section("holdings"), "workers")
        batches = rows(report.section("holdings"), "batches")
    assert {row["worker_id"]: row["assignments"] for row in workers} == by_worker
    assert {row["batch_id"]: row["hits"] for row in batches} == by_batch
