"""The last part of a pass: what disagrees is asked again, and reviews are probed."""

from __future__ import annotations

from mturk_exodus.archive import gaps
from mturk_exodus.sources.requester_api.dispatch import Dispatcher
from mturk_exodus.sources.requester_api.hit_plan import Look
from mturk_exodus.sources.requester_api.listing import LISTED_AGAIN, LISTING_MOVED, look_again
from mturk_exodus.sources.requester_api.operations import (
    LIST_HITS,
    PAGE,
    WHOLE_ACCOUNT,
    hit_by_id,
)
from mturk_exodus.sources.requester_api.reviews import plan_all, plan_probes, settle_probes

_ROUNDS = 3


def carry_out(dispatcher: Dispatcher, review_results: str) -> None:
    """Do a whole pass, or the rest of one."""
    dispatcher.drain()
    _second_chance(dispatcher)
    with dispatcher.absorber.archive.transaction():
        look_again(dispatcher.absorber.archive)
    dispatcher.absorber.look = Look.AGAIN
    for _ in range(_ROUNDS):
        if not _look_again(dispatcher):
            break
        dispatcher.drain()
    _ask_reviews(dispatcher, review_results)


def _second_chance(dispatcher: Dispatcher) -> None:
    """What failed while the endpoint was ill may be answered now that it is not."""
    absorber = dispatcher.absorber
    with absorber.archive.transaction():
        failed = absorber.work.retry_failed()
    if failed:
        dispatcher.drain()


def _look_again(dispatcher: Dispatcher) -> bool:
    """Plan to read counters again where they disagree with what is held; False if none do.

    A few HITs are asked one by one. Where that would take more calls than listing all HITs, or
    where the list has shifted while it was read, all are listed.
    """
    absorber = dispatcher.absorber
    archive, work = absorber.archive, absorber.work
    disagreeing = gaps.disagreeing_hits(archive, absorber.run.pass_id)
    (hits,) = archive.connection.execute(
        "select count(*) from hits where source = 'requester_api'"
    ).fetchone()
    may_list = archive.info(LISTED_AGAIN) == "no"
    moved = archive.info(LISTING_MOVED) == "yes"
    with archive.transaction():
        if may_list and (moved or len(disagreeing) > hits // PAGE + 2):
            archive.set_info(LISTED_AGAIN, "yes")
            work.plan(next(task for task in WHOLE_ACCOUNT if task.operation == LIST_HITS))
            return True
        for hit_id in disagreeing:
            work.plan(hit_by_id(hit_id))
    return bool(disagreeing)


def _ask_reviews(dispatcher: Dispatcher, review_results: str) -> None:
    absorber = dispatcher.absorber
    if review_results == "none":
        return
    with absorber.archive.transaction():
        if review_results == "all":
            plan_all(absorber.archive, absorber.run)
        else:
            plan_probes(absorber.archive, absorber.work)
    dispatcher.drain()
    if review_results == "probe":
        with absorber.archive.transaction():
            settle_probes(absorber.archive, absorber.run)
        dispatcher.drain()
