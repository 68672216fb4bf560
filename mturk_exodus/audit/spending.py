"""What was paid when, to whom, and how much an hour."""

from __future__ import annotations

from mturk_exodus.audit import months
from mturk_exodus.audit.amounts import MILLIONTHS, NO_AMOUNT, decimal
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Drawing, Kind, Picture, Table

_BINS = 31
"""Of a dollar an hour each; the last one holds everything from $30 on."""

_PAYMENTS = """
create temp table payment as
    select study_no, worker_no, day, sum(is_reward) as assignments, sum(reward) as reward,
        sum(bonus) as bonus, sum(is_unknown) as unknown
    from (select study_no, worker_no, reviewed as day, 1 as is_reward,
            coalesce(reward, 0) as reward, 0 as bonus, reward is null as is_unknown
        from piece where status = 'Approved' and not is_new
        union all
        select study_no, worker_no, day, 0, 0, coalesce(amount, 0), amount is null from bonus)
    group by study_no, worker_no, day;
create temp table month as
    select substr(day, 1, 7) as month, sum(assignments) as assignments, sum(reward) as rewards,
        sum(bonus) as bonuses, sum(fee) as fees
    from (select reviewed as day, 1 as assignments, reward, 0 as bonus, fee
        from piece where status = 'Approved' and not is_new
        union all select day, 0, 0, amount, fee from bonus)
    group by 1 order by 1
"""


def prepare(bench: Bench) -> None:
    """temp.payment and temp.month."""
    bench.make(_PAYMENTS)


def months_table(bench: Bench) -> Table:
    """Rewards, bonuses and fees, by month."""
    rows = list(
        bench.rows(
            "select coalesce(month, 'unknown'), assignments, coalesce(rewards, 0),"
            " coalesce(bonuses, 0), coalesce(fees, 0),"
            " coalesce(rewards, 0) + coalesce(bonuses, 0) + coalesce(fees, 0) from month"
            " order by month is null, month"
        )
    )
    return Table.of(
        "months",
        "Money by month",
        "By the month of approval or of the bonus, in UTC.",
        (
            Column("month", "month", Kind.TIME),
            Column("assignments", "approved", Kind.COUNT),
            Column("rewards", "rewards", Kind.MONEY),
            Column("bonuses", "bonuses", Kind.MONEY),
            Column("fees", "fees", Kind.MONEY),
            Column("total", "total", Kind.MONEY),
        ),
        rows,
    )


def payments(bench: Bench) -> Table:
    """The list that purchasing offices ask for: worker, date, amount, by study."""
    query = (
        f"select coalesce(study.title, ''), {bench.worker}, coalesce(day, 'unknown'), assignments,"
        " reward, bonus, reward + bonus, unknown from payment left join person using (worker_no)"
        " left join study using (study_no) order by study_no is null, study_no, worker_no, day"
    )
    return Table(
        "payments",
        "Payment list",
        "One row for each study, worker and day (UTC): rewards of assignments approved, and bonuses"
        " paid, on that day. MTurk's fees are not in it, nor what was paid elsewhere. Where an"
        f" amount is not known it is not in the sum; the last column counts these: {NO_AMOUNT}.",
        (
            Column("study", "study", Kind.TEXT, is_detail=not bench.studies),
            Column("worker_id", "worker", Kind.WORKER),
            Column("date", "date", Kind.TIME),
            Column("assignments", "assignments", Kind.COUNT),
            Column("reward", "reward", Kind.MONEY),
            Column("bonus", "bonus", Kind.MONEY),
            Column("amount", "amount", Kind.MONEY),
            Column("unknown", "amounts not known", Kind.COUNT, is_detail=True),
        ),
        bench.one("select count(*) from payment"),
        lambda: bench.rows(query),
    )


def by_month(bench: Bench) -> Picture:
    """Money over time."""
    rows = list(
        bench.rows(
            "select month, coalesce(rewards, 0), coalesce(bonuses, 0), coalesce(fees, 0) from month"
            " where month is not null"
        )
    )
    places = months.axis(row[0] for row in rows)
    series = tuple(
        (name, months.along(places, {row[0]: row[which] for row in rows}))
        for which, name in enumerate(("rewards", "bonuses", "fees"), 1)
    )
    return Picture(
        "money_by_month",
        "Money over time",
        "By the month of approval or of the bonus; fees as computed.",
        Drawing.BARS,
        Kind.MONEY,
        places,
        series,
    )


def hourly_pay(bench: Bench, threshold: int) -> Picture:
    """How many assignments were paid how much an hour."""
    counts = dict(
        bench.rows(
            f"select min(hourly / {MILLIONTHS}, {_BINS - 1}), count(*) from piece"
            " where hourly is not null group by 1"
        )
    )
    return Picture(
        "hourly_pay",
        "Hourly pay",
        "Approved assignments by dollars an hour; all from $30 on stand in the last bar.",
        Drawing.BARS,
        Kind.COUNT,
        (*(f"${one}" for one in range(_BINS - 1)), f"${_BINS - 1}+"),
        (("assignments", tuple(counts.get(one, 0) for one in range(_BINS))),),
        (min(threshold / MILLIONTHS, _BINS), f"${decimal(threshold)}"),
    )
