"""Taking an answer, and taking a HIT back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from mturk_exodus.serve.host.desk.accepting import held_of
from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import is_assignment_id, is_text, written
from mturk_exodus.serve.host.desk.outcomes import (
    Assignment,
    Reason,
    Refused,
    State,
    Stored,
)
from mturk_exodus.serve.host.desk.survey import locked, survey
from mturk_exodus.serve.host.desk.tables import ANSWERS, ASSIGNMENTS, IS_ACCEPTED

LONGEST_DOCUMENT = 32 * 2**20
"""Characters."""

_NO_DOCUMENT = re.compile("[\x00\ud800-\udfff]").search

_THIS = ASSIGNMENTS.c.assignment_id == bindparam("the_id")
_OF_WORKER = ASSIGNMENTS.c.worker_id == bindparam("the_worker_id")
_SUBMITTED = {
    "state": State.SUBMITTED.value,
    "submit_time": bindparam("now"),
}
_SUBMIT_LIVE = update(ASSIGNMENTS).where(_THIS, _OF_WORKER, IS_ACCEPTED).values(_SUBMITTED)
_SUBMIT_LATE = update(ASSIGNMENTS).where(_THIS).values(_SUBMITTED)
_RETURN = (
    update(ASSIGNMENTS).where(_THIS, _OF_WORKER, IS_ACCEPTED).values(state=State.RETURNED.value)
)
_RELEASE = (
    update(ASSIGNMENTS)
    .where(
        ASSIGNMENTS.c.panel == bindparam("the_panel"),
        ASSIGNMENTS.c.session_id.in_(bindparam("session_ids", expanding=True)),
        IS_ACCEPTED,
        ASSIGNMENTS.c.deadline > bindparam("now"),
    )
    .values(state=State.RETURNED.value)
)
RETURN_OTHER = (
    update(ASSIGNMENTS)
    .where(ASSIGNMENTS.c.hit_id == bindparam("the_hit_id"), _OF_WORKER, IS_ACCEPTED)
    .values(state=State.RETURNED.value)
)


def submit(
    database: Database, assignment_id: str, worker_id: str, document: str, now: datetime
) -> Stored | Refused:
    """As `Desk.submit`."""
    moment = written(now)
    if not (is_assignment_id(assignment_id) and is_text(worker_id)):
        return Refused(Reason.NO_SUCH_ASSIGNMENT)
    if len(document) > LONGEST_DOCUMENT:
        return Refused(Reason.TOO_LONG)
    if _NO_DOCUMENT(document):
        raise ValueError("an answer is XML, and XML holds no such characters")
    try:
        with database.writing() as connection:
            return _submitted(connection, assignment_id, worker_id, document, moment)
    except IntegrityError:
        if _has_done(database, assignment_id, moment):
            return Refused(Reason.DONE)
        raise


def _submitted(
    connection: Connection, assignment_id: str, worker_id: str, document: str, now: str
) -> Stored | Refused:
    asked = {"the_id": assignment_id, "the_worker_id": worker_id, "now": now}
    was_live = connection.execute(_SUBMIT_LIVE, asked).rowcount == 1
    held = held_of(connection, assignment_id)
    if held is None or held.worker_id != worker_id:
        return Refused(Reason.NO_SUCH_ASSIGNMENT)
    if not was_live:
        outcome = _late(connection, held, now)
        if outcome is not None:
            return outcome
        held = held_of(connection, assignment_id) or held
    connection.execute(insert(ANSWERS), {"assignment_id": assignment_id, "document": document})
    return Stored(held, was_there=False)


def _has_done(database: Database, assignment_id: str, now: str) -> bool:
    """Whether the assignment's worker has submitted the HIT meanwhile, under another id."""
    with database.reading() as connection:
        held = held_of(connection, assignment_id)
        if held is None:
            return False
        look = survey(connection, [held.hit_id], held.worker_id, now).get(held.hit_id)
    return look is not None and bool(look.done)


def _late(connection: Connection, held: Assignment, now: str) -> Stored | Refused | None:
    """Give a place to an answer whose own was lost; None once it is given."""
    if held.state is State.SUBMITTED:
        return Stored(held, was_there=True)
    look = locked(connection, held.hit_id, held.worker_id, now)
    again = held_of(connection, held.assignment_id)
    if again is not None and again.state is State.SUBMITTED:
        return Stored(again, was_there=True)
    if look is None or look.done:
        return Refused(Reason.DONE)
    asked = {"the_hit_id": held.hit_id, "the_worker_id": held.worker_id}
    has_other = connection.execute(RETURN_OTHER, asked).rowcount == 1
    if not has_other:
        look = locked(connection, held.hit_id, held.worker_id, now)
        if look is None or look.taken >= look.places:
            return Refused(Reason.PLACE_TAKEN)
    connection.execute(_SUBMIT_LATE, {"the_id": held.assignment_id, "now": now})
    return None


def give_back(database: Database, assignment_id: str, worker_id: str) -> Assignment | Refused:
    """As `Desk.give_back`."""
    if not (is_assignment_id(assignment_id) and is_text(worker_id)):
        return Refused(Reason.NO_SUCH_ASSIGNMENT)
    with database.writing() as connection:
        connection.execute(_RETURN, {"the_id": assignment_id, "the_worker_id": worker_id})
        held = held_of(connection, assignment_id)
    if held is None or held.worker_id != worker_id:
        return Refused(Reason.NO_SUCH_ASSIGNMENT)
    return Refused(Reason.DONE) if held.state is State.SUBMITTED else held


def release(database: Database, panel: str, session_ids: Iterable[str], now: datetime) -> int:
    """As `Desk.release`."""
    over = [one for one in session_ids if is_text(one)]
    asked = {"the_panel": panel, "session_ids": over, "now": written(now)}
    with database.writing() as connection:
        return connection.execute(_RELEASE, asked).rowcount
