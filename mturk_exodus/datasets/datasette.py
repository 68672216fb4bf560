"""What Datasette is told, so that an archive is a pleasant thing to browse at once."""

from __future__ import annotations

from typing import Any

from mturk_exodus.archive import Archive
from mturk_exodus.datasets.words import COLUMNS, TABLES

_HIDDEN = {
    *("question_templates", "question_parts", "answers_made", "upload_parts", "work"),
    *("_sqlite_migrations", "archive_info", "forgotten_workers", "forgotten_assignments"),
}
_SORTED: dict[str, dict[str, str]] = {
    "hits": {"sort_desc": "creation_time"},
    "assignments": {"sort_desc": "submit_time"},
    "bonus_payments": {"sort_desc": "grant_time"},
    "batches": {"sort_desc": "last_creation_time"},
    "workers": {"sort_desc": "assignments"},
    "runs": {"sort_desc": "run_id"},
    "ledger": {"sort_desc": "entry_id"},
}
_FACETS = {
    "hits": ["hit_status", "hit_type_id"],
    "assignments": ["assignment_status", "source"],
    "answers": ["field", "certainty"],
    "qualifications": ["status", "qualification_type_id"],
    "ledger": ["event", "operation"],
    "gaps": ["kind"],
}
_LABELS = {"hits": "title", "hit_types": "title", "qualification_types": "name", "files": "name"}
_QUERIES = {
    "work_by_hit_type": (
        "What was asked, how often it was done, by how many people",
        "select hits.hit_type_id, title, reward, count(*) as assignments,"
        " count(distinct worker_id) as workers from assignments join hits using (hit_id)"
        " group by hits.hit_type_id order by assignments desc",
    ),
    "pay_by_worker": (
        "Who was paid what, in US dollars",
        "select worker_id, count(*) as approved, round(sum(reward), 2) as rewards,"
        " (select round(sum(bonus_amount), 2) from bonus_payments"
        " where bonus_payments.worker_id = assignments.worker_id) as bonuses"
        " from assignments join hits using (hit_id) where assignment_status = 'Approved'"
        " group by worker_id order by rewards desc",
    ),
    "work_by_month": (
        "Assignments and what they were worth, month by month",
        "select substr(submit_time, 1, 7) as month, count(*) as assignments,"
        " round(sum(iif(assignment_status = 'Approved', reward, 0)), 2) as rewards"
        " from assignments join hits using (hit_id) group by month order by month",
    ),
    "answers_of_a_hit": (
        "Everything that was answered to one HIT",
        "select assignment_id, worker_id, field, value, certainty from assignments"
        " join answers using (assignment_id) where hit_id = :hit_id"
        " order by assignment_id, field, position",
    ),
}


def metadata(archive: Archive) -> dict[str, Any]:
    """Datasette's metadata.json (https://docs.datasette.io/en/stable/metadata.html)."""
    rows = archive.connection.execute(
        "select name from sqlite_master where type in ('table', 'view')"
        " and name not like 'sqlite%' order by name"
    ).fetchall()
    return {
        "title": "An Amazon Mechanical Turk account",
        "description": "kept by mturk-exodus; worker ids and answers are personal data",
        "databases": {
            archive.path.stem: {
                "queries": {
                    name: {"title": title, "sql": sql} for name, (title, sql) in _QUERIES.items()
                },
                "tables": {name: _table(archive, name) for (name,) in rows},
            }
        },
    }


def _table(archive: Archive, name: str) -> dict[str, Any]:
    info = archive.connection.execute(f"pragma table_xinfo({name})")
    columns = {column[1]: COLUMNS[column[1]] for column in info if column[1] in COLUMNS}
    told: dict[str, Any] = {"description": TABLES.get(name, ""), "columns": columns}
    told |= _SORTED.get(name, {})
    if name in _FACETS:
        told["facets"] = _FACETS[name]
    if name in _LABELS:
        told["label_column"] = _LABELS[name]
    if name in _HIDDEN:
        told["hidden"] = True
    return told
