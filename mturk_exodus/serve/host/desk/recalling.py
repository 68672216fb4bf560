"""Telling a desk what the archive holds of work that came through another one, or an older one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import is_assignment_id, is_hit_id, is_text
from mturk_exodus.serve.host.desk.offering import portions
from mturk_exodus.serve.host.desk.outcomes import DELAYS, DURATIONS, Finished, State
from mturk_exodus.serve.host.desk.submitting import RETURN_OTHER
from mturk_exodus.serve.host.desk.tables import ASSIGNMENTS, HITS

_PORTION = 500

Row = dict[str, Any]

_ID = ASSIGNMENTS.c.assignment_id
_KNOWN = select(_ID).where(_ID.in_(bindparam("ids", expanding=True)))


def recall(database: Database, finished: Iterable[Finished]) -> int:
    """As `Desk.recall`."""
    ours = (one for one in finished if _is_ours(one))
    return sum(_remember(database, some) for some in portions(ours, _PORTION))


def _is_ours(one: Finished) -> bool:
    said = one.record
    return (
        is_assignment_id(said["AssignmentId"])
        and is_hit_id(said["HITId"])
        and is_text(said["WorkerId"])
    )


def _remember(database: Database, some: list[Finished]) -> int:
    ids = [one.record["AssignmentId"] for one in some]
    with database.reading() as connection:
        known = set(connection.execute(_KNOWN, {"ids": ids}).scalars())
    missing = [one for one in some if one.record["AssignmentId"] not in known]
    if not missing:
        return 0
    dialect = sqlite if database.dialect == "sqlite" else postgresql
    hits = dialect.insert(HITS).on_conflict_do_nothing()
    work = dialect.insert(ASSIGNMENTS).on_conflict_do_nothing().returning(_ID)
    with database.writing() as connection:
        database.lock(connection, "offer")
        connection.execute(hits, [_closed(one) for one in missing])
        return sum(_put(connection, work, _done(one)) for one in missing)


def _put(connection: Connection, statement: Executable, row: Row) -> int:
    """1 if it was not known; whoever works on it again need not go on."""
    if connection.execute(statement, row).one_or_none() is None:
        return 0
    connection.execute(
        RETURN_OTHER, {"the_hit_id": row["hit_id"], "the_worker_id": row["worker_id"]}
    )
    return 1


def _closed(one: Finished) -> Row:
    """A HIT that nobody new can have, until it is offered."""
    return {
        "hit_id": one.record["HITId"],
        "hit_type_id": _text(one.hit_type_id),
        "places": 0,
        "assignment_duration_in_seconds": DURATIONS[0],
        "auto_approval_delay_in_seconds": DELAYS[-1],
        "is_offered": False,
    }


def _done(one: Finished) -> Row:
    said = one.record
    return {
        "assignment_id": said["AssignmentId"],
        "hit_id": said["HITId"],
        "worker_id": said["WorkerId"],
        "state": State.SUBMITTED.value,
        "accept_time": said["AcceptTime"],
        "deadline": said["Deadline"],
        "submit_time": said["SubmitTime"],
        "auto_approval_delay_in_seconds": DELAYS[-1],
        "is_gathered": True,
        "panel": _text(one.panel),
        "study_id": _text(one.study_id),
        "session_id": _text(one.session_id),
    }


def _text(said: str | None) -> str | None:
    """What a link may have said; an archive may hold anything."""
    return said if said and is_text(said) else None
