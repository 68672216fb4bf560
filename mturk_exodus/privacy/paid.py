"""Payments to somebody who is to be forgotten: that they were made stays, and not to whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import NamedTuple

from mturk_exodus.archive import Archive
from mturk_exodus.archive.forgotten import Forgotten
from mturk_exodus.archive.payments import Line, unnamed
from mturk_exodus.errors import OutcomeUnknown
from mturk_exodus.privacy.replacing import Replacer

_SESSIONS = """
    select raw ->> '$.SessionId' from assignments where assignment_id in (select * from whose)
    union select raw ->> '$.SessionId' from source_records where record_table = 'assignments'
        and record_key ->> '$[0]' in (select * from whose)
    union select raw ->> '$.Submission.id' from assignments
        where source = 'prolific' and raw ->> '$.Submission.participant_id' = ?1
    union select raw ->> '$.Submission.id' from source_records
        where source = 'prolific' and raw ->> '$.Submission.participant_id' = ?1
    union select raw ->> '$.Submission.id' from notification_events
        where source = 'prolific' and worker_id = ?1
    union select recipient_id from payment_lines where assignment_id in (select * from whose)
"""
"""What the host and a target call the person's visits; temp.whose has the assignments."""


@contextmanager
def standing_aside(archive: Archive, *tables: str) -> Iterator[None]:
    """Without the triggers that keep rows of tables from being changed; they come back."""
    connection = archive.connection
    triggers = connection.execute(
        "select name, sql from sqlite_master where type = 'trigger'"
        f" and tbl_name in ({', '.join('?' * len(tables))})",
        tables,
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"drop trigger {name}")
    yield
    for _, sql in triggers:
        connection.execute(sql)


def forget_payee(archive: Archive, worker_id: str, forgotten: Forgotten, replace: Replacer) -> int:
    """Put digests for whom payments were to, and why, and for reasons of others' payments that name
    the worker; how many lines were changed.

    Amounts stay: books must be kept, and what was paid must not be paid again. Call it inside a
    transaction, while temp.whose has the person's assignments.

    Raises:
        OutcomeUnknown: of one nobody knows whether it was made; the person's submissions must be
            looked at for that.
    """
    rows = list(_lines(archive))
    if not rows:
        return 0
    found = archive.connection.execute(_SESSIONS, [worker_id]).fetchall()
    theirs = {worker_id, *(one for (one,) in found)}
    lines = [one for one in rows if one.line.recipient_id in theirs or one.is_changed_by(replace)]
    _refuse_unsettled(archive, {one.payment_id for one in lines})
    with standing_aside(archive, "payment_lines"):
        for one in lines:
            is_theirs = one.line.recipient_id in theirs
            _replace(archive, one, unnamed(one.line, forgotten, is_theirs=is_theirs))
    return len(lines)


class _Numbered(NamedTuple):
    payment_id: int
    number: int
    line: Line

    def is_changed_by(self, replace: Replacer) -> bool:
        return replace(self.line.reason) != self.line.reason


def _lines(archive: Archive) -> Iterator[_Numbered]:
    rows = archive.connection.execute(
        "select payment_id, line, recipient_id, amount, reason, assignment_id from payment_lines"
    )
    for payment_id, number, recipient_id, amount, reason, assignment_id in rows:
        line = Line(recipient_id, Decimal(amount), reason, assignment_id)
        yield _Numbered(payment_id, number, line)


def _replace(archive: Archive, one: _Numbered, line: Line) -> None:
    archive.connection.execute(
        "update payment_lines set recipient_id = ?, reason = ?, assignment_id = ?,"
        " received_before = iif(recipient_id = ?1, received_before, '[]')"
        " where payment_id = ? and recipient_id = ? and line = ?",
        [
            *(line.recipient_id, line.reason, line.assignment_id),
            *(one.payment_id, one.line.recipient_id, one.number),
        ],
    )


def _refuse_unsettled(archive: Archive, payment_ids: set[int]) -> None:
    rows = archive.connection.execute("select payment_id from unknown_payments order by 1")
    unsettled = [one for (one,) in rows if one in payment_ids]
    if unsettled:
        raise OutcomeUnknown(
            f"nobody knows yet whether payment {unsettled[0]}, which is to this worker as well, was"
            " made; run `exodus bonus` for its study, which looks, and then this again"
        )
