"""Whom an archive names: the worker ids in its columns, and in what records say of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from mturk_exodus.archive import Archive

WORKER = "worker_id"

_QUERIES = (
    *(
        f"select distinct worker_id from {table}"
        for table in (
            "assignments",
            "qualifications",
            "qualification_requests",
            "worker_blocks",
            "bonus_payments",
            "worker_details",
            "notification_events",
        )
    ),
    *(
        f"select distinct json_extract({column}, '$.worker_id') from {table}"
        f" where {column} is not null"
        for table, column in (
            ("source_records", "said"),
            ("assignments", "own_values"),
            ("qualification_requests", "own_values"),
            ("bonus_payments", "own_values"),
            ("notification_events", "own_values"),
        )
    ),
    # What Prolific tells has no column for whose it is.
    *(
        f"select distinct raw ->> '$.Submission.participant_id' from {table}"
        " where source = 'prolific'"
        for table in ("assignments", "source_records")
    ),
    "select distinct json_extract(record_key, '$[1]') from revisions"
    " where record_table = 'qualifications'",
    "select distinct json_extract(record_key, '$[0]') from revisions"
    " where record_table in ('worker_blocks', 'worker_details')",
    "select distinct json_extract(earlier, '$') from revisions where member = 'WorkerId'",
)
_MEMBER = re.compile(r'"((?:[^"\\]|\\.){1,80})"(\s*:\s*)"((?:[^"\\]|\\.)*)"')
_NAMES = {
    *("workerid", "worker", "subjectid", "turkleusername", "username", "workeruniqueid"),
    "participantid",
}
_MOST_NAMES = 10_000
_RAWS = ("quarantine", "refused_entries")


def worker_ids(archive: Archive) -> set[str]:
    """Every worker whom a record names as such."""
    found = {
        value
        for query in _QUERIES
        for (value,) in archive.connection.execute(query)
        if isinstance(value, str) and value
    }
    for table in _RAWS:
        for (raw,) in archive.connection.execute(f"select raw from {table}"):
            found.update(value for value in _of_members(raw) if value)
    return found


@lru_cache(_MOST_NAMES)
def is_of_worker(member: str) -> bool:
    """Whether a member of any source's record holds a worker's id."""
    return "".join(filter(str.isalnum, member)).lower() in _NAMES


def members(raw: str) -> Iterator[re.Match[str]]:
    """Members of a record, at any depth, whose value is text: name, colon, value, as JSON."""
    return _MEMBER.finditer(raw)


def _of_members(raw: str) -> Iterator[str]:
    for member in members(raw):
        value = text_of(member[3]) if is_of_worker(member[1]) else None
        if value is not None:
            yield value


def text_of(spelled: str) -> str | None:
    """What stands between two quotes in JSON; None if it is not JSON."""
    try:
        return str(json.loads(f'"{spelled}"', strict=False))
    except ValueError:
        return None
