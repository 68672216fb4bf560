"""Signals that researchers ask for: who came twice, was too fast, agrees, is rejected."""

from __future__ import annotations

from mturk_exodus.audit import agreement
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.breakdown import FAST
from mturk_exodus.audit.report import Column, Figure, Kind, Section, Table

_TIMED = "of assignments whose SubmitTime is after AcceptTime"

_TWICE = """
create temp table twice as
    select hit_no, worker_no, count(*) as assignments from piece
    where worker_no is not null and not is_new group by hit_no, worker_no having count(*) > 1;
create temp table repeated as
    select study_no, worker_no, count(*) as assignments,
        count(distinct coalesce('b' || batch_no, 't' || type_no)) as parts
    from piece where study_no is not null and worker_no is not null and not is_new
    group by study_no, worker_no having parts > 1;
create temp table outlier as
    select piece_no, median, iif(took < median, 'fast', 'slow') as kind
    from piece join took_of_type_no as pace on pace.no = type_no
    where not is_new and (took * {fast} < median or took > median * {fast})
"""


def section(bench: Bench) -> Section:
    """Duplicates, speed, agreement, rejections; of work at MTurk."""
    agreement.make(bench)
    bench.make(_TWICE.format(fast=FAST))
    return Section(
        "quality",
        "Quality signals",
        "What may be worth a look before the data are used. None of it proves anything.",
        (*_duplicates(bench), *_speed(bench), *_rejections(bench)),
        (),
        (agreement.table(bench), _most_rejected(bench), _outliers(bench), _repeaters(bench)),
    )


def _duplicates(bench: Bench) -> list[Figure]:
    twice = bench.one("select count(*) from twice")
    repeaters = bench.one("select count(distinct worker_no) from repeated")
    return [
        Figure(
            "same_hit_twice",
            "workers twice on one HIT",
            Kind.COUNT,
            twice,
            "pairs of worker and HIT with more than one assignment; MTurk allows none",
            is_warning=twice > 0,
        ),
        Figure(
            "repeat_participants",
            "workers in several parts of one study",
            Kind.COUNT,
            repeaters,
            "workers with assignments in more than one batch (or HIT type) of the same study"
            if bench.studies
            else "no study is told: --studies FILE",
            is_warning=repeaters > 0,
        ),
    ]


def _speed(bench: Bench) -> list[Figure]:
    timed = bench.one("select count(*) from piece where took is not null and not is_new")
    fast, slow = bench.row(
        "select coalesce(sum(kind = 'fast'), 0), coalesce(sum(kind = 'slow'), 0) from outlier"
    )
    ended = bench.one("select count(*) from piece where is_timeless")
    return [
        Figure(
            "fast",
            "fast assignments",
            Kind.SHARE,
            fast / timed if timed else None,
            f"{fast:,} of {timed:,} took less than a third of their HIT type's median time;"
            f" {_TIMED}",
        ),
        Figure(
            "slow",
            "slow assignments",
            Kind.SHARE,
            slow / timed if timed else None,
            f"{slow:,} of {timed:,} took more than three times that median; {_TIMED}",
        ),
        Figure(
            "no_time",
            "assignments that took no time",
            Kind.COUNT,
            ended,
            "SubmitTime is AcceptTime or before it; they are in no median, neither fast nor slow",
            is_warning=ended > 0,
        ),
    ]


def _rejections(bench: Bench) -> list[Figure]:
    rejected, reviewed = bench.row(
        "select coalesce(sum(status = 'Rejected'), 0),"
        " coalesce(sum(status in ('Approved', 'Rejected')), 0) from piece where not is_new"
    )
    return [
        Figure(
            "rejected_share",
            "rejected share",
            Kind.SHARE,
            rejected / reviewed if reviewed else None,
            f"{rejected:,} of {reviewed:,} reviewed assignments",
        )
    ]


def _most_rejected(bench: Bench) -> Table:
    query = (
        "select hit_type_id, title, approved + rejected, rejected,"
        " 1.0 * rejected / (approved + rejected) from piece_by_type_no join type on type_no = no"
        " where rejected > 0 order by 5 desc, 4 desc, 1"
    )
    return Table(
        "rejected",
        "Rejected shares by HIT type",
        "Rejected / (Approved + Rejected), the greatest share first; HIT types without a rejection"
        " have no row. By worker: see the table of workers.",
        (
            Column("hit_type_id", "HIT type", Kind.ID),
            Column("title", "title", Kind.TEXT),
            Column("reviewed", "reviewed", Kind.COUNT),
            Column("rejected", "rejected", Kind.COUNT),
            Column("rejected_share", "rejected share", Kind.SHARE),
        ),
        bench.one("select count(*) from piece_by_type_no where rejected > 0"),
        lambda: bench.rows(query),
    )


def _outliers(bench: Bench) -> Table:
    query = (
        f"select kind, assignment_id, {bench.worker}, hit_type_id, took, median"
        " from outlier join piece using (piece_no) join assignments on assignments.rowid = piece_no"
        " left join person using (worker_no) left join type using (type_no)"
        " order by min(1.0 * took / median, 1.0 * median / took), assignment_id"
    )
    return Table(
        "speed_outliers",
        "Speed outliers",
        "Assignments that took less than a third of, or more than three times, the median of their"
        f" HIT type; the farthest from it first. Only {_TIMED}.",
        (
            Column("kind", "kind", Kind.TEXT),
            Column("assignment_id", "assignment", Kind.ID),
            Column("worker_id", "worker", Kind.WORKER),
            Column("hit_type_id", "HIT type", Kind.ID),
            Column("took", "took", Kind.DURATION),
            Column("median", "median", Kind.DURATION),
        ),
        bench.one("select count(*) from outlier"),
        lambda: bench.rows(query),
    )


def _repeaters(bench: Bench) -> Table:
    query = (
        f"select title, {bench.worker}, parts, assignments from repeated"
        " join person using (worker_no) join study using (study_no)"
        " order by parts desc, assignments desc, study_no, worker_no"
    )
    return Table(
        "repeat_participants",
        "Workers in several parts of one study",
        "Those with assignments in more than one batch, or HIT type outside batches, of a study.",
        (
            Column("study", "study", Kind.TEXT),
            Column("worker_id", "worker", Kind.WORKER),
            Column("parts", "batches or HIT types", Kind.COUNT),
            Column("assignments", "assignments", Kind.COUNT),
        ),
        bench.one("select count(*) from repeated"),
        lambda: bench.rows(query),
    )
