"""One person's data out of an archive, and an account of it that does not name the person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from importlib.metadata import version
from typing import NamedTuple, NoReturn

from mturk_exodus.archive import Archive, answer_table, runs
from mturk_exodus.archive.failures import explained
from mturk_exodus.archive.forgotten import Forgotten
from mturk_exodus.archive.pseudonym import PSEUDONYM_KEY, pseudonym
from mturk_exodus.archive.rederive import Meaning
from mturk_exodus.archive.tables import ASSIGNMENTS, REVIEW_REPORTS, TABLES, Raw, digest_of
from mturk_exodus.errors import ArchiveBusy, NoSuchRecord
from mturk_exodus.privacy.mentions import Mentions, replacer_of
from mturk_exodus.privacy.paid import forget_payee, standing_aside
from mturk_exodus.privacy.replacing import can_be_told
from mturk_exodus.privacy.rewriting import REFERRING
from mturk_exodus.privacy.worker_ids import is_of_worker, members, text_of, worker_ids
from mturk_exodus.values import Value, iso

SOURCE = "forget"
"""What runs call it."""

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_ONLY_ADDED_TO = ("ledger", "payments", "payment_outcomes")
_OF_ASSIGNMENTS = ("answers", "answers_made", "upload_parts", "uploads")


class Elsewhere(NamedTuple):
    """Something that an import made of the person's data at a target, and that is there still."""

    adapter: str
    identity: str
    operation: str
    made_id: str | None


@dataclass
class Account:
    """What was, or would be, removed.

    Attributes:
        removed: rows, by table.
        rewritten: rows of others that named the person, by table; a word stands for the id.
        elsewhere: what targets have.
        kept_out_already: whether the person was forgotten before.
    """

    removed: dict[str, int] = field(default_factory=dict)
    rewritten: dict[str, int] = field(default_factory=dict)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    kept_out_already: bool = False


class _Undone(Exception):
    """A rehearsal is over."""


