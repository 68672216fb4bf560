"""Giving a worker a HIT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, exists, insert, select

from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import (
    is_visit,
    moment_of,
    new_assignment_id,
    some,
    written,
)
from mturk_exodus.serve.host.desk.outcomes import (
    NO_PROGRESS,
    Assignment,
    Progress,
    Reason,
    Refused,
    State,
    Visit,
)
from mturk_exodus.serve.host.desk.survey import Look, locked, survey
from mturk_exodus.serve.host.desk.tables import ASSIGNMENTS, BLOCKED, IS_ACCEPTED

_COLUMNS = (
    ASSIGNMENTS.c.assignment_id,
    ASSIGNMENTS.c.hit_id,
    ASSIGNMENTS.c.worker_id,
    ASSIGNMENTS.c.state,
    ASSIGNMENTS.c.accept_time,
    ASSIGNMENTS.c.deadline,
    ASSIGNMENTS.c.submit_time,
    ASSIGNMENTS.c.panel,
    ASSIGNMENTS.c.study_id,
    ASSIGNMENTS.c.session_id,
)
_BLOCK = select(exists().where(BLOCKED.c.worker_id == bindparam("worker_id"))).limit(1)
_LIVE = (
    select(*_COLUMNS)
    .where(
        ASSIGNMENTS.c.worker_id == bindparam("worker_id"),
        ASSIGNMENTS.c.hit_id.in_(bindparam("hit_ids", expanding=True)),
        IS_ACCEPTED,
        ASSIGNMENTS.c.deadline > bindparam("now"),
    )
    .order_by(ASSIGNMENTS.c.accept_time, ASSIGNMENTS.c.assignment_id)
    .limit(1)
)
_PROGRESS = select(
    ASSIGNMENTS.c.hit_id,
    ASSIGNMENTS.c.state,
    ASSIGNMENTS.c.study_id,
    ASSIGNMENTS.c.session_id,
).where(
    ASSIGNMENTS.c.worker_id == bindparam("worker_id"),
    ASSIGNMENTS.c.hit_id.in_(bindparam("hit_ids", expanding=True)),
)
_HELD = select(*_COLUMNS).where(ASSIGNMENTS.c.assignment_id == bindparam("assignment_id")).limit(1)

# What a visitor is told first, if there are several reasons.
_WEIGHTS = {Reason.NO_PLACE: 3, Reason.TRIED: 2, Reason.DONE: 1, Reason.NOT_OFFERED: 0}


def accept(
    database: Database, visit: Visit, hit_ids: Iterable[str], now: datetime, most_tries: int
) -> Assignment | Refused:
    """As `Desk.accept`."""
    wanted, moment = some(hit_ids), written(now)
    if not is_visit(visit):
        return Refused(Reason.NOT_AN_ID)
    if not wanted:
        return Refused(Reason.NO_SUCH_HIT)
    with database.reading() as connection:
        seen = _seen(connection, visit, wanted, moment)
        looks = survey(connection, [] if seen else wanted, visit.worker_id, moment)
    if seen is not None:
        return seen
    refusals = []
    # What she gave back comes last: she may not want it.
    there = [one for one in wanted if one in looks]
    for hit_id in sorted(there, key=lambda one: looks[one].tries > 0):
        taken = looks[hit_id].refusal(most_tries) or _taken(
            database, visit, wanted, hit_id, moment, most_tries
        )
        if isinstance(taken, Assignment):
            return taken
        refusals.append(taken)
    return max(refusals, key=_weight, default=Refused(Reason.NO_SUCH_HIT))


def look(
    database: Database, visit: Visit, hit_ids: Iterable[str], now: datetime
) -> Assignment | Refused | None:
    """As `Desk.look`."""
    wanted, moment = some(hit_ids), written(now)
    if not is_visit(visit):
        return Refused(Reason.NOT_AN_ID)
    with database.reading() as connection:
        seen = _seen(connection, visit, wanted, moment)
    if seen is None and progress(database, visit, wanted).done == len(wanted):
        return Refused(Reason.DONE)
    return seen


def _seen(
    connection: Connection, visit: Visit, hit_ids: Sequence[str], now: str
) -> Assignment | Refused | None:
    """What can be told without a lock."""
    if connection.execute(_BLOCK, {"worker_id": visit.worker_id}).scalar():
        return Refused(Reason.BLOCKED)
    return _live(connection, visit, hit_ids, now)


def held_of(connection: Connection, assignment_id: str) -> Assignment | None:
    """The assignment with that id."""
    row = connection.execute(_HELD, {"assignment_id": assignment_id}).mappings().one_or_none()
    return None if row is None else _assignment(row)


def progress(database: Database, visit: Visit, hit_ids: Iterable[str]) -> Progress:
    """As `Desk.progress`."""
    asked = {"worker_id": visit.worker_id, "hit_ids": some(hit_ids)}
    if not is_visit(visit):
        return NO_PROGRESS
    with database.reading() as connection:
        rows = connection.execute(_PROGRESS, asked).all()
    where_from = (visit.study_id or None, visit.session_id or None)
    done = {hit_id: came for hit_id, state, *came in rows if state == State.SUBMITTED.value}
    begun = {hit_id for hit_id, *_ in rows}
    here = sum(tuple(came) == where_from for came in done.values())
    return Progress(done=len(done), here=here, undone=len(begun - done.keys()))


def _live(
    connection: Connection, visit: Visit, hit_ids: Sequence[str], now: str
) -> Assignment | None:
    asked = {"worker_id": visit.worker_id, "hit_ids": hit_ids, "now": now}
    row = connection.execute(_LIVE, asked).mappings().one_or_none()
    return None if row is None else _assignment(row)


def _assignment(row: RowMapping) -> Assignment:
    said = dict(row)
    submitted = said["submit_time"]
    said["state"] = State(said["state"])
    said["accept_time"] = moment_of(said["accept_time"])
    said["deadline"] = moment_of(said["deadline"])
    said["submit_time"] = None if submitted is None else moment_of(submitted)
    return Assignment(**said)


def _weight(refusal: Refused) -> tuple[int, float]:
    # Of several places that may come back, the one that comes first.
    soon = -refusal.until.timestamp() if refusal.until else float("-inf")
    return _WEIGHTS.get(refusal.reason, 0), soon


def _taken(
    database: Database,
    visit: Visit,
    hit_ids: Sequence[str],
    hit_id: str,
    now: str,
    most_tries: int,
) -> Assignment | Refused:
    """What the worker has meanwhile, in another tab; else a place of this HIT, if it is still free.

    Whose time is up loses nothing where there is none, for nobody was given the place.
    """
    with database.writing() as connection:
        database.lock(connection, f"worker {visit.worker_id}")
        live = _live(connection, visit, hit_ids, now)
        taken = live or _decided(connection, visit, hit_id, now, most_tries)
        if isinstance(taken, Refused):
            connection.rollback()
    return taken


def _decided(
    connection: Connection, visit: Visit, hit_id: str, now: str, most_tries: int
) -> Assignment | Refused:
    """A place of this HIT, if it is free under its lock."""
    look = locked(connection, hit_id, visit.worker_id, now)
    if look is None:
        return Refused(Reason.NO_SUCH_HIT)
    return look.refusal(most_tries) or _new(connection, visit, look, now)


def _new(connection: Connection, visit: Visit, look: Look, now: str) -> Assignment:
    accepted = moment_of(now)
    assignment = Assignment(
        assignment_id=new_assignment_id(),
        hit_id=look.hit_id,
        worker_id=visit.worker_id,
        state=State.ACCEPTED,
        accept_time=accepted,
        deadline=accepted + timedelta(seconds=look.assignment_duration_in_seconds),
        panel=visit.panel or None,
        study_id=visit.study_id or None,
        session_id=visit.session_id or None,
    )
    row = {name: getattr(assignment, name) for name in assignment.__slots__}
    row |= {
        "state": State.ACCEPTED.value,
        "accept_time": now,
        "deadline": written(assignment.deadline),
        "auto_approval_delay_in_seconds": look.auto_approval_delay_in_seconds,
        "is_gathered": False,
    }
    connection.execute(insert(ASSIGNMENTS), row)
    return assignment
