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
from mturk_exodus.questions.showing import Frame, frame_of
from mturk_exodus.serve.host.desk import DELAYS, DURATIONS, MOST_PLACES, Finished, OfferedHIT
from mturk_exodus.serve.host.desk.ids import is_text
from mturk_exodus.serve.host.origins import origin_of

HOST = "host"
"""What the archive calls the source of what was worked on here."""
NO_PAGE = "the archive holds no page of it; take its layout in: `exodus ingest` of the HTML file"

_HOUR = 3_600
"""AssignmentDurationInSeconds of a HIT that says none: the requester site's own default."""
NO_FORM = Form(kind="html")
"""Of a page that cannot be read: whatever it sends is taken."""


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
    title, kept = row
    question = kept or _rebuilt(archive, hit_id)
    if question is None:
        return Work(hit_id, title, NO_FORM, Frame(kind="html", refused=NO_PAGE))
    frame = frame_of(
        question, origin=place.origin, allowed_hosts=place.allowed_hosts, layout=not kept
    )
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
        return NO_FORM


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
    """The chosen HITs that have places, those of a type together; those whose ids cannot stand in
    a link, as MTurk's can, are left out.

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
    for hit_id, hit_type_id, places, duration, delay in rows:
        yield OfferedHIT(
            hit_id=hit_id,
            hit_type_id=hit_type_id if hit_type_id and is_text(hit_type_id) else None,
            places=min(places, MOST_PLACES),
            assignment_duration_in_seconds=_within(DURATIONS, duration or _HOUR),
            auto_approval_delay_in_seconds=_within(DELAYS, DELAYS[-1] if delay is None else delay),
        )


def worked_on(archive: Archive) -> Iterator[Finished]:
    """All that the archive holds of work that was done at a host, without the answers."""
    rows = archive.connection.execute(
        "select assignment_id, worker_id, hit_id, accept_time, submit_time,"
        " coalesce(deadline, submit_time), cast(raw ->> 'HITTypeId' as blob),"
        " cast(raw ->> 'Panel' as blob), cast(raw ->> 'StudyId' as blob),"
        " cast(raw ->> 'SessionId' as blob)"
        " from assignments where source = ? and accept_time is not null"
        " and submit_time is not null and worker_id is not null",
        [HOST],
    )
    names = ("AssignmentId", "WorkerId", "HITId", "AcceptTime", "SubmitTime", "Deadline")
    for row in rows:
        hit_type_id, panel, study_id, session_id = map(_text, row[len(names) :])
        yield Finished(
            record=dict(zip(names, row, strict=False)),
            hit_type_id=hit_type_id,
            panel=panel,
            study_id=study_id,
            session_id=session_id,
        )


def _text(said: bytes | None) -> str | None:
    """JSON may hold half a character, which SQLite gives as bytes that are no text."""
    return None if said is None else said.decode("utf-8", "replace")


def _within(allowed: range, number: int) -> int:
    return max(allowed[0], min(number, allowed[-1]))
