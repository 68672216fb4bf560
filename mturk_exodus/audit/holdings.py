"""What is there: how many records of which kind, from which source, and what is known to lack."""

from __future__ import annotations

from mturk_exodus.archive.summary import tables
from mturk_exodus.archive.workers import ELSEWHERE
from mturk_exodus.audit import breakdown
from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Drawing, Figure, Kind, Picture, Section, Table

_STATUSES = ("Approved", "Rejected", "Submitted")

_BY_SOURCE = """
    select 'hits' as of, source, count(*) as records from hit group by source
    union all select 'assignments', source, count(*) from piece group by source
"""
_OTHER_TABLES = (
    "qualification_types",
    "qualifications",
    "qualification_requests",
    "worker_blocks",
    "bonus_payments",
    "worker_details",
    "notification_events",
)
_NEVER_GIVEN = (
    ("HITs that were deleted, or disposed of before they were asked", "their batch results"),
    ("returned and abandoned assignments", "notification messages"),
    ("HIT types without a HIT, HIT layouts and their parameters", "templates, batch results"),
    ("decided qualification requests, and the answers to their tests", "nothing"),
    ("workers who were unblocked, and since when a worker is blocked", "the site's worker list"),
    ("approval rates and lifetime counts of workers", "batch results, the site's worker list"),
    ("messages sent with NotifyWorkers", "nothing"),
    ("the payment ledger, and fees as they were charged", "Amazon's account statements"),
    ("names of batches and projects, Input.* variables", "batch results"),
)


def section(bench: Bench, groupings: tuple[Table, ...]) -> Section:
    """Records by kind, status and source; the same figures for HIT types, batches and workers."""
    return Section(
        "holdings",
        "Holdings",
        "What the archive holds, and what it knows that it lacks.",
        (*_counts(bench), *_new_work(bench), *_lacks(bench)),
        (_statuses(bench),),
        (_by_source(bench), _gaps(bench), _panels(bench), _never_given(), *groupings),
    )


def _counts(bench: Bench) -> list[Figure]:
    held = tables(bench.archive)
    names = {
        "hits": "HITs",
        "hit_types": "HIT types",
        "qualification_types": "qualification types",
        "qualifications": "grants of qualifications",
        "worker_blocks": "workers blocked, or once blocked",
        "bonus_payments": "bonuses",
        "uploads": "files that workers uploaded",
        "files": "files ingested, or refused",
    }
    figures = [_count(name, label, held[name]) for name, label in names.items()]
    batches = bench.one("select count(*) from batch")
    workers = bench.one("select count(distinct worker_id) from assignments")
    first, last = bench.row("select min(submitted), max(submitted) from piece where not is_new")
    how = "rows of assignments by assignment_status; new work from elsewhere is not among them"
    by_status = dict(
        bench.rows("select status, count(*) from piece where not is_new group by status")
    )
    return [
        *figures[:2],
        Figure(
            "batches", "batches", Kind.COUNT, batches, "distinct BatchId in RequesterAnnotation"
        ),
        Figure("assignments", "assignments at MTurk", Kind.COUNT, sum(by_status.values()), how),
        *(
            Figure(f"assignments_{one.lower()}", one, Kind.COUNT, by_status.get(one, 0), how)
            for one in _STATUSES
        ),
        Figure("workers", "workers", Kind.COUNT, workers, "distinct worker_id of all assignments"),
        *figures[2:],
        Figure("first_submitted", "first work", Kind.TIME, first, "least SubmitTime at MTurk"),
        Figure("last_submitted", "last work", Kind.TIME, last, "greatest SubmitTime at MTurk"),
    ]


def _count(name: str, label: str, number: int) -> Figure:
    return Figure(name, label, Kind.COUNT, number, f"rows of the table {name}")


def _new_work(bench: Bench) -> list[Figure]:
    number, workers = bench.row(
        "select count(*), count(distinct worker_no) from piece where is_new"
    )
    how = (
        f"assignments whose source is {', '.join(ELSEWHERE)}; they are in no figure of what MTurk"
        " was paid"
    )
    return [
        Figure("new_work", "assignments collected elsewhere since", Kind.COUNT, number, how),
        Figure("new_workers", "people who did these", Kind.COUNT, workers, how),
    ]


