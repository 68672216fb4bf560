"""What ends when: unreviewed work, HITs that MTurk disposes of, and what is past saving."""

from __future__ import annotations

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.calendar import (
    DISPOSED_AFTER_DAYS,
    OVERTURNED_WITHIN_DAYS,
    Calendar,
)
from mturk_exodus.audit.report import Column, Drawing, Figure, Kind, Picture, Section, Table

_MEANINGS = {
    "closed-to-new-customers": "no new accounts",
    "closed": "no new HITs, no more work",
    "last-review": "last approvals, rejections and bonuses; what is left is approved",
    "end-of-history": "MTurk says nothing more",
}

_DISPOSAL = f"""
create temp table last_work as
    select hit_no, max(submitted) as day, sum(status = 'Submitted') as unreviewed
    from piece where not is_new group by hit_no;
create unique index temp.last_work_of_hit on last_work (hit_no);
create temp table disposal as
    select hit.hit_no, coalesce(unreviewed, 0) as unreviewed,
        coalesce(lacking.assignments, 0) as lacking,
        min(:end, date(iif(available + pending = 0 and day < substr(expiration, 1, 10), day,
            substr(expiration, 1, 10)), '+{DISPOSED_AFTER_DAYS} days')) as day
    from hit left join last_work using (hit_no) left join lacking using (hit_no)
"""


def section(bench: Bench, calendar: Calendar) -> Section:
    """Against the calendar of cut-offs, as of its day."""
    for statement in _DISPOSAL.split(";\n"):
        named = {"end": calendar.end_of_history} if ":end" in statement else {}
        bench.connection.execute(statement, named)
    return Section(
        "at_risk",
        "At risk",
        f"What ends, as of {calendar.as_of}: what is unreviewed, what MTurk will dispose of, and"
        " what can no longer be had.",
        (
            *_unreviewed(bench, calendar),
            *_disposed(bench, calendar),
            *_past_saving(bench, calendar),
        ),
        (_deadlines(calendar),),
        (_cutoffs(calendar), _due(bench, calendar), _disposals(bench, calendar)),
        (
            "When a HIT became reviewable is not told. It is taken to be its Expiration, or its"
            " last SubmitTime if no assignment was left to take; MTurk disposes of it 120 days"
            " later.",
        ),
    )


def _unreviewed(bench: Bench, calendar: Calendar) -> list[Figure]:
    number, amount, past = bench.row(
        "select count(*), coalesce(sum(reward), 0),"
        " coalesce(sum(min(coalesce(due, ?1), ?1) < ?2), 0)"
        " from piece where status = 'Submitted' and not is_new",
        calendar.last_review,
        calendar.as_of,
    )
    following = bench.one(
        "select min(min(coalesce(due, ?1), ?1)) from piece where status = 'Submitted'"
        " and not is_new and min(coalesce(due, ?1), ?1) >= ?2",
        calendar.last_review,
        calendar.as_of,
    )
    overturned = bench.one(
        "select count(*) from piece where status = 'Rejected' and not is_new"
        f" and date(submitted, '+{OVERTURNED_WITHIN_DAYS} days') >= ?1 and ?1 <= ?2",
        calendar.as_of,
        calendar.last_review,
    )
    return [
        Figure(
            "unreviewed",
            "unreviewed assignments",
            Kind.COUNT,
            number,
            "AssignmentStatus Submitted at MTurk, as last seen",
            is_warning=number > 0,
        ),
        Figure("unreviewed_rewards", "their rewards", Kind.MONEY, amount, "sum of Reward of these"),
        Figure(
            "approved_by_time",
            "of these, approved by MTurk by now",
            Kind.COUNT,
            past,
            f"AutoApprovalTime, or the last review on {calendar.last_review}, is before"
            f" {calendar.as_of}",
        ),
        Figure(
            "review_by",
            "the next is approved by itself on",
            Kind.TIME,
            following,
            "the earliest AutoApprovalTime, or last review, that is not past",
            is_warning=following is not None,
        ),
        Figure(
            "overturnable",
            "rejections that can still be overturned",
            Kind.COUNT,
            overturned,
            f"Rejected, and SubmitTime at most {OVERTURNED_WITHIN_DAYS} days ago; none after"
            f" {calendar.last_review}",
        ),
    ]


