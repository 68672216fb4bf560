"""The tables that all figures are worked out from: narrow ones, made in one pass over the records.

temp.type, batch, person, study   a number for each HIT type, batch, worker and study
temp.hit                          HITs with their numbers
temp.piece                         assignments: whose, of what, when, what they cost
temp.bonus                        bonuses that MTurk paid, likewise
temp.lacking                      HITs whose counters promise more than is held, and how much more

Money is in millionths of a dollar, durations in milliseconds, days are `YYYY-MM-DD`. `is_new` marks
work that was collected elsewhere than at MTurk: MTurk paid nothing for it. Assignments that are
`is_timeless` were submitted when they were accepted, or before: what they took is not known.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mturk_exodus.archive import Archive
from mturk_exodus.archive.scratch import scratch
from mturk_exodus.archive.workers import ELSEWHERE
from mturk_exodus.audit.amounts import millionths
from mturk_exodus.audit.fees import Fees
from mturk_exodus.audit.studies_file import Study

_MASTERS = frozenset(("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"))
"""Production and sandbox (API reference, QualificationRequirement)."""

_SYSTEM = frozenset(
    (
        "00000000000000000000",
        "00000000000000000040",
        "00000000000000000060",
        "00000000000000000070",
        "00000000000000000071",
        "000000000000000000E0",
        "000000000000000000L0",
        "000000000000000000S0",
    )
)
"""Qualification types that MTurk keeps for everybody, and charges nothing for."""

_MILLISECONDS = (
    "(cast(strftime('%s', {0}) as integer) * 1000 + cast(substr({0}, 21, 3) as integer))"
)

# Every column has its type: SQLite uses no index to join columns of different ones, and what
# follows from an expression has none.
_NUMBERS = """
create temp table type (type_no integer primary key, hit_type_id text, title text,
    masters integer, is_foreign integer, study_no integer);
insert into type
    select row_number() over (order by hit_type_id) as type_no, hit_type_id, title,
        audit_masters(qualification_requirements) as masters,
        audit_foreign(qualification_requirements) as is_foreign,
        study_no
    from hit_types left join study_of_type using (hit_type_id);
create unique index temp.type_by_id on type (hit_type_id);
create temp table batch (batch_no integer primary key, batch_id text, study_no integer);
insert into batch
    select row_number() over (order by held.batch_id) as batch_no, held.batch_id, study_no
    from (select distinct batch_id from hits where batch_id is not null) as held
    left join study_of_batch using (batch_id);
create unique index temp.batch_by_id on batch (batch_id);
create temp table person (worker_no integer primary key, worker_id text);
insert into person
    select row_number() over (order by assignments desc, worker_id) as worker_no, worker_id from (
        select worker_id, count(*) as assignments from assignments
            where worker_id is not null group by worker_id
        union all
        select distinct worker_id, 0 from bonus_payments where worker_id is not null
            and worker_id not in (select worker_id from assignments where worker_id is not null));
create unique index temp.person_by_id on person (worker_id);
create temp table hit (hit_no integer primary key, type_no integer, batch_no integer,
    study_no integer, reward integer, max_assignments integer, masters integer,
    is_foreign integer, source text, hit_status text, creation_time text, expiration text,
    available integer, pending integer);
insert into hit
    select hits.rowid, type_no, batch_no,
        coalesce(batch.study_no, type.study_no) as study_no,
        audit_millionths(hits.reward) as reward, max_assignments, masters, is_foreign,
        hits.source, hit_status, creation_time, expiration,
        number_of_assignments_available as available, number_of_assignments_pending as pending
    from hits left join type using (hit_type_id) left join batch using (batch_id);
"""

_WORK = f"""
create temp table bonus (bonus_no integer primary key, piece_no integer, hit_no integer,
    type_no integer, batch_no integer, study_no integer, worker_no integer, day text,
    amount integer, fee integer);
insert into bonus
    select bonus_payment_id, assignments.rowid as piece_no, hit.hit_no, type_no,
        batch_no, study_no, worker_no, substr(grant_time, 1, 10) as day,
        audit_millionths(bonus_amount) as amount,
        audit_bonus_fee(audit_millionths(bonus_amount), substr(grant_time, 1, 10)) as fee
    from bonus_payments
    left join assignments using (assignment_id)
    left join hits on hits.hit_id = coalesce(bonus_payments.hit_id, assignments.hit_id)
    left join hit on hit.hit_no = hits.rowid
    left join person on person.worker_id = bonus_payments.worker_id
    where bonus_payments.source not in {ELSEWHERE};
create temp table bonus_of as
    select piece_no, sum(amount) as amount from bonus where piece_no is not null group by piece_no;
create unique index temp.bonus_of_piece on bonus_of (piece_no);
create temp table piece (
    piece_no integer primary key, hit_no integer, type_no integer, batch_no integer,
    study_no integer, worker_no integer, status text, source text, is_new integer,
    submitted text, reviewed text, due text, took integer, reward integer, hourly integer,
    fee integer, bonus integer, is_timeless integer);
