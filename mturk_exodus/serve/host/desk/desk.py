"""The desk: one object that the host's pages ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mturk_exodus.serve.host.desk import accepting, gathering, offering, recalling, submitting
from mturk_exodus.serve.host.desk.database import Database
from mturk_exodus.serve.host.desk.failures import OtherArchive
from mturk_exodus.serve.host.desk.ids import is_assignment_id, is_text
from mturk_exodus.serve.host.desk.outcomes import (
    Assignment,
    Counts,
    Finished,
    OfferedHIT,
    Progress,
    Refused,
    Stored,
    Visit,
)
from mturk_exodus.serve.host.desk.survey import MOST_TRIES
from mturk_exodus.serve.host.desk.tables import BLOCKED, DESK

_CONNECTIONS = 8


class Desk:
    """Who has accepted which HIT, and what was answered.

    Any number of threads, processes and machines may use one database at the same time; times are
    given by the caller, with a zone. Live and submitted assignments of a HIT are never more than
    its places (but for work that was recalled), and a worker has one live assignment of a HIT at a
    time and submits one. Nothing is
    ever deleted.

    Every method raises DeskUnavailable if the database does not answer or cannot be written.
    Whatever was to happen may then be asked for again: nothing happens twice.

    Args:
        database: an open one; use `Desk.open`.
        again: whether a worker may accept a HIT again that she gave back or let run out. MTurk let
            her; even then not more than 20 times.
    """

    def __init__(self, database: Database, *, again: bool = True) -> None:
        self._database = database
        self._most_tries = MOST_TRIES if again else 1

    @classmethod
    def open(
        cls, place: str | Path, *, again: bool = True, connections: int = _CONNECTIONS
    ) -> Desk:
        """Open the desk at `place`, or make one there.

        Args:
            place: a file (SQLite), or `postgresql://user:password@host/database`.
            again: as above.
            connections: to the database at once, at most; a thread that finds none free waits.

        Raises:
            DeskTooNew: a later version of this program has made it.
            NotADesk: the file is something else.
            DeskUnavailable: it cannot be reached, read or written.
            DeskError: the address cannot be read, or psycopg is missing.
        """
        return cls(Database.open(place, connections=connections), again=again)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def key(self) -> bytes:
        """32 bytes of chance for signing links, made with the database and the same ever after."""
        return self._database.key

    def belong(self, archive_id: str) -> None:
        """Be the desk of an archive, now and ever after.

        Raises:
            OtherArchive: it is another one's.
        """
        mine = update(DESK).where(DESK.c.archive_id.is_(None)).values(archive_id=archive_id)
        with self._database.writing() as connection:
            connection.execute(mine)
            if connection.execute(select(DESK.c.archive_id)).scalar_one() != archive_id:
                raise OtherArchive(
                    "the host's database belongs to another archive; name that --archive, or"
                    " another --database"
                )

    def offer(self, hits: Iterable[OfferedHIT]) -> None:
        """Offer these HITs, and no others.

        One that was offered before is brought up to date: those who have accepted it keep it, and
        the time that they were given. One that is not among these takes nobody new; those who work
        on it may submit it.

        Raises:
            ValueError: a HIT's members are not what they may be. Nothing is closed then, but HITs
                before it may be offered.
        """
        offering.offer(self._database, hits)

    def recall(self, finished: Iterable[Finished]) -> int:
        """Know of work that the archive holds, and that was not done at this desk.

        Its places are taken then, and its workers have done it; whoever of them is at work on it
        need not go on.

        Args:
            finished: as `finished` gave them at another desk; their answers are not needed.

        Returns:
            How many were not known.
        """
        return recalling.recall(self._database, finished)

    def answers(self) -> None:
        """Ask the database something, to see whether it answers."""
        self._database.ask()

    def accept(self, visit: Visit, hit_ids: Iterable[str], now: datetime) -> Assignment | Refused:
        """Give a worker a HIT: the first of these, in their order, that she can have. Those
        that she gave back or let run out come last.

        If she has a live assignment of one of them, it is that one again: after a reload, in a
        second tab. So the same call gives a session of several HITs one after the other.

        Args:
            visit: who comes, and from where.
            hit_ids: at most 1,000; just one for a link to a HIT.
            now: the time.

        Returns:
            A live assignment, or why there is none: NOT_AN_ID, BLOCKED, NO_SUCH_HIT, NOT_OFFERED,
            NO_PLACE, DONE, TRIED. Of several HITs, the reason that leaves the most hope.

        Raises:
            ValueError: there are too many HITs.
        """
        return accepting.accept(self._database, visit, hit_ids, now, self._most_tries)

    def look(
        self, visit: Visit, hit_ids: Iterable[str], now: datetime
    ) -> Assignment | Refused | None:
        """What `accept` would say that takes no place: a live assignment, that there is no more to
        do for this worker, or why; None if a place would be looked for.
        """
        return accepting.look(self._database, visit, hit_ids, now)

    def submit(
        self, assignment_id: str, worker_id: str, document: str, now: datetime
    ) -> Stored | Refused:
        """Store an answer, once. When this returns, it survives the end of process and machine.

        A second answer to the same assignment changes nothing. An answer that comes after its time
        was up, or after the worker gave the HIT back, is taken as long as the place is free, or the
        worker has it again under another id. MTurk would have refused it; but the work is done, and
        nobody's answer should be lost.

        Args:
            assignment_id: as `accept` gave it.
            worker_id: whose it must be.
            document: QuestionFormAnswers, up to 32 Mi characters.
            now: the time.

        Returns:
            The assignment, or why nothing was stored: NO_SUCH_ASSIGNMENT (or somebody else's),
            PLACE_TAKEN, DONE (the worker has submitted the HIT under another id), TOO_LONG.

        Raises:
            ValueError: the document has characters that no XML has.
        """
        return submitting.submit(self._database, assignment_id, worker_id, document, now)

    def give_back(self, assignment_id: str, worker_id: str) -> Assignment | Refused:
        """Return a HIT: its place is free. One that was abandoned, or given back, stays so.

        Returns:
            The assignment, or NO_SUCH_ASSIGNMENT (or somebody else's), or DONE: it was submitted.
        """
        return submitting.give_back(self._database, assignment_id, worker_id)

    def release(self, panel: str, session_ids: Iterable[str], now: datetime) -> int:
        """Return what is left of visits that are over at their panel; how many HITs that were.

        An answer that comes all the same is late: it is taken while the place is free.
        """
        return submitting.release(self._database, panel, session_ids, now)

    def abandon(self, now: datetime) -> int:
        """Free the places of all whose time is up; how many that were.

        Whoever wants a place looks for those that ran out: this only keeps the counts true.
        """
        return gathering.abandon(self._database, now)

    def assignment(self, assignment_id: str) -> Assignment | None:
        """The assignment with that id; None if there is none.

        Its state may be Accepted although its deadline has passed.
        """
        if not is_assignment_id(assignment_id):
            return None
        with self._database.reading() as connection:
            return accepting.held_of(connection, assignment_id)

    def progress(self, visit: Visit, hit_ids: Iterable[str]) -> Progress:
        """How far a worker is with these HITs.

        Args:
            visit: whose, and which visit.
            hit_ids: at most 1,000.

        Raises:
            ValueError: there are too many HITs.
        """
        return accepting.progress(self._database, visit, hit_ids)

    def finished(self, after: Finished | None = None, limit: int = 100) -> list[Finished]:
        """Submitted assignments that are not gathered, by the time of their submission.

        Args:
            after: the last of the previous page. The first page may grow at its front meanwhile:
                begin anew until it is empty, and nothing is left out.
            limit: 1 to 1,000.

        Raises:
            ValueError: the limit is not one.
        """
        return gathering.finished(self._database, after, limit)

    def gathered(self, assignment_ids: Iterable[str]) -> int:
        """Say that these are in the archive; how many were not known to be."""
        return gathering.gathered(self._database, assignment_ids)

    def counts(self, now: datetime) -> Counts:
        """Figures for an operator."""
        return gathering.counts(self._database, now)

    def block(self, worker_id: str) -> None:
        """Give a worker nothing more. What she works on, she may submit.

        Raises:
            ValueError: it is no id.
        """
        if not is_text(worker_id):
            raise ValueError("a worker's id has 1 to 200 characters")
        dialect = sqlite if self._database.dialect == "sqlite" else postgresql
        statement = dialect.insert(BLOCKED).on_conflict_do_nothing()
        with self._database.writing() as connection:
            connection.execute(statement, {"worker_id": worker_id})

    def unblock(self, worker_id: str) -> None:
        """Let a worker come again."""
        if not is_text(worker_id):
            return
        with self._database.writing() as connection:
            connection.execute(delete(BLOCKED).where(BLOCKED.c.worker_id == worker_id))
