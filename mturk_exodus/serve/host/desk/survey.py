"""How it stands with HITs, and with one worker's tries at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    func,
    or_,
    select,
    update,
)

from mturk_exodus.serve.host.desk.ids import moment_of
from mturk_exodus.serve.host.desk.outcomes import Reason, Refused, State
from mturk_exodus.serve.host.desk.tables import ASSIGNMENTS, HITS, IS_ACCEPTED, IS_SUBMITTED

MOST_TRIES = 20
"""At one HIT by one worker. Nobody fills a disk by accepting and giving back."""

_OF_HIT = ASSIGNMENTS.c.hit_id == HITS.c.hit_id
_OF_WORKER = ASSIGNMENTS.c.worker_id == bindparam("worker_id")
_IS_LIVE = IS_ACCEPTED & (ASSIGNMENTS.c.deadline > bindparam("now"))


@dataclass(frozen=True, slots=True)
class Look:
    """How it stands with a HIT, for one worker.

    Attributes:
        taken: places that are taken by live and submitted assignments.
        until: when the time of the next live one runs out; None if there is none.
        done: how many the worker has submitted, 0 or 1.
        tries: how many the worker has had, of whatever state.
    """

    hit_id: str
    is_offered: bool
    places: int
    assignment_duration_in_seconds: int
    auto_approval_delay_in_seconds: int
    taken: int
    until: str | None
    done: int
    tries: int

    def refusal(self, most_tries: int) -> Refused | None:
        """Why the worker cannot have it; None if there is no reason."""
        if self.done:
            return Refused(Reason.DONE)
        if not self.is_offered:
            return Refused(Reason.NOT_OFFERED)
        if self.tries >= most_tries:
            return Refused(Reason.TRIED)
        if self.taken >= self.places:
            until = moment_of(self.until) if self.until else None
            return Refused(Reason.NO_PLACE, until)
        return None


def _count(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(ASSIGNMENTS).where(*conditions).scalar_subquery()


_SURVEY = (
    select(
        HITS.c.hit_id,
        HITS.c.is_offered,
        HITS.c.places,
        HITS.c.assignment_duration_in_seconds,
        HITS.c.auto_approval_delay_in_seconds,
        _count(_OF_HIT, or_(IS_SUBMITTED, _IS_LIVE)),
        select(func.min(ASSIGNMENTS.c.deadline)).where(_OF_HIT, _IS_LIVE).scalar_subquery(),
        _count(_OF_HIT, _OF_WORKER, IS_SUBMITTED),
        _count(_OF_HIT, _OF_WORKER),
    )
    .where(HITS.c.hit_id.in_(bindparam("hit_ids", expanding=True)))
    .limit(bindparam("most"))
)

_LOCK = select(HITS.c.hit_id).where(HITS.c.hit_id == bindparam("hit_id")).limit(1).with_for_update()

_RUN_OUT = (
    update(ASSIGNMENTS)
    .where(
        ASSIGNMENTS.c.hit_id == bindparam("the_hit_id"),
        IS_ACCEPTED,
        ASSIGNMENTS.c.deadline <= bindparam("now"),
    )
    .values(state=State.ABANDONED.value)
)


def survey(
    connection: Connection, hit_ids: Iterable[str], worker_id: str, now: str
) -> dict[str, Look]:
    """Those of the HITs that there are."""
    given = list(hit_ids)
    if not given:
        return {}
    asked = {"hit_ids": given, "worker_id": worker_id, "now": now, "most": len(given)}
    return {row[0]: Look(*row) for row in connection.execute(_SURVEY, asked)}


def locked(connection: Connection, hit_id: str, worker_id: str, now: str) -> Look | None:
    """How it stands with a HIT that nobody else decides about until the transaction ends.

    Whose time is up has lost it then, whatever another process's clock says.
    """
    if connection.dialect.name != "sqlite":  # whose transactions that write are alone anyway
        connection.execute(_LOCK, {"hit_id": hit_id})
    connection.execute(_RUN_OUT, {"the_hit_id": hit_id, "now": now})
    return survey(connection, [hit_id], worker_id, now).get(hit_id)
