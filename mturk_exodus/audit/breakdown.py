"""The same figures for each HIT type, batch, worker and study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mturk_exodus.audit import quartiles
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Kind, Row, Table

FAST = 3
"""Work is called fast if it took less than this part of its HIT type's median."""

HOW = (
    "Assignments at MTurk by status; new work is what was collected elsewhere since. Rewards are"
    " of approved assignments, bonuses as recorded, fees as computed. Workers, and the"
    " first and the last day, are of both. Hourly pay is"
    " (reward + bonus) / (SubmitTime - AcceptTime) of approved work. Fast is less than a third of"
    " the HIT type's median time. Both are of work whose SubmitTime is after AcceptTime. The most"
    " assignments stand first."
)

_COLUMNS = (
    Column("assignments", "assignments", Kind.COUNT),
    Column("submitted", "unreviewed", Kind.COUNT, is_detail=True),
    Column("approved", "approved", Kind.COUNT),
    Column("rejected", "rejected", Kind.COUNT, is_detail=True),
    Column("rejected_share", "rejected share", Kind.SHARE),
    Column("new_work", "new work", Kind.COUNT, is_detail=True),
    Column("workers", "workers", Kind.COUNT),
    Column("rewards", "rewards", Kind.MONEY),
    Column("bonuses", "bonuses", Kind.MONEY),
    Column("fees", "fees", Kind.MONEY),
    Column("fees_unknown", "fees not computed", Kind.COUNT, is_detail=True),
    Column("hourly_lower", "lower quartile of hourly pay", Kind.HOURLY, is_detail=True),
    Column("hourly_median", "median hourly pay", Kind.HOURLY),
    Column("hourly_upper", "upper quartile of hourly pay", Kind.HOURLY, is_detail=True),
    Column("fast", "fast", Kind.COUNT, is_detail=True),
    Column("first_submitted", "first", Kind.TIME, is_detail=True),
    Column("last_submitted", "last", Kind.TIME),
)

_OF_ONE = tuple(replace(one, is_detail=True) if one.name == "workers" else one for one in _COLUMNS)
"""Of one worker nobody needs to see how many workers they are."""

_MAKE = """
create temp table piece_by_{key} as
    select {key} as no, sum(not is_new) as assignments,
        sum(status = 'Submitted' and not is_new) as submitted,
        sum(status = 'Approved' and not is_new) as approved,
        sum(status = 'Rejected' and not is_new) as rejected,
        sum(is_new) as new_work, count(distinct worker_no) as workers,
        sum(iif(status = 'Approved' and not is_new, reward, 0)) as rewards, sum(fee) as fees,
        sum(status = 'Approved' and not is_new and fee is null) as fees_unknown,
        sum(not is_new and took * {fast} < pace.median) as fast,
        min(submitted) as first_submitted, max(submitted) as last_submitted
    from piece left join took_of_type_no as pace on pace.no = type_no
    where {key} is not null group by {key};
create unique index temp.piece_by_{key}_no on piece_by_{key} (no);
create temp table bonus_by_{key} as
    select {key} as no, sum(amount) as amount, sum(fee) as fee, sum(fee is null) as fees_unknown
    from bonus where {key} is not null group by {key};
create unique index temp.bonus_by_{key}_no on bonus_by_{key} (no)
"""

_READ = """
    select {called}, {hits} coalesce(assignments, 0), coalesce(submitted, 0),
        coalesce(approved, 0), coalesce(rejected, 0),
        iif(approved + rejected > 0, 1.0 * rejected / (approved + rejected), null),
        coalesce(new_work, 0), coalesce(workers, 0), coalesce(rewards, 0),
        coalesce(bonus_by_{key}.amount, 0),
        coalesce(fees, 0) + coalesce(bonus_by_{key}.fee, 0),
        coalesce(piece_by_{key}.fees_unknown, 0) + coalesce(bonus_by_{key}.fees_unknown, 0),
        pay.lower, pay.median, pay.upper, coalesce(fast, 0), first_submitted, last_submitted
    from {whose}
    left join piece_by_{key} on piece_by_{key}.no = {key}
    left join bonus_by_{key} on bonus_by_{key}.no = {key}
    left join hourly_of_{key} as pay on pay.no = {key}
    {joined} order by coalesce(assignments, 0) + coalesce(new_work, 0) desc, {key}
"""


@dataclass(frozen=True)
class Grouping:
    """One way of breaking figures down.

    Attributes:
        key: a column of temp.piece.
        whose: the temporary table that tells what each number is called.
        called: SQL for that.
        columns: of what `called` selects.
        has_hits: whether HITs belong to one group each.
    """

    name: str
    title: str
    key: str
    whose: str
    called: str
    columns: tuple[Column, ...]
    has_hits: bool = True


HIT_TYPES = Grouping(
    "hit_types",
    "HIT types",
    "type_no",
    "type",
    "hit_type_id, title",
    (Column("hit_type_id", "HIT type", Kind.ID), Column("title", "title", Kind.TEXT)),
)
BATCHES = Grouping(
    "batches",
    "Batches of the requester site",
    "batch_no",
    "batch",
    "batch_id, (select title from hit join type using (type_no)"
    " where hit.batch_no = batch.batch_no limit 1)",
    (Column("batch_id", "batch", Kind.ID), Column("title", "title", Kind.TEXT)),
)
STUDIES = Grouping(
    "studies",
    "Studies",
    "study_no",
    "study",
    "title",
    (Column("study", "study", Kind.TEXT),),
)


def workers(bench: Bench) -> Grouping:
    """By worker; what they are called is for the bench to say."""
    columns = (Column("worker_id", "worker", Kind.WORKER),)
    return Grouping(
        "workers", "Workers", "worker_no", "person", bench.worker, columns, has_hits=False
    )


def prepare(bench: Bench) -> None:
    """What all groupings need: the pace of each HIT type, and which HITs are whose."""
    quartiles.make(bench, "took", "type_no")
    bench.make("create index temp.hit_by_batch on hit (batch_no) where batch_no is not null")


def table(bench: Bench, grouping: Grouping) -> Table:
    """A table with a row for each HIT type, batch, worker or study."""
    key = grouping.key
    quartiles.make(bench, "hourly", key)
    bench.make(_MAKE.format(key=key, fast=FAST))
    if grouping.has_hits:
        _count_hits(bench, key)
    query = _READ.format(
        key=key,
        whose=grouping.whose,
        called=grouping.called,
        hits="coalesce(hits_of.hits, 0)," if grouping.has_hits else "",
        joined=f"left join hits_by_{key} as hits_of on hits_of.no = {key}"
        if grouping.has_hits
        else "",
    )
    hits = (Column("hits", "HITs", Kind.COUNT),) if grouping.has_hits else ()

    def read() -> Iterator[Row]:
        return bench.rows(query)

    return Table(
        grouping.name,
        grouping.title,
        HOW,
        (*grouping.columns, *hits, *(_COLUMNS if grouping.has_hits else _OF_ONE)),
        bench.one(f"select count(*) from {grouping.whose}"),
        read,
    )


def _count_hits(bench: Bench, key: str) -> None:
    bench.make(
        f"create temp table hits_by_{key} as select {key} as no, count(*) as hits from hit"
        f" where {key} is not null group by {key};\n"
        f"create unique index temp.hits_by_{key}_no on hits_by_{key} (no)"
    )
