"""The tables. Times are text, ISO 8601 UTC with milliseconds, as in the archive."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    text,
)

from mturk_exodus.serve.host.desk.ids import LONGEST_HIT_ID, LONGEST_TEXT
from mturk_exodus.serve.host.desk.outcomes import State

VERSION = 2
"""Of the tables. Version 1 had a column more, `host_hits.position`, that nobody read."""

METADATA = MetaData()

DESK = Table(
    "host_desk",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
    Column("archive_id", String(LONGEST_TEXT)),
)

HITS = Table(
    "host_hits",
    METADATA,
    Column("hit_id", String(LONGEST_HIT_ID), primary_key=True),
    Column("hit_type_id", String(LONGEST_TEXT)),
    Column("places", Integer, nullable=False),
    Column("assignment_duration_in_seconds", Integer, nullable=False),
    Column("auto_approval_delay_in_seconds", Integer, nullable=False),
    Column("is_offered", Boolean, nullable=False),
)

ASSIGNMENTS = Table(
    "host_assignments",
    METADATA,
    Column("assignment_id", String(30), primary_key=True),
    Column("hit_id", ForeignKey(HITS.c.hit_id), nullable=False),
    Column("worker_id", String(LONGEST_TEXT), nullable=False),
    Column("state", String(10), nullable=False),
    Column("accept_time", String(24), nullable=False),
    Column("deadline", String(24), nullable=False),
    Column("auto_approval_delay_in_seconds", Integer, nullable=False),
    Column("submit_time", String(24)),
    Column("is_gathered", Boolean, nullable=False),
    Column("panel", String(LONGEST_TEXT)),
    Column("study_id", String(LONGEST_TEXT)),
    Column("session_id", String(LONGEST_TEXT)),
)

ANSWERS = Table(
    "host_answers",
    METADATA,
    Column("assignment_id", ForeignKey(ASSIGNMENTS.c.assignment_id), primary_key=True),
    Column("document", Text, nullable=False),
)

BLOCKED = Table(
    "host_blocked_workers", METADATA, Column("worker_id", String(LONGEST_TEXT), primary_key=True)
)

IS_ACCEPTED = ASSIGNMENTS.c.state == text(f"'{State.ACCEPTED.value}'")
IS_SUBMITTED = ASSIGNMENTS.c.state == text(f"'{State.SUBMITTED.value}'")
IS_TO_GATHER = and_(IS_SUBMITTED, ~ASSIGNMENTS.c.is_gathered)

# What the desk promises is kept under its locks; these two would stop a mistake in that.
for _name, _condition in (("live", IS_ACCEPTED), ("done", IS_SUBMITTED)):
    Index(
        f"host_{_name}_once",
        ASSIGNMENTS.c.worker_id,
        ASSIGNMENTS.c.hit_id,
        unique=True,
        sqlite_where=_condition,
        postgresql_where=_condition,
    )
Index("host_assignments_of_hit", ASSIGNMENTS.c.hit_id, ASSIGNMENTS.c.state)
Index("host_assignments_of_worker", ASSIGNMENTS.c.worker_id, ASSIGNMENTS.c.hit_id)
Index(
    "host_deadlines",
    ASSIGNMENTS.c.deadline,
    sqlite_where=IS_ACCEPTED,
    postgresql_where=IS_ACCEPTED,
)
Index(
    "host_to_gather",
    ASSIGNMENTS.c.submit_time,
    ASSIGNMENTS.c.assignment_id,
    sqlite_where=IS_TO_GATHER,
    postgresql_where=IS_TO_GATHER,
)