def _disposed(bench: Bench, calendar: Calendar) -> list[Figure]:
    still, lacking = bench.row(
        "select count(*), coalesce(sum(lacking > 0), 0) from disposal where day >= ?",
        calendar.as_of,
    )
    return [
        Figure(
            "hits_still_there",
            "HITs that MTurk should still hold",
            Kind.COUNT,
            still,
            f"disposal estimated for {calendar.as_of} or later",
        ),
        Figure(
            "can_be_completed",
            "of these, HITs that lack assignments",
            Kind.COUNT,
            lacking,
            "counters promise more than is held; exodus export may still fetch it",
            is_warning=lacking > 0,
        ),
    ]


def _past_saving(bench: Bench, calendar: Calendar) -> list[Figure]:
    hits, lacking = bench.row(
        "select count(*), coalesce(sum(lacking), 0) from disposal where lacking > 0 and day < ?",
        calendar.as_of,
    )
    gone = bench.one("select count(*) from main.work where state = 'gone'")
    return [
        Figure(
            "past_saving",
            "assignments past saving",
            Kind.COUNT,
            lacking,
            f"what {hits:,} HITs lack whose disposal is estimated before {calendar.as_of}; only"
            " files that somebody kept can bring it",
            is_warning=lacking > 0,
        ),
        Figure(
            "gone",
            "lists that MTurk had dropped when it was asked",
            Kind.COUNT,
            gone,
            "rows of the table work with the state gone",
            is_warning=gone > 0,
        ),
    ]


def _deadlines(calendar: Calendar) -> Picture:
    days = sorted({*calendar.cutoffs.items()}, key=lambda one: (one[1], one[0]))
    return Picture(
        "deadlines",
        "Deadlines",
        f"The cut-offs, and {calendar.as_of}, the day of this report.",
        Drawing.DATES,
        Kind.COUNT,
        tuple(day for _, day in days),
        tuple((name, (calendar.days_until(day),)) for name, day in days),
        (0, calendar.as_of),
    )


def _cutoffs(calendar: Calendar) -> Table:
    rows = [
        (
            name,
            day,
            calendar.days_until(day),
            "past" if day < calendar.as_of else "ahead",
            _MEANINGS.get(name, ""),
        )
        for name, day in sorted(calendar.cutoffs.items(), key=lambda one: (one[1], one[0]))
    ]
    return Table.of(
        "cutoffs",
        "Cut-offs",
        "As Amazon's notice of closure has them, but for those given with --cutoff.",
        (
            Column("name", "name", Kind.TEXT),
            Column("date", "date", Kind.TIME),
            Column("days", "days left", Kind.COUNT),
            Column("state", "state", Kind.TEXT),
            Column("meaning", "what ends", Kind.TEXT),
        ),
        rows,
    )


def _due(bench: Bench, calendar: Calendar) -> Table:
    rows = bench.rows(
        "select min(coalesce(due, ?1), ?1), count(*), coalesce(sum(reward), 0) from piece"
        " where status = 'Submitted' and not is_new group by 1 order by 1",
        calendar.last_review,
    )
    return Table.of(
        "unreviewed",
        "Unreviewed work, by the day on which it is approved by itself",
        "AutoApprovalTime, or the last review if that comes first.",
        (
            Column("date", "date", Kind.TIME),
            Column("assignments", "assignments", Kind.COUNT),
            Column("rewards", "rewards", Kind.MONEY),
        ),
        list(rows),
    )


def _disposals(bench: Bench, calendar: Calendar) -> Table:
    rows = bench.rows(
        "select substr(day, 1, 7), iif(day < ?, 'past', 'ahead'), count(*), sum(lacking > 0),"
        " sum(lacking), sum(unreviewed) from disposal where day is not null"
        " group by 1, 2 order by 1 desc, 2",
        calendar.as_of,
    )
    return Table.of(
        "disposals",
        "Disposal of HITs, by month",
        "Estimated as below, and never later than the end of history. The latest stand first.",
        (
            Column("month", "month", Kind.TIME),
            Column("state", "state", Kind.TEXT),
            Column("hits", "HITs", Kind.COUNT),
            Column("hits_lacking", "of them lacking work", Kind.COUNT),
            Column("assignments_lacking", "assignments lacking", Kind.COUNT),
            Column("unreviewed", "unreviewed", Kind.COUNT),
        ),
        list(rows),
    )
