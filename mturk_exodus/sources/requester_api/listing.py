"""What a pass knows about its list of all HITs: whether it can be trusted, whom it left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.testimony import REQUESTER_API
from mturk_exodus.archive.work import Work
from mturk_exodus.records import iso
from mturk_exodus.sources.requester_api.hit_plan import Look
from mturk_exodus.sources.requester_api.operations import GET_HIT, hit_by_id

LISTING_MOVED = "export.listing_moved"
LISTED_AGAIN = "export.listed_again"
_LOOK = "export.look"
_LISTING_BEGAN = "export.listing_began"

_LONG = timedelta(minutes=5)
"""MTurk disposes of HITs at any time. If its pages are counted from the beginning of the list, a
HIT that goes lets another slip between two pages, unseen. In a short listing that is unlikely; a
long one is walked once more at the end of the pass, which costs a call per 100 HITs."""


def begin(archive: Archive) -> None:
    """A pass begins: forget what the one before knew."""
    archive.set_info(LISTING_MOVED, "no")
    archive.set_info(LISTED_AGAIN, "no")
    archive.set_info(_LISTING_BEGAN, iso(datetime.now(timezone.utc)))
    archive.set_info(_LOOK, Look.PASS.name)


def resume(archive: Archive, work: Work, known_hits: Sequence[str] | None) -> None:
    """A pass goes on whose list had been read to its end; it may be an old one by now."""
    if listing_took_long(archive):
        archive.set_info(LISTING_MOVED, "yes")
    if known_hits is not None:
        plan_known_hits(archive, work, known_hits)


def look(archive: Archive) -> Look:
    """Why HITs are being looked at, as far as the pass has come."""
    return Look[archive.info(_LOOK, Look.PASS.name)]


def look_again(archive: Archive) -> None:
    """Everything was asked once; from now on HITs are looked at for what disagrees."""
    archive.set_info(_LOOK, Look.AGAIN.name)


def listing_took_long(archive: Archive) -> bool:
    """Whether HITs are likely to have come or gone since the pass began."""
    return archive.info(_LISTING_BEGAN) < iso(datetime.now(timezone.utc) - _LONG)


def plan_known_hits(archive: Archive, work: Work, known_hits: Sequence[str]) -> None:
    """Ask by id for the HITs that this pass has not seen: those in the archive, and these."""
    connection = archive.connection
    pass_id = work.run.pass_id
    unseen = connection.execute(
        "select hit_id from hits where (last_run_id < ? or source <> ?)"
        # HITs of other places have ids that are none of MTurk's.
        " and hit_id not glob '*[^A-Z0-9]*'",
        [pass_id, REQUESTER_API],
    )
    wanted = {hit_id for (hit_id,) in unseen}
    for hit_id in known_hits:
        if not connection.execute("select 1 from hits where hit_id = ?", [hit_id]).fetchone():
            wanted.add(hit_id)
    for hit_id in sorted(wanted):
        if not work.was_asked(GET_HIT, hit_id):
            work.plan(hit_by_id(hit_id))
