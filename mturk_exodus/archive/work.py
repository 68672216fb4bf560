"""The work still to do, as rows: committed with the data it yields, so it can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.runs import Run
from mturk_exodus.records import iso


@dataclass(frozen=True)
class Task:
    """Something to ask of the source.

    Attributes:
        operation: MTurk's operation.
        subject: whom it is asked about: an id, two ids with a slash between, or nothing.
        phase: no task starts while one of an earlier phase is left.
        rank: within a phase, lower ranks first.
        perishes_at: within a rank, what the source drops soonest comes first (ISO 8601).
    """

    operation: str
    subject: str
    phase: int
    rank: int = 0
    perishes_at: str = ""


@dataclass(frozen=True)
class Unit:
    """A task that is to be done, as far as it has come."""

    work_id: int
    operation: str
    subject: str
    phase: int
    next_token: str | None
    records_on_last_page: int | None
    received: int
    first_seen: int
    failures: int
    restarts: int


_COLUMNS = (
    "work_id, operation, subject, phase, next_token, records_on_last_page, received,"
    " first_seen, failures, restarts"
)


class Work:
    """The work rows of an archive, as one run handles them."""

    def __init__(self, archive: Archive, run: Run) -> None:
        self.connection = archive.connection
        self.run = run

    def plan(self, task: Task) -> None:
        """Have a task done, from its beginning, unless it is already waiting."""
        self.connection.execute(
            "insert into work (operation, subject, phase, rank, perishes_at, run_id)"
            " values (?, ?, ?, ?, ?, ?) on conflict (operation, subject) do update set"
            " state = 'to do', next_token = null, records_on_last_page = null, received = 0,"
            " first_seen = 0, failures = 0, restarts = 0, reason = null, finished_at = null,"
            " perishes_at = excluded.perishes_at, run_id = excluded.run_id"
            " where state <> 'to do'",
            [
                task.operation,
                task.subject,
                task.phase,
                task.rank,
                task.perishes_at,
                self.run.run_id,
            ],
        )

    def retry_failed(self) -> int:
        """Have every task that failed in an earlier run done again."""
        return self.connection.execute(
            "update work set state = 'to do', failures = 0, restarts = 0, reason = null,"
            " next_token = null,"
            " records_on_last_page = null, received = 0 where state = 'failed'"
        ).rowcount

    def begin_afresh(self) -> None:
        """A new pass: what an earlier one left half read, or could not read, is read anew."""
        self.connection.execute(
            "update work set state = 'to do', next_token = null, records_on_last_page = null,"
            " received = 0, first_seen = 0, failures = 0, restarts = 0 where state = 'to do'"
            " or (state = 'done' and (operation, subject) in (select operation, subject"
            " from quarantine where resolved_run_id is null))"
        )

    def rewind(self, operation: str) -> None:
        """Have the unfinished lists of an operation asked from their first page."""
        self.connection.execute(
            "update work set next_token = null, records_on_last_page = null, received = 0"
            " where operation = ? and state = 'to do'",
            [operation],
        )

    def next_units(self, limit: int, besides: Iterable[int]) -> list[Unit]:
        """The most urgent units of the earliest phase that has any left."""
        busy = set(besides)
        rows = self.connection.execute(
            f"select {_COLUMNS} from work where state = 'to do' and phase ="
            " (select min(phase) from work where state = 'to do')"
            " order by phase, rank, perishes_at limit ?",
            [limit + len(busy)],
        )
        units = (Unit(*row) for row in rows)
        return [unit for unit in units if unit.work_id not in busy][:limit]

    def unit(self, operation: str, subject: str) -> Unit:
        """The unit of a planned task, as its row now says."""
        row = self.connection.execute(
            f"select {_COLUMNS} from work where operation = ? and subject = ?",
            [operation, subject],
        ).fetchone()
        return Unit(*row)

    def advance(self, unit: Unit, token: str | None, records: int, first_seen: int) -> None:
        """A page is stored, and another is to come."""
        self.connection.execute(
            "update work set next_token = ?, records_on_last_page = ?, received = received + ?,"
            " first_seen = first_seen + ?, failures = 0, run_id = ? where work_id = ?",
            [token, records, records, first_seen, self.run.run_id, unit.work_id],
        )

    def restart(self, unit: Unit) -> None:
        """The token is worthless: ask from the first page again."""
        self.connection.execute(
            "update work set next_token = null, records_on_last_page = null, received = 0,"
            " restarts = restarts + 1 where work_id = ?",
            [unit.work_id],
        )

    def finish(self, unit: Unit, state: str, reason: str | None = None) -> None:
        """The unit is `done`, `gone` (the source has dropped it) or `failed`."""
        self.connection.execute(
            "update work set state = ?, reason = ?, finished_at = ?, next_token = null,"
            " run_id = ? where work_id = ?",
            [state, reason, iso(datetime.now(timezone.utc)), self.run.run_id, unit.work_id],
        )

    def fail_once(self, unit: Unit) -> None:
        """The unit is to be tried again."""
        self.connection.execute(
            "update work set failures = failures + 1 where work_id = ?", [unit.work_id]
        )

    def state(self, operation: str, subject: str) -> str | None:
        """The state of a task; None if it was never planned."""
        row = self.connection.execute(
            "select state from work where operation = ? and subject = ?", [operation, subject]
        ).fetchone()
        return row[0] if row else None

    def was_asked(self, operation: str, subject: str) -> bool:
        """Whether this pass has an answer to a task already."""
        row = self.connection.execute(
            "select 1 from work where operation = ? and subject = ? and run_id >= ?"
            " and state in ('done', 'gone')",
            [operation, subject, self.run.pass_id],
        ).fetchone()
        return row is not None

    def finished_at(self, operation: str, subject: str) -> str | None:
        """When a task was last done (ISO 8601)."""
        row = self.connection.execute(
            "select finished_at from work where operation = ? and subject = ?",
            [operation, subject],
        ).fetchone()
        return row[0] if row else None

    def count_left(self) -> int:
        """How many units are to do."""
        row: Sequence[int] = self.connection.execute(
            "select count(*) from work where state = 'to do'"
        ).fetchone()
        return row[0]
