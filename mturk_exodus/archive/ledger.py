"""The ledger: what was to be made at a target, and what came of it. It is only ever added to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any, NamedTuple

from mturk_exodus.archive.archive import Archive
from mturk_exodus.records import iso

_AT_ONCE = 1_000

_ROWS = 1_000
"""Of one statement. SQLite binds 32,766 values at most, twelve a row."""


class Intention(NamedTuple):
    """Something that is about to be asked of a target.

    Attributes:
        key: the action's.
        operation: the action's.
        payload_sha256: what it is made from.
        requires_sha256: what it hangs on.
        requires: the same, as keys.
        made_id: what the target calls it, if it is there already and is to be revised.
    """

    key: str
    operation: str
    payload_sha256: str
    requires_sha256: str
    requires: tuple[str, ...]
    made_id: str | None = None


class Result(NamedTuple):
    """What came of it.

    Attributes:
        key: the action's.
        event: done, revised, kept, failed, gone, removing, removed.
        made_id: what the target calls it.
        was_there: whether we did not make it.
        reason: why it failed or was kept.
        is_as_intended: whether it is made from what was intended; nobody knows that of what was
            found.
    """

    key: str
    event: str
    made_id: str | None = None
    was_there: bool = False
    reason: str | None = None
    is_as_intended: bool = True


class State(NamedTuple):
    """The last that is known of an action.

    Attributes:
        event: of its last entry.
        payload_sha256: what was last sent, or is about to be.
        requires_sha256: what it hung on then.
        made_id: what the target calls it, if it was made and neither removed nor gone since.
        was_there: whether we did not make it, but found it.
        made_at: the number of the entry that says that it was made, 0 if none does. What was made
            inside something that was itself made later is gone.
        requires: the keys of what it was to hang on, where the last entry says that it is intended.
        entry: the number of its last entry.
    """

    event: str
    payload_sha256: str | None
    requires_sha256: str | None
    made_id: str | None
    was_there: bool
    made_at: int
    requires: tuple[str, ...] = ()
    entry: int = 0

    @property
    def is_there(self) -> bool:
        """Whether it was made, not removed since, and nothing is being done with it."""
        return self.event in _THERE


class Made(NamedTuple):
    """Something that was made and not removed since."""

    key: str
    operation: str
    made_id: str


_THERE = ("done", "revised", "kept")


@dataclass(frozen=True)
class Replay:
    """One time that something is sent to a target."""

    replay_id: int
    target_id: int


class Ledger:
    """The ledger of one target, written to by one replay."""

    def __init__(self, archive: Archive, replay: Replay) -> None:
        self._archive = archive
        self._connection = archive.connection
        self._replay = replay

    def states(self, keys: Iterable[str]) -> dict[str, State]:
        """The last that is known of each action; those that nothing is known of are left out."""
        rows = self._at_once(
            "last.key, last.event, last.payload_sha256, last.requires_sha256,"
            " coalesce(last.made_id, iif(making > ended, made.made_id, null)), made.was_there,"
            " iif(making > ended, making, 0), last.requires, last.entry_id",
            "(select max(entry_id) as last,"
            "   max(iif(event = 'done', entry_id, 0)) as making,"
            "   max(iif(event in ('gone', 'removed'), entry_id, 0)) as ended"
            "   from ledger where target_id = ? and key in (select value from json_each(?))"
            "   group by key) as entries"
            " join ledger as last on last.entry_id = entries.last"
            " left join ledger as made on made.entry_id = entries.making",
            keys,
        )
        return {
            key: State(event, payload, digest, made_id, bool(there), at, _keys(requires), entry)
            for key, event, payload, digest, made_id, there, at, requires, entry in rows
        }

    def last_entry(self) -> int:
        """The number of the last entry; 0 if there is none."""
        (number,) = self._connection.execute("select max(entry_id) from ledger").fetchone()
        return number or 0

    def intend(self, intentions: Iterable[Intention]) -> None:
        """Write down what is about to be asked."""
        self._add(
            (
                one.key,
                "intended",
                one.operation,
                one.payload_sha256,
                one.requires_sha256,
                json.dumps(one.requires),
                one.made_id,
                0,
                None,
            )
            for one in intentions
        )

    def settle(self, results: Iterable[Result]) -> None:
        """Write down what came of it."""
        results = list(results)
        last = self._last(one.key for one in results)
        self._add(_entry(one, last[one.key]) for one in results)

    def made(self) -> Iterator[list[Made]]:
        """What was made by us and is there, in portions, the last first. The ledger may be added
        to between two of them.
        """
        last = 2**62
        while True:
            rows = self._connection.execute(
                # The plus: by number, from the end, and not by key, which would be sorted.
                "select entry_id, key, operation, made_id from ledger"
                " where +target_id = ?1 and event = 'done' and was_there = 0 and entry_id < ?2"
                " and not exists (select 1 from ledger as later"
                "   where later.target_id = ?1 and later.key = ledger.key"
                "   and later.entry_id > ledger.entry_id"
                "   and later.event in ('done', 'removed', 'gone'))"
                f" order by entry_id desc limit {_AT_ONCE}",
                [self._replay.target_id, last],
            ).fetchall()
            if not rows:
                return
            yield [Made(*made) for _, *made in rows]
            last = rows[-1][0]

    def there(self, operation: str) -> list[Made]:
        """What was made or found of one kind, and neither removed nor gone since, the first one
        first. There are few of a kind that anybody asks for so: not of tasks.
        """
        rows = self._connection.execute(
            "select key, operation, made_id from ledger"
            " where target_id = ?1 and operation = ?2 and event = 'done'"
            " and not exists (select 1 from ledger as later"
            "   where later.target_id = ?1 and later.key = ledger.key"
            "   and later.entry_id > ledger.entry_id"
            "   and later.event in ('done', 'removed', 'gone')) order by entry_id",
            [self._replay.target_id, operation],
        )
        return [Made(*row) for row in rows]

    def unsettled(self) -> int:
        """How many actions were intended, and nobody knows what came of them."""
        (count,) = self._connection.execute(
            "select count(*) from ledger where target_id = ?1 and event = 'intended'"
            " and made_id is null and entry_id = (select max(entry_id) from ledger as later"
            "   where later.target_id = ?1 and later.key = ledger.key)",
            [self._replay.target_id],
        ).fetchone()
        return int(count)

    def _last(self, keys: Iterable[str]) -> Mapping[str, _Last]:
        rows = self._at_once(
            "key, operation, payload_sha256, requires_sha256, made_id",
            "ledger where entry_id in (select max(entry_id) from ledger where target_id = ?"
            "   and key in (select value from json_each(?)) group by key)",
            keys,
        )
        return {key: _Last(*rest) for key, *rest in rows}

    def _at_once(self, columns: str, tables: str, keys: Iterable[str]) -> list[list[Any]]:
        """Rows of these keys, as one: between two rows another thread may take its turn, 5 ms of
        it, and a plan is being made in one.
        """
        (rows,) = self._connection.execute(
            f"select json_group_array(json_array({columns})) from {tables}",
            [self._replay.target_id, json.dumps(list(keys))],
        ).fetchone()
        found: list[list[Any]] = json.loads(rows)
        return found

    def _add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        now = iso(datetime.now(timezone.utc))
        entries = [(self._replay.replay_id, self._replay.target_id, *row, now) for row in rows]
        if not entries:
            return
        with self._archive.transaction():
            for start in range(0, len(entries), _ROWS):
                some = entries[start : start + _ROWS]
                self._connection.execute(
                    "insert into ledger (replay_id, target_id, key, event, operation,"
                    " payload_sha256, requires_sha256, requires, made_id, was_there, reason, at)"
                    " values " + ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some)),
                    [value for row in some for value in row],
                )


def _keys(said: str | None) -> tuple[str, ...]:
    return tuple(json.loads(said)) if said is not None else ()


class _Last(NamedTuple):
    """What an action's last entry says of it."""

    operation: str
    payload_sha256: str | None
    requires_sha256: str | None
    made_id: str | None


