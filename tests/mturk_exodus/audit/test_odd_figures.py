"""Figures on times that cannot be, and on amounts that nobody knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mturk_exodus.audit.report import Section
from tests.mturk_exodus.audit.support import amount, audited, dollars, figure, rows

ACCEPTED = "2020-05-21T10:10:00.000Z"


@contextmanager
def changed(archive: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(archive)) as connection, connection:
        yield connection


def how(section: Section, name: str) -> str:
    """How a figure was computed."""
    return next(one.how for one in section.figures if one.name == name)


def take(archive: Path, *times: str) -> None:
    """Let every assignment have no time, but for as many as are told: when they were submitted."""
    with changed(archive) as connection:
        connection.execute("update hits set hit_type_id = (select min(hit_type_id) from hits)")
        connection.execute("update assignments set accept_time = null, submit_time = null")
        for number, submitted in enumerate(times):
            connection.execute(
                "update assignments set accept_time = ?, submit_time = ? where assignment_id ="
                " (select assignment_id from assignments order by 1 limit 1 offset ?)",
                [ACCEPTED, f"2020-05-21T{submitted}.000Z", number],
            )


def test_times_that_run_backwards_are_neither_fast_nor_slow(archive: Path) -> None:
    take(archive, "10:00:00", "10:00:00", "10:05:00", "10:09:00")
    with audited(archive) as report:
        quality = report.section("quality")
        assert (figure(quality, "fast"), figure(quality, "slow")) == (None, None)
        assert figure(quality, "no_time") == 4
        assert rows(quality, "speed_outliers") == []
        for name in ("hit_types", "workers"):
            assert sum(int(row["fast"] or 0) for row in rows(report.section("holdings"), name)) == 0


def test_medians_are_of_the_times_that_can_be(archive: Path) -> None:
    take(archive, "10:00:00", "10:10:00", "10:20:00", "10:20:00", "10:20:00", "10:11:00")
    with audited(archive) as report:
        quality = report.section("quality")
        assert figure(quality, "no_time") == 2
        assert (figure(quality, "fast"), figure(quality, "slow")) == (0.25, 0.0)
        assert [row["median"] for row in rows(quality, "speed_outliers")] == [600_000]
        said = [how(quality, "fast"), how(quality, "slow")]
        assert all("4" in one and "after AcceptTime" in one for one in said)
        assert (
            sum(int(row["fast"] or 0) for row in rows(report.section("holdings"), "workers")) == 1
        )


def test_a_month_of_unknown_bonuses_has_the_sums_of_the_payment_list(archive: Path) -> None:
    with changed(archive) as connection:
        connection.execute(
            "update bonus_payments set bonus_amount = 'some', grant_time ="
            " '2031-05-21T12:00:00.000Z' where bonus_payment_id < 4"
        )
    with audited(archive) as report:
        money = report.section("money")
        months = rows(money, "months")
        (odd,) = (row for row in months if row["month"] == "2031-05")
        assert (odd["assignments"], odd["bonuses"], odd["total"]) == (0, 0, 0)
        assert sum(amount(row["total"]) for row in months) == dollars(money, "total")


def test_sums_say_of_how_many_amounts_they_are(archive: Path) -> None:
    with audited(archive) as report:
        whole = report.section("money")
    with changed(archive) as connection:
        (hit_id, gone) = connection.execute(
            "select hit_id, count(*) from assignments where assignment_status = 'Approved'"
            " group by hit_id limit 1"
        ).fetchone()
        connection.execute("update hits set reward = '100000.00' where hit_id = ?", [hit_id])
        connection.execute(
            "update bonus_payments set bonus_amount = '-1' where bonus_payment_id ="
            " (select min(bonus_payment_id) from bonus_payments)"
        )
        approved, bonuses = connection.execute(
            "select (select count(*) from assignments where assignment_status = 'Approved'),"
            " (select count(*) from bonus_payments)"
        ).fetchone()
    assert f"over {approved:,} Approved assignments" in how(whole, "rewards")
    assert "known" not in how(whole, "rewards") + how(whole, "bonuses")
    with audited(archive) as report:
        money = report.section("money")
        assert (
            f"over {approved - gone:,} of {approved:,} Approved assignments at MTurk, whose reward"
            " is known" in how(money, "rewards")
        )
        assert f"over {bonuses - 1:,} of {bonuses:,} of MTurk's bonuses" in how(money, "bonuses")
        assert "$100,000" in how(money, "bonuses")
        assert "$100,000" in how(money, "rewards_unknown")


def test_rewards_of_unreviewed_work_say_how_many_are_known(archive: Path) -> None:
    with changed(archive) as connection:
        hit_id, gone = connection.execute(
            "select hit_id, count(*) from assignments where assignment_status = 'Submitted'"
            " group by hit_id limit 1"
        ).fetchone()
        connection.execute("update hits set reward = null where hit_id = ?", [hit_id])
        (submitted,) = connection.execute(
            "select count(*) from assignments where assignment_status = 'Submitted'"
        ).fetchone()
    with audited(archive) as report:
        said = how(report.section("money"), "pending_rewards")
    assert f"over {submitted - gone:,} of {submitted:,} Submitted assignments" in said
