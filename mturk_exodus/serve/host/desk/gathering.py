"""What is finished, for the archive; what has run out; and figures for an operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)

from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.ids import is_assignment_id, moment_of, written
from mturk_exodus.serve.host.desk.outcomes import Counts, Finished, State
from mturk_exodus.serve.host.desk.tables import (
    ANSWERS,
    ASSIGNMENTS,
    BLOCKED,
    HITS,
    IS_ACCEPTED,
    IS_SUBMITTED,
    IS_TO_GATHER,
)

MOST_FINISHED = 1_000
_MOST_CHARACTERS = 32 * 2**20
"""Of the documents that come at once."""
_PORTION = 500

_FINISHED = (
    select(
        ASSIGNMENTS.c.assignment_id,
        ASSIGNMENTS.c.worker_id,
        ASSIGNMENTS.c.hit_id,
        ASSIGNMENTS.c.accept_time,
        ASSIGNMENTS.c.submit_time,
        ASSIGNMENTS.c.deadline,
        ASSIGNMENTS.c.auto_approval_delay_in_seconds,
        ASSIGNMENTS.c.panel,
        ASSIGNMENTS.c.study_id,
        ASSIGNMENTS.c.session_id,
        HITS.c.hit_type_id,
        ANSWERS.c.document,
    )
    .join(HITS, HITS.c.hit_id == ASSIGNMENTS.c.hit_id)
    .join(ANSWERS, ANSWERS.c.assignment_id == ASSIGNMENTS.c.assignment_id)
    .where(IS_TO_GATHER)
    .where(
        tuple_(ASSIGNMENTS.c.submit_time, ASSIGNMENTS.c.assignment_id)
        > tuple_(bindparam("time", ""), bindparam("id", ""))
    )
    .order_by(ASSIGNMENTS.c.submit_time, ASSIGNMENTS.c.assignment_id)
    .limit(bindparam("most"))
)
_LENGTHS = _FINISHED.with_only_columns(func.length(ANSWERS.c.document))
_GATHERED = (
    update(ASSIGNMENTS)
    .where(
        ASSIGNMENTS.c.assignment_id.in_(bindparam("ids", expanding=True)),
        IS_TO_GATHER,
    )
    .values(is_gathered=True)
)
_OVERDUE = (
    select(ASSIGNMENTS.c.assignment_id)
    .where(IS_ACCEPTED, ASSIGNMENTS.c.deadline <= bindparam("now"))
    .order_by(ASSIGNMENTS.c.deadline)
    .limit(_PORTION)
    .with_for_update(skip_locked=True)  # whoever holds one is about to submit it, or to abandon it
)
_ABANDON = (
    update(ASSIGNMENTS)
    .where(ASSIGNMENTS.c.assignment_id.in_(bindparam("ids", expanding=True)), IS_ACCEPTED)
    .values(state=State.ABANDONED.value)
)


def finished(database: Database, after: Finished | None, limit: int) -> list[Finished]:
    """As `Desk.finished`."""
    if not 0 < limit <= MOST_FINISHED:
        raise ValueError(f"1 to {MOST_FINISHED} at a time")
    asked: dict[str, str | int] = {"most": limit}
    if after is not None:
        asked |= {"time": after.record["SubmitTime"], "id": after.record["AssignmentId"]}
    with database.reading() as connection:
        asked["most"] = _that_fit(connection.execute(_LENGTHS, asked).scalars())
        return [_finished(row) for row in connection.execute(_FINISHED, asked).mappings()]


def _that_fit(lengths: Iterable[int]) -> int:
    """How many documents come at once: one at least, however long it is."""
    totals = list(accumulate(lengths))
    return max(sum(total <= _MOST_CHARACTERS for total in totals), min(len(totals), 1))


def _finished(said: RowMapping) -> Finished:
    delay = timedelta(seconds=said["auto_approval_delay_in_seconds"])
    record = {
        "AssignmentId": said["assignment_id"],
        "WorkerId": said["worker_id"],
        "HITId": said["hit_id"],
        "AssignmentStatus": State.SUBMITTED.value,
        "AutoApprovalTime": written(moment_of(said["submit_time"]) + delay),
        "AcceptTime": said["accept_time"],
        "SubmitTime": said["submit_time"],
        "Deadline": said["deadline"],
        "Answer": said["document"],
    }
    return Finished(
        record=record,
        hit_type_id=said["hit_type_id"],
        panel=said["panel"],
        study_id=said["study_id"],
        session_id=said["session_id"],
    )


def gathered(database: Database, assignment_ids: Iterable[str]) -> int:
    """As `Desk.gathered`."""
    given = sorted({one for one in assignment_ids if is_assignment_id(one)})
    return sum(_mark(database, given[at : at + _PORTION]) for at in range(0, len(given), _PORTION))


def _mark(database: Database, ids: Sequence[str]) -> int:
    with database.writing() as connection:
        database.lock(connection, "gather")
        return connection.execute(_GATHERED, {"ids": ids}).rowcount


def abandon(database: Database, now: datetime) -> int:
    """As `Desk.abandon`."""
    moment, total = written(now), 0
    while True:
        with database.writing() as connection:
            ids = connection.execute(_OVERDUE, {"now": moment}).scalars().all()
            if ids:
                total += connection.execute(_ABANDON, {"ids": ids}).rowcount
        if len(ids) < _PORTION:
            return total


def counts(database: Database, now: datetime) -> Counts:
    """As `Desk.counts`."""
    moment = written(now)
    with database.reading() as connection:
        states = _by_state(connection)
        live = _number(connection, IS_ACCEPTED, ASSIGNMENTS.c.deadline > moment)
        return Counts(
            hits=connection.execute(
                select(func.count()).select_from(HITS).where(HITS.c.is_offered)
            ).scalar_one(),
            places_left=_places_left(connection, moment),
            live=live,
            overdue=states.get(State.ACCEPTED.value, 0) - live,
            returned=states.get(State.RETURNED.value, 0),
            abandoned=states.get(State.ABANDONED.value, 0),
            submitted=states.get(State.SUBMITTED.value, 0),
            gathered=_number(connection, ASSIGNMENTS.c.is_gathered),
            workers=connection.execute(
                select(func.count(ASSIGNMENTS.c.worker_id.distinct()))
            ).scalar_one(),
            blocked=connection.execute(select(func.count()).select_from(BLOCKED)).scalar_one(),
        )


def _by_state(connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        select(ASSIGNMENTS.c.state, func.count()).group_by(ASSIGNMENTS.c.state)
    )
    return {state: number for state, number in rows}  # noqa: C416 - rows are no pairs to mypy


def _number(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(ASSIGNMENTS).where(*conditions)
    return int(connection.execute(statement).scalar_one())


def _places_left(connection: Connection, now: str) -> int:
    is_taken = or_(IS_SUBMITTED, IS_ACCEPTED & (ASSIGNMENTS.c.deadline > now))
    taken = (
        select(ASSIGNMENTS.c.hit_id, func.count().label("taken"))
        .where(is_taken)
        .group_by(ASSIGNMENTS.c.hit_id)
        .subquery()
    )
    left = HITS.c.places - func.coalesce(taken.c.taken, 0)
    statement = (
        select(func.coalesce(func.sum(left), 0))
        .select_from(HITS)
        .outerjoin(taken, taken.c.hit_id == HITS.c.hit_id)
        .where(HITS.c.is_offered, left > 0)
    )
    return int(connection.execute(statement).scalar_one())