insert into piece
    select assignments.rowid, hit.hit_no, type_no, batch_no, study_no, worker_no,
        assignment_status as status, assignments.source,
        assignments.source in {ELSEWHERE} as is_new,
        substr(submit_time, 1, 10) as submitted,
        substr(coalesce(approval_time, rejection_time), 1, 10) as reviewed,
        substr(auto_approval_time, 1, 10) as due,
        iif(assignments.source in {ELSEWHERE}, null,
            {_MILLISECONDS.format("submit_time")} - {_MILLISECONDS.format("accept_time")}) as took,
        hit.reward, null, null, bonus_of.amount, 0
    from assignments
    left join hits using (hit_id)
    left join hit on hit.hit_no = hits.rowid
    left join person using (worker_id)
    left join bonus_of on bonus_of.piece_no = assignments.rowid
    order by assignments.rowid;
update piece set took = null, is_timeless = 1 where took <= 0;
"""

_LACKING = """
create temp table lacking as
    with held as (select hit_no, count(*) as number from piece where not is_new group by hit_no),
        gone as (select hits.rowid as hit_no, count(*) as number
            from forgotten_assignments join hits using (hit_id) group by hits.rowid)
    select * from (select hit_no, max_assignments - available - pending
            - coalesce(held.number, 0) - coalesce(gone.number, 0) as assignments
        from hit left join held using (hit_no) left join gone using (hit_no))
    where assignments > 0;
create unique index temp.lacking_of_hit on lacking (hit_no);
"""

_PRICED = """
update piece set
    fee = (select audit_fee(piece.reward, max_assignments, masters, piece.reviewed) from hit
        where hit.hit_no = piece.hit_no),
    hourly = (reward + coalesce(bonus, 0)) * 3600000 / took
where status = 'Approved' and not is_new
"""


@dataclass(frozen=True)
class Bench:
    """An archive with these tables.

    Attributes:
        connection: on which they are.
        studies: numbered from 1 as they stand here.
        fees: that they cost.
        without_worker_ids: whether workers are told by numbers alone.
    """

    archive: Archive
    connection: sqlite3.Connection
    studies: tuple[Study, ...]
    fees: Fees
    without_worker_ids: bool

    def one(self, query: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever a column holds
        """The only value of the only row."""
        return self.connection.execute(query, parameters).fetchone()[0]

    def row(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """The only row."""
        row: tuple[Any, ...] = self.connection.execute(query, parameters).fetchone()
        return row

    def rows(self, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
        """The rows, one by one."""
        return iter(self.connection.execute(query, parameters))

    def make(self, script: str) -> None:
        """Make further temporary tables."""
        for statement in script.split(";\n"):
            if statement.strip():
                self.connection.execute(statement)

    @property
    def worker(self) -> str:
        """SQL for what a worker of temp.person is called."""
        return "'worker ' || worker_no" if self.without_worker_ids else "person.worker_id"


@contextmanager
def benched(
    archive: Archive, studies: tuple[Study, ...], fees: Fees, *, without_worker_ids: bool = False
) -> Iterator[Bench]:
    """An archive, opened for reading alone, with the tables that figures are worked out from."""
    with scratch(archive) as connection:
        bench = Bench(archive, connection, studies, fees, without_worker_ids)
        _install(connection, fees)
        _put_studies(bench)
        bench.make(_NUMBERS)
        bench.make(_WORK)
        bench.make(_PRICED)
        bench.make(_LACKING)
        yield bench


def _install(connection: sqlite3.Connection, fees: Fees) -> None:
    owned = frozenset(
        one
        for (one,) in connection.execute("select qualification_type_id from qualification_types")
    )

    @lru_cache(1024)
    def foreign(requirements: str | None) -> int | None:
        return _is_any(requirements, lambda one: one not in owned | _SYSTEM | _MASTERS)

    @lru_cache(1024)
    def masters(requirements: str | None) -> int | None:
        return _is_any(requirements, _MASTERS.__contains__)

    functions = {
        "audit_millionths": (1, millionths),
        "audit_fee": (4, lru_cache(4096)(fees.of_reward)),
        "audit_bonus_fee": (2, lru_cache(4096)(fees.of_bonus)),
        "audit_masters": (1, masters),
        "audit_foreign": (1, foreign),
    }
    for name, (takes, function) in functions.items():
        connection.create_function(name, takes, function, deterministic=True)


def _is_any(requirements: str | None, wanted: Callable[[str], bool]) -> int | None:
    """Whether a qualification type that workers must have is wanted; None if nobody knows which
    they must. A file may have anything in place of a requirement.
    """
    if requirements is None:
        return None
    told = json.loads(requirements)
    ids = [
        one.get("QualificationTypeId")
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict) and one.get("Comparator") != "DoesNotExist"
    ]
    return int(any(isinstance(one, str) and wanted(one) for one in ids))


def _put_studies(bench: Bench) -> None:
    bench.make(
        "create temp table study_of_batch (batch_id text primary key, study_no integer);\n"
        "create temp table study_of_type (hit_type_id text primary key, study_no integer);\n"
        "create temp table study (study_no integer primary key, title text)"
    )
    for number, study in enumerate(bench.studies, 1):
        bench.connection.execute("insert into study values (?, ?)", [number, study.title])
        for table, ids in (("batch", study.batches), ("type", study.hit_types)):
            bench.connection.executemany(
                f"insert into study_of_{table} values (?, ?)", [(one, number) for one in ids]
            )
