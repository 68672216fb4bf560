"""Every kind of figure, held against plain SQL and the standard library on the invented account."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive.payments import Line, Payment, Payments
from mturk_exodus.archive.verify import verify
from mturk_exodus.audit import audit
from mturk_exodus.audit.report import Report, Value
from mturk_exodus.audit.studies_file import Study
from mturk_exodus.privacy.forget import Forgetting
from tests.mturk_exodus.audit.support import (
    AS_OF,
    amount,
    at_prolific,
    audited,
    dollars,
    figure,
    host_work,
    rows,
    settings,
)

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
PAID = """
    select reward, max_assignments, qualification_requirements like '%' || ? || '%',
        approval_time, worker_id, hit_type_id, accept_time, submit_time, assignment_id
    from assignments join hits using (hit_id) where assignment_status = 'Approved'
"""


@pytest.fixture
def report(demo: Path) -> Iterator[Report]:
    with audited(demo) as made:
        yield made


@pytest.fixture
def plain(demo: Path) -> Iterator[sqlite3.Connection]:
    """The archive as anybody reads it."""
    with closing(sqlite3.connect(f"file:{demo}?mode=ro", uri=True)) as connection:
        yield connection


def fee(reward: Decimal, assignments: int, masters: int) -> Decimal:
    """The published rule since 2015."""
    share = Decimal("0.4") if assignments >= 10 else Decimal("0.2")
    share += Decimal("0.05") if masters else 0
    rounded = (reward * share).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return max(rounded, Decimal("0.01"))


def paid(plain: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return plain.execute(PAID, [MASTERS]).fetchall()


def seconds(accepted: str, submitted: str) -> float:
    begin, end = (
        datetime.fromisoformat(one.replace("Z", "+00:00")) for one in (accepted, submitted)
    )
    return (end - begin).total_seconds()


def test_holdings(report: Report, plain: sqlite3.Connection) -> None:
    holdings = report.section("holdings")
    for name in ("hits", "hit_types", "qualifications", "bonus_payments", "uploads"):
        (count,) = plain.execute(f"select count(*) from {name}").fetchone()  # noqa: S608 - ours
        assert figure(holdings, name) == count > 0
    statuses = plain.execute("select assignment_status, count(*) from assignments group by 1")
    for status, count in statuses:
        assert figure(holdings, f"assignments_{status.lower()}") == count
    (workers,) = plain.execute("select count(distinct worker_id) from assignments").fetchone()
    assert figure(holdings, "workers") == workers == len(rows(holdings, "workers"))


def test_rewards_bonuses_and_fees(report: Report, plain: sqlite3.Connection) -> None:
    money = report.section("money")
    work = paid(plain)
    bonuses = [Decimal(one) for (one,) in plain.execute("select bonus_amount from bonus_payments")]
    assert dollars(money, "rewards") == sum(Decimal(one[0]) for one in work)
    assert dollars(money, "bonuses") == sum(bonuses)
    assert dollars(money, "reward_fees") == sum(fee(Decimal(one[0]), *one[1:3]) for one in work)
    assert dollars(money, "bonus_fees") == sum(fee(one, 1, 0) for one in bonuses)
    parts = ("rewards", "bonuses", "reward_fees", "bonus_fees")
    assert dollars(money, "total") == sum(dollars(money, one) for one in parts)
    assert {one[2] for one in work} == {0, 1}, "the account must have both kinds"


def test_the_payment_list_is_exact_and_whole(report: Report, plain: sqlite3.Connection) -> None:
    expected: dict[tuple[Value, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for reward, _, _, approved, worker, *_ in paid(plain):
        expected[worker, approved[:10]][0] += Decimal(reward)
    for worker, paid_at, bonus in plain.execute(
        "select worker_id, grant_time, bonus_amount from bonus_payments"
    ):
        expected[worker, paid_at[:10]][1] += Decimal(bonus)
    got = {
        (row["worker_id"], row["date"]): [amount(row["reward"]), amount(row["bonus"])]
        for row in rows(report.section("money"), "payments")
    }
    assert got == expected


def test_hourly_pay_has_the_quartiles_of_the_standard_library(
    report: Report, plain: sqlite3.Connection
) -> None:
    bonuses: Counter[str] = Counter()
    for assignment, bonus in plain.execute(
        "select assignment_id, bonus_amount from bonus_payments"
    ):
        bonuses[assignment] += int(Decimal(bonus) * 100)
    by_type: dict[str, list[float]] = defaultdict(list)
    for reward, _, _, _, _, hit_type, accepted, submitted, assignment in paid(plain):
        cents = int(Decimal(reward) * 100) + bonuses[assignment]
        by_type[hit_type].append(cents / 100 * 3600 / seconds(accepted, submitted))
    everything = [one for several in by_type.values() for one in several]
    expected = statistics.quantiles(everything, n=4, method="inclusive")
    money = report.section("money")
    got = [float(dollars(money, f"hourly_{name}")) for name in ("lower", "median", "upper")]
    assert got == pytest.approx(expected, abs=2e-6)
    below = sum(one < 7.25 for one in everything) / len(everything)
    assert figure(money, "below_threshold") == pytest.approx(below)
    for row in rows(report.section("holdings"), "hit_types"):
        median = statistics.median(by_type[str(row["hit_type_id"])])
        assert float(amount(row["hourly_median"])) == pytest.approx(median, abs=2e-6)


def test_the_sums_of_every_breakdown_are_the_whole(report: Report) -> None:
    holdings, money = report.section("holdings"), report.section("money")
    for name in ("hit_types", "workers"):
        found = rows(holdings, name)
        assert sum(amount(row["rewards"]) for row in found) == dollars(money, "rewards")
        assert sum(amount(row["bonuses"]) for row in found) == dollars(money, "bonuses")
        fees = dollars(money, "reward_fees") + dollars(money, "bonus_fees")
        assert sum(amount(row["fees"]) for row in found) == fees
        assert sum(int(row["assignments"] or 0) for row in found) == figure(holdings, "assignments")
    months = rows(money, "months")
    assert sum(amount(row["total"]) for row in months) == dollars(money, "total")


def test_what_is_at_risk(report: Report, plain: sqlite3.Connection) -> None:
    risk = report.section("at_risk")
    due = [
        min(one[:10], "2026-10-30")
        for (one,) in plain.execute(
            "select auto_approval_time from assignments where assignment_status = 'Submitted'"
        )
    ]
    assert figure(risk, "unreviewed") == len(due) > 0
    assert figure(risk, "approved_by_time") == sum(one < AS_OF for one in due)
    assert figure(risk, "review_by") == min(one for one in due if one >= AS_OF)
    assert {row["date"]: row["assignments"] for row in rows(risk, "unreviewed")} == Counter(due)
    earliest = (date.fromisoformat(AS_OF) - timedelta(days=30)).isoformat()
    (overturnable,) = plain.execute(
        "select count(*) from assignments where assignment_status = 'Rejected'"
        " and substr(submit_time, 1, 10) >= ?",
        [earliest],
    ).fetchone()
    assert figure(risk, "overturnable") == overturnable > 0


def test_disposal_is_120_days_after_a_hit_can_be_worked_on_no_more(
    report: Report, plain: sqlite3.Connection
) -> None:
    expected: Counter[str] = Counter()
    for expires, open_, last in plain.execute(
        "select substr(expiration, 1, 10), number_of_assignments_available"
        " + number_of_assignments_pending, (select max(substr(submit_time, 1, 10))"
        " from assignments where assignments.hit_id = hits.hit_id) from hits"
    ):
        since = min(expires, last) if open_ == 0 and last else expires
        day = (date.fromisoformat(since) + timedelta(days=120)).isoformat()
        expected[min(day, "2027-01-28")[:7]] += 1
    got: Counter[str] = Counter()
    for row in rows(report.section("at_risk"), "disposals"):
        got[str(row["month"])] += int(row["hits"] or 0)
    assert got == expected


def test_coverage(report: Report, plain: sqlite3.Connection) -> None:
    work = dict(
        plain.execute("select substr(submit_time, 1, 7), count(*) from assignments group by 1")
    )
    found = rows(report.section("coverage"), "coverage")
    got = {row["month"]: row["work_requester_api"] for row in found if row["work_requester_api"]}
    assert got == work


def test_quality_signals(report: Report, plain: sqlite3.Connection) -> None:
    by_type: dict[str, list[float]] = defaultdict(list)
    for hit_type, accepted, submitted in plain.execute(
        "select hit_type_id, accept_time, submit_time from assignments join hits using (hit_id)"
    ):
        by_type[hit_type].append(seconds(accepted, submitted))
    fast = sum(
        one * 3 < statistics.median(several) for several in by_type.values() for one in several
    )
    quality = report.section("quality")
    found = rows(quality, "speed_outliers")
    assert sum(row["kind"] == "fast" for row in found) == fast > 0
    rejected, reviewed = plain.execute(
        "select sum(assignment_status = 'Rejected'), sum(assignment_status <> 'Submitted')"
        " from assignments"
    ).fetchone()
    assert figure(quality, "rejected_share") == pytest.approx(rejected / reviewed)


def test_agreement_is_krippendorffs_alpha_by_its_definition(
    report: Report, plain: sqlite3.Connection
) -> None:
    """1 - observed / expected disagreement, summed by hand over pairs of answers."""
    found = rows(report.section("quality"), "agreement")
    assert found
    for row in found[:5]:
        units: dict[str, list[str]] = defaultdict(list)
        for hit_id, value in plain.execute(
            "select hit_id, group_concat(value, char(31)) from answers"
            " join assignments using (assignment_id) join hits using (hit_id)"
            " where hit_type_id = ? and field = ? and value is not null group by assignment_id",
            [row["hit_type_id"], row["field"]],
        ):
            units[hit_id].append(value)
        assert row["alpha"] == _alpha([one for one in units.values() if len(one) > 1])


def _alpha(units: list[list[str]]) -> Any:  # noqa: ANN401 - what pytest.approx gives
    values = [value for unit in units for value in unit]
    total, counts = len(values), Counter(values)
    observed = sum(
        sum(one != other for one in unit for other in unit) / (len(unit) - 1) for unit in units
    )
    expected = (total**2 - sum(count**2 for count in counts.values())) / (total - 1)
    return pytest.approx(1 - observed / expected) if expected else None


def test_studies_have_the_figures_of_their_parts(demo: Path, plain: sqlite3.Connection) -> None:
    first, second = (one for (one,) in plain.execute("select hit_type_id from hit_types limit 2"))
    studies = (Study("One", hit_types=(first,)), Study("Two", hit_types=(second, "3NOTHELD")))
    with audited(demo, settings(studies=studies)) as report:
        section, holdings = report.section("studies"), report.section("holdings")
        types = {row["hit_type_id"]: row for row in rows(holdings, "hit_types")}
        found = {row["study"]: row for row in rows(section, "studies")}
        for title, hit_type in (("One", first), ("Two", second)):
            for name in ("assignments", "approved", "rewards", "bonuses", "fees", "hourly_median"):
                assert found[title][name] == types[hit_type][name]
        assert figure(section, "not_held") == 1
        assert {row["study"] for row in rows(report.section("money"), "payments")} <= {
            "One",
            "Two",
            "",
        }


def test_new_work_is_counted_apart_and_costs_nothing(archive: Path) -> None:
    with audited(archive) as before:
        money = {one.name: one.value for one in before.section("money").figures}
        held = {one.name: one.value for one in before.section("holdings").figures}
    with closing(sqlite3.connect(archive)) as connection:
        (hit_id,) = connection.execute("select min(hit_id) from hits").fetchone()
    host_work(archive, hit_id, "prolific", "prolific", None)
    with audited(archive) as after:
        holdings = after.section("holdings")
        assert figure(holdings, "new_work") == 3
        for name in ("assignments", "assignments_submitted", "last_submitted"):
            assert figure(holdings, name) == held[name]
        assert {one.name: one.value for one in after.section("money").figures} == money
        found = {row["panel"]: row for row in rows(holdings, "new_work")}
        assert (found["prolific"]["assignments"], found["prolific"]["sessions"]) == (2, 2)
        assert (found[None]["source"], found[None]["assignments"]) == ("host", 1)


def test_what_prolific_was_paid_is_no_money_of_mturks(archive: Path) -> None:
    with audited(archive) as before:
        money = {one.name: one.value for one in before.section("money").figures}
        pace = [row["median"] for row in rows(before.section("quality"), "speed_outliers")]
    with closing(sqlite3.connect(archive)) as connection:
        (hit_id,) = connection.execute("select min(hit_id) from hits").fetchone()
    host_work(archive, hit_id, *["prolific"] * 9)
    at_prolific(archive, hit_id)
    with audited(archive) as after:
        assert {one.name: one.value for one in after.section("money").figures} == money
        assert figure(after.section("holdings"), "new_work") == 10
        assert [row["median"] for row in rows(after.section("quality"), "speed_outliers")] == pace


def test_what_targets_were_told_to_pay_stands_apart(archive: Path) -> None:
    pounds = (Decimal("1.10"), Decimal("0.33"), Decimal("0.07"), Decimal("1.50"))
    lines = [Line("participant", pounds[0], "thanks")]
    with Archive.open(archive) as opened, audited(archive) as before:
        money = {one.name: one.value for one in before.section("money").figures}
        book = Payments(opened, ledger.begin(opened, "prolific", "account", "bonus", {}))
        numbers = [
            book.intend(Payment("study", f"set-up {n}", "GBP", *pounds, lines, {}))
            for n in range(3)
        ]
        for number, outcome in zip(numbers, ("paid", "not paid"), strict=False):
            book.settle(number, outcome, "")
    with audited(archive) as after:
        replay = after.section("replay")
        assert figure(replay, "payments_unknown") == 1
        found = rows(replay, "payments")
        assert [row["outcome"] for row in found] == ["unknown", "not paid", "paid"]
        told = [found[0][name] for name in ("currency", "amount", "fees", "vat", "total")]
        assert told == ["GBP", "1.10", "0.33", "0.07", "1.50"]
        assert {one.name: one.value for one in after.section("money").figures} == money


def test_the_payment_list_counts_what_it_cannot_add_up(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        (hit_id,) = connection.execute(
            "select min(hit_id) from assignments where assignment_status = 'Approved'"
        ).fetchone()
        connection.execute("update hits set reward = 'a lot' where hit_id = ?", [hit_id])
    with audited(archive) as report:
        money = report.section("money")
        lacking = figure(money, "rewards_unknown")
        assert sum(int(row["unknown"] or 0) for row in rows(money, "payments")) == lacking != 0


def test_what_was_forgotten_is_not_missed_and_new_work_hides_no_gap(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        hit_id, worker_id = connection.execute(
            "select hit_id, worker_id from assignments order by hit_id limit 1"
        ).fetchone()
    with Archive.open(archive) as opened, opened.writing():
        Forgetting(opened, worker_id).run()
    lacks = [("holdings", "assignments_missing"), ("at_risk", "past_saving")]
    lacks += [("holdings", "hits_with_gaps"), ("at_risk", "can_be_completed")]
    with audited(archive) as report:
        assert [figure(report.section(section), name) for section, name in lacks] == [0, 0, 0, 0]
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("delete from forgotten_assignments where hit_id = ?", [hit_id])
    host_work(archive, hit_id, "prolific")
    with audited(archive, settings("2027-06-01")) as report:
        assert [figure(report.section(section), name) for section, name in lacks] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ([{"QualificationTypeId": MASTERS, "Comparator": "Exists"}], 25),
        ([{"QualificationTypeId": MASTERS, "Comparator": "DoesNotExist"}], 20),
        ([{"QualificationTypeId": 5}], 20),
        ([1, 2, None], 20),
        ({"a": 1}, 20),
        ("x", 20),
    ],
)
def test_masters_are_those_that_hits_call_for_whatever_a_file_says(
    archive: Path, requirements: object, expected: int
) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("update hits set max_assignments = 1, reward = '1.00'")
        connection.execute(
            "update hit_types set qualification_requirements = ?", [json.dumps(requirements)]
        )
    with audited(archive) as report:
        money = report.section("money")
        assert dollars(money, "reward_fees") * 100 == dollars(money, "rewards") * expected


def test_a_report_changes_nothing(archive: Path) -> None:
    before = hashlib.sha256(archive.read_bytes()).hexdigest()
    with audited(archive) as report:
        for section in report.sections:
            for one in section.tables:
                assert len(list(one.read())) == one.total
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == before
    with Archive.open(archive) as opened:
        assert list(verify(opened)) == []


def test_every_figure_table_and_picture_says_how_it_was_computed(report: Report) -> None:
    for section in report.sections:
        hows = [
            *(one.how for one in section.figures),
            *(one.how for one in section.tables),
            *(one.how for one in section.pictures),
        ]
        assert not [how for how in hows if len(how) <= 10]
        names = [one.name for one in section.figures]
        assert len(set(names)) == len(names)


def test_an_empty_archive_has_a_report(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db"):
        pass
    with audited(tmp_path / "mturk.db") as report:
        assert figure(report.section("holdings"), "assignments") == 0
        assert dollars(report.section("money"), "total") == 0
        assert figure(report.section("money"), "hourly_median") is None


def test_numbers_that_tables_are_joined_by_have_a_type(demo: Path) -> None:
    """SQLite uses no index to join a column of a type with one of none, and takes hours instead."""
    with Archive.open(demo, read_only=True) as archive, audit(archive, settings()):
        made = archive.connection.execute(
            "select name, sql from temp.sqlite_schema where type = 'table'"
        ).fetchall()
    assert len(made) > 20
    untyped = re.compile(r"[(,\s]\w*no\s*[,)]")
    assert [name for name, sql in made if untyped.search(sql)] == []
