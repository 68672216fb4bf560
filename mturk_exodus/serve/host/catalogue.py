"""The HITs of an archive, as they are offered and shown to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mturk_exodus.archive import Archive
from mturk_exodus.archive.rebuilt import FROM_A_PAGE, Rebuilder
from mturk_exodus.archive.selection import Selection
from mturk_exodus.archive.tables import HITS
from mturk_exodus.questions import question as questions
from mturk_exodus.questions.form import Form, UnreadableQuestion
from mturk_exodus.serve.host.desk import OfferedHIT
from mturk_exodus.serve.host.frames import Frame, frame_of
from mturk_exodus.serve.host.origins import origin_of

HOST = "host"
"""What the archive calls the source of what was worked on here."""
NO_PAGE = "the archive holds no page of it; take its layout in: `exodus ingest` of the HTML file"

_HOUR = 3_600
"""AssignmentDurationInSeconds of a HIT that says none: the requester site's own default."""
_SHORTEST, _LONGEST = 30, 31_536_000
_MOST_DELAY = 2_592_000
_NO_FORM = Form(kind="html")


@dataclass(frozen=True)
class Place:
    """Where frames are shown from.

    Attributes:
        origin: the host's own public one, `https://host.example`.
        allowed_hosts: as `frame_of` takes them.
    """

    origin: str
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """A HIT as participants see it.

    Attributes:
        hit_id: the HIT's.
        title: the HIT's, or None.
        form: what it asks.
        frame: what is shown of it; it may be refused.
    """

    hit_id: str
    title: str | None
    form: Form
    frame: Frame


def work_of(archive: Archive, hit_id: str, place: Place) -> Work | None:
    """A HIT to be shown; None if the archive has no such HIT."""
    row = archive.connection.execute(
        f"select title, {HITS.selected(['question'])} from hits where hit_id = ?",  # noqa: S608 - constants
        [hit_id],
    ).fetchone()
    if row is None:
        return None
    title, question = row
    question = question or _rebuilt(archive, hit_id)
    if question is None:
        return Work(hit_id, title, _NO_FORM, Frame(kind="html", refused=NO_PAGE))
    frame = frame_of(question, origin=place.origin, allowed_hosts=place.allowed_hosts)
    if frame.url is not None:
        frame = _elsewhere(frame, frame.url, place)
    return Work(hit_id, title, _form(question), frame)


def _rebuilt(archive: Archive, hit_id: str) -> str | None:
    """The page of a batch's HIT; one that is made of names alone was shown to nobody."""
    rebuilt = Rebuilder(archive.connection).of_hit(hit_id)
    return rebuilt.question if rebuilt is not None and rebuilt.origin == FROM_A_PAGE else None


def _form(question: str) -> Form:
    try:
        return questions.read(question)
    except UnreadableQuestion:
        return _NO_FORM


def _elsewhere(frame: Frame, url: str, place: Place) -> Frame:
    """Another site's page keeps its origin; with ours it could do whatever we can."""
    origin = origin_of(url)
    if origin is None:
        return Frame(kind=frame.kind, refused="its ExternalURL is no address that can be shown")
    if origin == origin_of(place.origin):
        return Frame(kind=frame.kind, refused="its page is on this very host")
    return frame


def offered(
    archive: Archive, selection: Selection, assignments: int | None
) -> Iterator[OfferedHIT]:
    """The chosen HITs that have places, in the order in which they are shown; those whose ids
    cannot stand in a link, as MTurk's can, are left out.

    Args:
        archive: where they are.
        selection: which of them.
        assignments: so many of each HIT are wanted from the host in all; None for those that are
            left: MaxAssignments, less what was done elsewhere.
    """
    limit = -1 if selection.limit is None else selection.limit
    rows = archive.connection.execute(
        "select * from (select hit_id, hit_type_id, coalesce(:wanted, max_assignments, 0) - ("  # noqa: S608 - constants
        "   select count(*) from assignments where assignments.hit_id = hits.hit_id"
        f"  and assignments.source is not '{HOST}' and :wanted is null) as places,"
        " assignment_duration_in_seconds, auto_approval_delay_in_seconds"
        f" from hits where {selection.hits()}"
        " and length(hit_id) <= 64 and hit_id not glob '*[^A-Za-z0-9_-]*'"
        " order by hit_type_id is null, hit_type_id, creation_time, hit_id)"
        " where places > 0 limit :limit",
        {**selection.parameters(), "wanted": assignments, "limit": limit},
    )
    for position, (hit_id, hit_type_id, places, duration, delay) in enumerate(rows):
        yield OfferedHIT(
            hit_id=hit_id,
            hit_type_id=hit_type_id,
            places=places,
            assignment_duration_in_seconds=_within(duration or _HOUR, _SHORTEST, _LONGEST),
            auto_approval_delay_in_seconds=_within(
                _MOST_DELAY if delay is None else delay, 0, _MOST_DELAY
            ),
            position=position,
        )


def _within(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))
