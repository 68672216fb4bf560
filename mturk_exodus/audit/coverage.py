"""Which months are held, from which source, and where nothing is."""

from __future__ import annotations

from collections import defaultdict

from mturk_exodus.audit import months
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Drawing, Figure, Kind, Picture, Section, Table

_BY_MONTH = """
    select substr(submitted, 1, 7), source, count(*) from piece where submitted is not null
    group by 1, 2 order by 1, 2
"""
_HITS_BY_MONTH = """
    select substr(creation_time, 1, 7), count(*) from hit where creation_time is not null
    group by 1 order by 1
"""


def section(bench: Bench) -> Section:
    """Work by month and source, and the months between the first and the last without any."""
    by_source: dict[str, dict[str, int]] = defaultdict(dict)
    for month, source, number in bench.rows(_BY_MONTH):
        by_source[source][month] = number
    hits = dict(bench.rows(_HITS_BY_MONTH))
    places = months.axis([*hits, *(one for held in by_source.values() for one in held)])
    worked = {one for held in by_source.values() for one in held}
    return Section(
        "coverage",
        "Coverage",
        "Which months the archive tells of, and from which source.",
        _figures(bench, worked),
        (
            _work_by_month(by_source, places),
            Picture(
                "coverage",
                "What is held, month by month",
                "HITs by CreationTime, assignments by SubmitTime; a stronger colour is more.",
                Drawing.GRID,
                Kind.COUNT,
                places,
                (
                    ("HITs", months.along(places, hits)),
                    *((one, months.along(places, by_source[one])) for one in by_source),
                ),
            ),
        ),
        (_months(by_source, hits), _sources(bench)),
    )


def _figures(bench: Bench, worked: set[str]) -> tuple[Figure, ...]:
    between = months.axis(worked)
    empty = sorted(set(between) - {one[: len(between[0])] for one in worked}) if between else []
    unknown = bench.one("select count(*) from piece where submitted is null")
    named = ", ".join(empty[:12]) + (" and others" if len(empty) > 12 else "")  # noqa: PLR2004 - a year
    return (
        Figure(
            "months", "months with work", Kind.COUNT, len(worked), "distinct months of SubmitTime"
        ),
        Figure(
            "empty_months",
            "months between without any",
            Kind.COUNT,
            len(empty),
            named or "none between the first and the last month",
            is_warning=bool(empty),
        ),
        Figure(
            "undated",
            "assignments without a date",
            Kind.COUNT,
            unknown,
            "no source told their SubmitTime",
            is_warning=unknown > 0,
        ),
    )


def _work_by_month(by_source: dict[str, dict[str, int]], places: tuple[str, ...]) -> Picture:
    return Picture(
        "work_by_month",
        "Work over time",
        "Assignments by the month of SubmitTime, and by source.",
        Drawing.BARS,
        Kind.COUNT,
        places,
        tuple((one, months.along(places, by_source[one])) for one in by_source),
    )


def _months(by_source: dict[str, dict[str, int]], hits: dict[str, int]) -> Table:
    sources = sorted(by_source)
    held = sorted({*hits, *(one for each in by_source.values() for one in each)})
    return Table.of(
        "coverage",
        "Held, by month",
        "HITs by the month of CreationTime, assignments by the month of SubmitTime and by source."
        " Months in which nothing is held have no row.",
        (
            Column("month", "month", Kind.TIME),
            Column("hits", "HITs created", Kind.COUNT),
            *(Column(f"work_{one}", f"work, {one}", Kind.COUNT) for one in sources),
        ),
        [
            (one, hits.get(one, 0), *(by_source[source].get(one, 0) for source in sources))
            for one in held
        ],
    )


def _sources(bench: Bench) -> Table:
    rows = bench.rows(
        "select source, count(*), min(submitted), max(submitted),"
        " count(distinct substr(submitted, 1, 7)) from piece group by source order by 2 desc, 1"
    )
    return Table.of(
        "date_ranges",
        "Date ranges by source",
        "Assignments by source, with the first and the last day of SubmitTime.",
        (
            Column("source", "source", Kind.TEXT),
            Column("assignments", "assignments", Kind.COUNT),
            Column("first", "first", Kind.TIME),
            Column("last", "last", Kind.TIME),
            Column("months", "months", Kind.COUNT),
        ),
        list(rows),
    )
