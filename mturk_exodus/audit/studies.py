"""The same figures for each study, and a first draft of the file that tells which there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from mturk_exodus.archive import Archive
from mturk_exodus.audit import breakdown
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Figure, Kind, Section, Table
from mturk_exodus.audit.studies_file import Study

_DRAFT = """
    select coalesce(trim(title), ''), 'batches', batch_id from batches
    union all
    select coalesce(trim(hit_types.title), ''), 'hit_types', hit_type_id from hit_types
        where exists (select 1 from hits
            where hits.hit_type_id = hit_types.hit_type_id and batch_id is null)
    order by 1, 2, 3
"""


def section(bench: Bench) -> Section:
    """Every figure by study; what belongs to none; what studies name and the archive lacks."""
    hits, pieces = (
        bench.one(f"select count(*) from {one} where study_no is null") for one in ("hit", "piece")
    )
    absent = _absent(bench)
    return Section(
        "studies",
        "Studies",
        "Batches and HIT types by study, as studies.toml groups them."
        if bench.studies
        else "No file of studies was given: exodus audit --write-studies drafts one.",
        (
            Figure(
                "studies",
                "studies",
                Kind.COUNT,
                len(bench.studies),
                "tables [[study]] in the file of --studies",
            ),
            Figure(
                "hits_without_study",
                "HITs of no study",
                Kind.COUNT,
                hits,
                "neither their batch nor their HIT type is named",
            ),
            Figure(
                "assignments_without_study",
                "assignments of no study",
                Kind.COUNT,
                pieces,
                "those of these HITs",
            ),
            Figure(
                "not_held",
                "ids that studies name and the archive lacks",
                Kind.COUNT,
                len(absent),
                ", ".join(absent[:5]) or "every batch and HIT type that is named is held",
                is_warning=bool(absent),
            ),
        ),
        (),
        (_described(bench), breakdown.table(bench, breakdown.STUDIES)) if bench.studies else (),
    )


def draft(archive: Archive) -> Iterator[Study]:
    """A study for each title; batches first, and HIT types that have HITs outside batches."""
    rows = archive.connection.execute(_DRAFT)
    for title, same in groupby(rows, lambda row: row[0]):
        ids: dict[str, list[str]] = {"batches": [], "hit_types": []}
        for _, name, one in same:
            ids[name].append(one)
        yield Study(
            title or "(no title)",
            batches=tuple(ids["batches"]),
            hit_types=tuple(ids["hit_types"]),
        )


def _absent(bench: Bench) -> list[str]:
    return [
        str(one)
        for (one,) in bench.rows(
            "select batch_id from study_of_batch where batch_id not in (select batch_id from batch)"
            " union all select hit_type_id from study_of_type"
            " where hit_type_id not in (select hit_type_id from type) order by 1"
        )
    ]


def _described(bench: Bench) -> Table:
    return Table.of(
        "described",
        "What the studies are",
        "As the file of --studies says.",
        tuple(
            Column(name, label, Kind.TEXT)
            for name, label in (
                ("study", "study"),
                ("paper", "paper"),
                ("irb", "IRB number"),
                ("grant", "grant"),
            )
        ),
        [(one.title, one.paper, one.irb, one.grant) for one in bench.studies],
    )