@dataclass
class Forgetting:
    """Forgets one worker. Call it inside `archive.writing()` alone.

    Attributes:
        meanings: of the sources of files, by name.
        observe: told how many rows of others were looked through.
    """

    archive: Archive
    worker_id: str
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    observe: Callable[[int], None] = lambda _: None
    account: Account = field(default_factory=Account)

    def rehearse(self) -> Account:
        """What would be removed; nothing is.

        Raises:
            NoSuchRecord: the archive holds nothing of this worker, and never forgot it; or only of
                one whose id is spelled in other letters, capital or small.
            OutcomeUnknown: of a payment to the worker nobody knows whether it was made.
        """
        try:
            with self.archive.transaction():
                self._forget()
                _undo()
        except _Undone:
            return self.account

    def run(self) -> Account:
        """Remove it, and let the file have no trace of it. All of it happens, or nothing.

        Raises:
            NoSuchRecord, OutcomeUnknown: as rehearse.
            ArchiveBusy: it is removed, but another program keeps SQLite from cleaning the file.
        """
        self.account = Account()
        self.archive.connection.execute("pragma secure_delete = on")
        with self.archive.transaction():
            self._forget()
        if answer_table.is_made(self.archive):
            answer_table.update(self.archive)
        self._clean()
        return self.account

    def _forget(self) -> None:
        self._forgotten = Forgotten(self.archive)
        self.account.kept_out_already = self._forgotten.is_worker(self.worker_id)
        connection = self.archive.connection
        connection.execute("pragma defer_foreign_keys = on")
        known = worker_ids(self.archive)
        self._refuse_misspelt(known)
        self._replacer = replacer_of(self.worker_id, known)
        self._chosen()
        self._payments()
        self._ledger()
        self._records()
        self._work()
        self._reviews()
        self._note()
        self._unkept()
        found = Mentions(self.archive, self._replacer, self.meanings, self.observe)
        with standing_aside(self.archive, *_ONLY_ADDED_TO):
            _add(self.account.rewritten, found.rewrite())
        if not (self.account.removed or self.account.rewritten or self.account.kept_out_already):
            raise NoSuchRecord(f"{self.archive.path} holds nothing of this worker")
        self._write_account()

    def _refuse_misspelt(self, known: set[str]) -> None:
        """Mentions in small letters would be rewritten, and the person's own records would stay."""
        if self.worker_id in known or self.account.kept_out_already:
            return
        said = self.worker_id.strip().lower()
        meant = sorted(one for one in known if one.lower() == said)
        if meant:
            raise NoSuchRecord(
                f"{self.archive.path} holds nothing of this worker; did you mean"
                f" {' or '.join(meant)}? Capital and small letters are not the same here"
            )

    @cached_property
    def _assignments(self) -> set[str]:
        """Whoever says that they are the worker's."""
        rows = self.archive.connection.execute(
            "select assignment_id from assignments where worker_id = ?1 union"
            " select json_extract(record_key, '$[0]') from source_records"
            " where record_table = 'assignments' and json_extract(said, '$.worker_id') = ?1"
            " union select assignment_id from assignments"
            " where source = 'prolific' and raw ->> '$.Submission.participant_id' = ?1"
            " union select record_key ->> '$[0]' from source_records where source = 'prolific' and"
            " record_table = 'assignments' and raw ->> '$.Submission.participant_id' = ?1",
            [self.worker_id],
        )
        return {assignment_id for (assignment_id,) in rows}

    def _records(self) -> None:
        """Everything that has the worker's id, or is about the worker's assignments."""
        for table in TABLES:
            where = _whose(table.columns)
            if where is None or table is REVIEW_REPORTS:
                continue
            if table is ASSIGNMENTS:
                self._note_assignments()
            keys = self.archive.connection.execute(
                f"select {', '.join(table.key)} from {table.name} where {where}", [self.worker_id]
            ).fetchall()
            for referring in REFERRING:
                self._delete(
                    referring,
                    "record_table = ? and record_key = ?",
                    [(table.name, json.dumps(key)) for key in keys],
                )
            if table is ASSIGNMENTS:
                for name in _OF_ASSIGNMENTS:
                    self._delete(name, "assignment_id = ?", keys)
            self._delete(table.name, table.where, keys)

    def _chosen(self) -> None:
        connection = self.archive.connection
        connection.execute("create temp table if not exists whose (assignment_id primary key)")
        connection.execute("delete from whose")
        connection.executemany(
            "insert into whose values (?)", [(one,) for one in sorted(self._assignments)]
        )

    def _note_assignments(self) -> None:
        rows = self.archive.connection.execute(
            "select assignment_id, hit_id, assignment_status from assignments"
            " where assignment_id in (select assignment_id from whose)"
        ).fetchall()
        names = ("assignment_id", "hit_id", "assignment_status")
        for row in rows:
            self._forgotten.note(dict(zip(names, row, strict=True)))

    def _unkept(self) -> None:
        """What no column holds: a record in quarantine counts for its HIT as one that is held."""
        connection = self.archive.connection
        for rowid, table, subject, raw in connection.execute(
            "select rowid, record_table, subject, raw from quarantine"
        ).fetchall():
            if not self._is_the_workers(raw):
                continue
            if table == ASSIGNMENTS.name:
                self._forgotten.note(_unheld(subject, raw))
            self._delete("quarantine", "rowid = ?", [(rowid,)])
        for rowid, raw in connection.execute("select rowid, raw from refused_entries").fetchall():
            if self._is_the_workers(raw):
                connection.execute("update refused_entries set raw = '{}' where rowid = ?", [rowid])
                _add(self.account.removed, {"refused_entries": 1})

    def _is_the_workers(self, raw: str) -> bool:
        return any(
            is_of_worker(member[1]) and text_of(member[3]) == self.worker_id
            for member in members(raw)
        )

    def _work(self) -> None:
        """What was asked about the worker's files."""
        subjects = self.archive.connection.execute(
            "select work_id, subject from work where instr(subject, '/')"
        ).fetchall()
        self._delete(
            "work",
            "work_id = ?",
            [(number,) for number, one in subjects if one.partition("/")[0] in self._assignments],
        )

    def _reviews(self) -> None:
        rows = self.archive.connection.execute(
            "select hit_id, page, raw from review_reports where source = 'requester_api'"
        ).fetchall()
        for hit_id, page, text in rows:
            before = Raw(text, json.loads(text))
            after = self._forgotten.without(before)
            if after is not before:
                self._replace_review(hit_id, page, after)

    def _replace_review(self, hit_id: str, page: int, raw: Raw) -> None:
        table = REVIEW_REPORTS
        row = {**table.row(raw, {"page": page}), "raw": raw.text, "raw_sha256": raw.sha256}
        self.archive.connection.execute(
            f"update {table.name} set {', '.join(f'{name} = ?' for name in row)}"
            f" where {table.where}",
            [*row.values(), hit_id, page],
        )
        _add(self.account.rewritten, {table.name: 1})
        key = json.dumps([hit_id, page])
        self._delete("revisions", "record_table = ? and record_key = ?", [(table.name, key)])

    def _payments(self) -> None:
        lines = forget_payee(self.archive, self.worker_id, self._forgotten, self._replacer)
        if lines:
            _add(self.account.rewritten, {"payment_lines": lines})

    def _ledger(self) -> None:
        connection = self.archive.connection
        names, told = self._names, can_be_told(self.worker_id)
        keys = {
            (target, key)
            for target, key in connection.execute("select distinct target_id, key from ledger")
            if names & {key, *_TOKEN.findall(key)} or (told and self._replacer(key) != key)
        }
        self._examples(names)
        if not keys:
            return
        for target, key in sorted(keys):
            self.account.elsewhere += self._made(target, key)
        with standing_aside(self.archive, "ledger"):
            self._delete("ledger", "target_id = ? and key = ?", sorted(keys))

    @cached_property
    def _names(self) -> set[str]:
        """What the person goes by at targets."""
        key = bytes.fromhex(self.archive.info(PSEUDONYM_KEY))
        return {self.worker_id, pseudonym(key, self.worker_id), *self._assignments}

    def _made(self, target_id: int, key: str) -> list[Elsewhere]:
        rows = self.archive.connection.execute(
            "select adapter, identity, operation, made_id from replayed where key = ?"
            " and event in ('done', 'revised', 'kept') and (adapter, identity) ="
            " (select adapter, identity from targets where target_id = ?)",
            [key, target_id],
        )
        return [Elsewhere(*row) for row in rows]

    def _examples(self, names: set[str]) -> None:
        rows = self.archive.connection.execute(
            "select replay_id, field, fidelity, note, examples from replay_losses"
        ).fetchall()
        for *key, text in rows:
            examples = json.loads(text)
            others = [one for one in examples if one not in names]
            if others == examples:
                continue
            self.archive.connection.execute(
                "update replay_losses set examples = ?"
                " where replay_id = ? and field = ? and fidelity = ? and note = ?",
                [json.dumps(others), *key],
            )

    def _delete(self, table: str, where: str, keys: list[tuple[object, ...]]) -> None:
        cursor = self.archive.connection.executemany(f"delete from {table} where {where}", keys)
        if cursor.rowcount > 0:
            _add(self.account.removed, {table: cursor.rowcount})

    def _note(self) -> None:
        self.archive.connection.execute(
            "insert into forgotten_workers (digest, forgotten_at, program_version, removed)"
            " values (?, ?, ?, '{}') on conflict do nothing",
            [
                self._forgotten.digest(self.worker_id),
                iso(datetime.now(timezone.utc)),
                version("mturk-exodus"),
            ],
        )

    def _write_account(self) -> None:
        removed = json.dumps(dict(sorted(self.account.removed.items())))
        if not self.account.kept_out_already:
            self.archive.connection.execute(
                "update forgotten_workers set removed = ? where digest = ?",
                [removed, self._forgotten.digest(self.worker_id)],
            )
        run = runs.begin(self.archive, SOURCE, {}, pass_id=None)
        runs.end(self.archive, run, "complete", f"one worker forgotten; rows removed: {removed}")

    def _clean(self) -> None:
        """Write the file anew, and empty its WAL."""
        with explained(self.archive.path):
            connection = self.archive.connection
            connection.execute("drop table if exists temp.whose")
            connection.execute("vacuum")
            busy, *_ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
            if busy:
                raise ArchiveBusy(
                    f"the worker is forgotten, but another program that reads {self.archive.path}"
                    " keeps old pages in its WAL; close it and run the same command again"
                )


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for table, count in more.items():
        counts[table] = counts.get(table, 0) + count


def _undo() -> NoReturn:
    raise _Undone


def _unheld(hit_id: str, raw: str) -> dict[str, Value]:
    """As much as there must be of an assignment that no column holds."""
    try:
        status = json.loads(raw).get("AssignmentStatus")
    except (AttributeError, ValueError):
        status = None
    return {"assignment_id": digest_of(raw), "hit_id": hit_id, "assignment_status": status}


def _whose(columns: tuple[str, ...]) -> str | None:
    """SQL that finds the worker's rows of a table; None if it has none."""
    if "worker_id" not in columns:
        return None
    theirs = " or assignment_id in (select assignment_id from whose)"
    return f"worker_id = ?{theirs if 'assignment_id' in columns else ''}"
