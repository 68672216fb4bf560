"""What a pass knows about its list of all HITs: whether it can be trusted, whom it left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.work import Work
from mturk_exodus.records import iso
from mturk_exodus.sources.requester_api.operations import GET_HIT, hit_by_id

LISTING_MOVED = "export.listing_moved"
LISTED_AGAIN = "export.listed_again"
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


def listing_took_long(archive: Archive) -> bool:
    """Whether HITs are likely to have come or gone since the pass began."""
    return archive.info(_LISTING_BEGAN) < iso(datetime.now(timezone.utc) - _LONG)


def plan_known_hits(archive: Archive, work: Work, known_hits: Sequence[str]) -> None:
    """Ask by id for the HITs that this pass has not seen: those in the archive, and these."""
    connection = archive.connection
    pass_id = work.run.pass_id
    unseen = connection.execute("select hit_id from hits where last_run_id < ?", [pass_id])
    wanted = {hit_id for (hit_id,) in unseen}
    for hit_id in known_hits:
        if not connection.execute("select 1 from hits where hit_id = ?", [hit_id]).fetchone():
            wanted.add(hit_id)
    for hit_id in sorted(wanted):
        if not work.was_asked(GET_HIT, hit_id):
            work.plan(hit_by_id(hit_id))