def _lacks(bench: Bench) -> list[Figure]:
    missing, hits = bench.row("select coalesce(sum(assignments), 0), count(*) from lacking")
    alone = sum(number for number, *_ in bench.rows(_ALONE))
    return [
        Figure(
            "hits_with_gaps",
            "HITs that lack assignments",
            Kind.COUNT,
            hits,
            "MaxAssignments - Available - Pending is more than the assignments at MTurk that are"
            " held; work of people who were forgotten is not missed",
            is_warning=hits > 0,
        ),
        Figure(
            "assignments_missing",
            "assignments that these lack",
            Kind.COUNT,
            missing,
            "the sum of what the counters promise beyond what is held",
            is_warning=missing > 0,
        ),
        Figure(
            "known_from_one_source",
            "HITs and assignments known from one source alone",
            Kind.COUNT,
            alone,
            "rows of which source_records has no other source's word",
        ),
    ]


_ALONE = """
    select (select count(*) from hits) - (select count(distinct record_key) from source_records
        join hits on hit_id = json_extract(record_key, '$[0]')
        where record_table = 'hits' and source_records.source <> hits.source)
    union all
    select (select count(*) from assignments) - (select count(distinct record_key)
        from source_records join assignments on assignment_id = json_extract(record_key, '$[0]')
        where record_table = 'assignments' and source_records.source <> assignments.source)
"""


def _statuses(bench: Bench) -> Picture:
    rows = bench.rows(
        "select coalesce(status, 'unknown'), count(*) from piece where not is_new"
        " group by 1 order by 2 desc"
    )
    return Picture(
        "statuses",
        "Assignments by status",
        "Assignments at MTurk, by AssignmentStatus.",
        Drawing.STACK,
        Kind.COUNT,
        ("assignments",),
        tuple((status, (number,)) for status, number in rows),
    )


def _by_source(bench: Bench) -> Table:
    query = " union all ".join(
        (
            _BY_SOURCE,
            *(
                f"select '{one}', source, count(*) from {one} group by source"
                for one in _OTHER_TABLES
            ),
        )
    )
    return Table.of(
        "sources",
        "Records by source",
        "Rows by table and by the source whose word counts for the row; sources that confirm it"
        " are not counted.",
        (
            Column("table", "table", Kind.TEXT),
            Column("source", "source", Kind.TEXT),
            Column("records", "records", Kind.COUNT),
        ),
        list(bench.rows(f"select * from ({query}) order by 1, 3 desc, 2")),
    )


def _gaps(bench: Bench) -> Table:
    return Table.of(
        "gaps",
        "Gaps",
        "Rows of the view gaps, by kind and operation: what was asked for and did not come, what"
        " no column can hold, files that were refused, HITs known by their id alone.",
        (
            Column("kind", "kind", Kind.TEXT),
            Column("operation", "operation or source", Kind.TEXT),
            Column("number", "number", Kind.COUNT),
            Column("reason", "reason, of one of them", Kind.TEXT),
        ),
        list(
            bench.rows(
                "select kind, operation, count(*), min(reason) from gaps group by 1, 2"
                " order by 3 desc, 1, 2"
            )
        ),
    )


def _panels(bench: Bench) -> Table:
    return Table.of(
        "new_work",
        "Work collected elsewhere",
        "Assignments that were not done at MTurk, by source and by what the link of the host said.",
        (
            Column("source", "source", Kind.TEXT),
            Column("panel", "panel", Kind.TEXT),
            Column("panel_study", "the panel's study", Kind.TEXT),
            Column("sessions", "sessions", Kind.COUNT),
            Column("assignments", "assignments", Kind.COUNT),
            Column("workers", "people", Kind.COUNT),
        ),
        list(
            bench.rows(
                "select piece.source, json_extract(raw, '$.Panel'), json_extract(raw, '$.StudyId'),"
                " count(distinct json_extract(raw, '$.SessionId')), count(*),"
                " count(distinct worker_no)"
                " from piece join assignments on piece_no = assignments.rowid"
                " where is_new group by 1, 2, 3 order by 5 desc, 1, 2, 3"
            )
        ),
    )


def _never_given() -> Table:
    return Table.of(
        "never_given",
        "What no call of MTurk's gives",
        "From the API's reference; beside it what may still tell, if somebody kept it.",
        (
            Column("what", "what", Kind.TEXT),
            Column("elsewhere", "what may still tell", Kind.TEXT),
        ),
        list(_NEVER_GIVEN),
    )


def groupings(bench: Bench) -> tuple[Table, ...]:
    """HIT types, batches and workers."""
    return tuple(
        breakdown.table(bench, one)
        for one in (breakdown.HIT_TYPES, breakdown.BATCHES, breakdown.workers(bench))
    )
