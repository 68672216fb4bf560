"""Which HITs are asked for review results.

A HIT's record does not say whether it has a review policy, and asking each would cost a call per
HIT. The HITs of a type are mostly made by one program, so a few of them tell about the rest.
"""

from __future__ import annotations

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.runs import Run
from mturk_exodus.archive.work import Work
from mturk_exodus.sources.requester_api.operations import LIST_REVIEWS, reviews_of

PROBES = 3
"""HITs asked of each HIT type."""

_NOT_ASKED = """
    from hits where source = 'requester_api' and hit_type_id is ? and not exists
    (select 1 from work where operation = 'ListReviewPolicyResultsForHIT' and subject = hit_id)
"""


def plan_all(archive: Archive, run: Run) -> None:
    """Ask every HIT that has not been asked."""
    for hit_type_id in _hit_types(archive):
        _plan_rest(archive, run, hit_type_id)


def plan_probes(archive: Archive, work: Work) -> None:
    """Ask a few of the HITs of each type that this pass has brought, reviewed ones first."""
    pass_id = work.run.pass_id
    for hit_type_id in _hit_types(archive):
        asked = _asked(archive, hit_type_id, pass_id)
        rows = archive.connection.execute(
            f"select hit_id {_NOT_ASKED} and first_run_id >= ?"
            " order by number_of_assignments_completed > 0 desc, hit_id limit ?",
            [hit_type_id, pass_id, max(PROBES - asked, 0)],
        )
        for (hit_id,) in rows.fetchall():
            work.plan(reviews_of(hit_id, ""))


def settle_probes(archive: Archive, run: Run) -> None:
    """Ask the rest of each type that has a policy; of the others, write down that it was not."""
    for hit_type_id in _hit_types(archive):
        (rest,) = archive.connection.execute(
            f"select count(*) {_NOT_ASKED}",
            [hit_type_id],
        ).fetchone()
        if rest and _has_policy(archive, hit_type_id):
            _plan_rest(archive, run, hit_type_id)
            rest = 0
        _note(archive, run, hit_type_id, rest)


def _hit_types(archive: Archive) -> list[str | None]:
    rows = archive.connection.execute(
        "select distinct hit_type_id from hits where source = 'requester_api' order by 1"
    )
    return [hit_type_id for (hit_type_id,) in rows.fetchall()]


def _asked(archive: Archive, hit_type_id: str | None, pass_id: int) -> int:
    (asked,) = archive.connection.execute(
        "select count(*) from (select 1 from hits join work on operation = ? and subject = hit_id"
        " where source = 'requester_api' and hit_type_id is ? and first_run_id >= ?"
        " and state <> 'gone' limit ?)",
        [LIST_REVIEWS, hit_type_id, pass_id, PROBES],
    ).fetchone()
    return int(asked)


def _has_policy(archive: Archive, hit_type_id: str | None) -> bool:
    row = archive.connection.execute(
        "select 1 from hits join review_reports using (hit_id) where hit_type_id is ?"
        " and (assignment_review_policy is not null or hit_review_policy is not null) limit 1",
        [hit_type_id],
    ).fetchone()
    return row is not None


def _plan_rest(archive: Archive, run: Run, hit_type_id: str | None) -> None:
    task = reviews_of("", "")
    archive.connection.execute(
        "insert into work (operation, subject, phase, rank, perishes_at, run_id)"
        f" select ?, hit_id, ?, ?, coalesce(expiration, ''), ? {_NOT_ASKED}",
        [task.operation, task.phase, task.rank, run.run_id, hit_type_id],
    )


def _note(archive: Archive, run: Run, hit_type_id: str | None, rest: int) -> None:
    connection = archive.connection
    key = [LIST_REVIEWS, hit_type_id or ""]
    connection.execute("delete from not_asked where operation = ? and hit_type_id = ?", key)
    if rest:
        reason = f"{PROBES} HITs of this type were asked, and none has a review policy"
        connection.execute(
            "insert into not_asked values (?, ?, ?, ?, ?)", [*key, rest, reason, run.run_id]
        )