def _entry(result: Result, last: _Last) -> tuple[Any, ...]:
    keeps = result.event in ("kept", "removing")
    return (
        result.key,
        result.event,
        last.operation,
        last.payload_sha256 if result.is_as_intended else None,
        last.requires_sha256,
        None,
        last.made_id if keeps and result.made_id is None else result.made_id,
        int(result.was_there),
        result.reason,
    )


def begin(
    archive: Archive, adapter: str, identity: str, command: str, arguments: Mapping[str, Any]
) -> Replay:
    """A row for a replay that starts now.

    Args:
        archive: whose ledger it is.
        adapter: its name.
        identity: what tells the target from others of its kind.
        command: import, undo, publish or bonus.
        arguments: what the person asked for; without secrets.
    """
    with archive.transaction():
        archive.connection.execute(
            "insert into targets (adapter, identity) values (?, ?) on conflict do nothing",
            [adapter, identity],
        )
        (target_id,) = archive.connection.execute(
            "select target_id from targets where adapter = ? and identity = ?", [adapter, identity]
        ).fetchone()
        cursor = archive.connection.execute(
            "insert into replays (target_id, command, arguments, program_version, started_at)"
            " values (?, ?, ?, ?, ?)",
            [
                target_id,
                command,
                json.dumps(dict(arguments), sort_keys=True),
                version("mturk-exodus"),
                iso(datetime.now(timezone.utc)),
            ],
        )
    return Replay(cursor.lastrowid or 0, target_id)


def known(archive: Archive, adapter: str, identity: str) -> Replay | None:
    """A target that something was sent to, for reading its ledger alone."""
    row = archive.connection.execute(
        "select target_id from targets where adapter = ? and identity = ?", [adapter, identity]
    ).fetchone()
    return None if row is None else Replay(0, row[0])


def end(archive: Archive, replay: Replay, outcome: str, message: str) -> None:
    """Write down how a replay ended: complete, failures, interrupted, refused."""
    with archive.transaction():
        archive.connection.execute(
            "update replays set ended_at = ?, outcome = ?, message = ? where replay_id = ?",
            [iso(datetime.now(timezone.utc)), outcome, message, replay.replay_id],
        )


def keep_losses(
    archive: Archive, replay: Replay, losses: Iterable[tuple[str, str, str, int, list[str]]]
) -> None:
    """Write down what does not arrive as it is: field, fidelity, note, records, examples."""
    with archive.transaction():
        archive.connection.executemany(
            "insert into replay_losses values (?, ?, ?, ?, ?, ?)"
            " on conflict do update set records = records + excluded.records",
            [
                (replay.replay_id, field, fidelity, note, records, json.dumps(examples))
                for field, fidelity, note, records, examples in losses
            ],
        )
