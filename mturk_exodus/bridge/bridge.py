"""The bridge's file: which tokens there are, and which participant redeemed which."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from mturk_exodus.bridge.tables import APPLICATION_ID, TABLES, VERSION
from mturk_exodus.bridge.tokens import digest_of
from mturk_exodus.errors import BridgeError
from mturk_exodus.publishing import give_name
from mturk_exodus.values import iso

MOST_OF_ONE = 10
"""Wrong tokens of one participant within an hour; then there is a wait."""
MOST_IN_ALL = 120
"""Wrong tokens of all participants within a minute; then there is one for everybody.

Whoever makes up participants makes 63 million guesses a year, each of them right for a million
workers with a chance of 2^-80: one in 2^54 for the year.
"""
_HOUR, _MINUTE = 3_600, 60
_PATIENCE_SECONDS = 20
_KEY_BYTES = 32
_AT_ONCE = 10_000


def beside(archive: Path) -> Path:
    """Where the bridge of an archive is."""
    return archive.with_name(f"{archive.name}.bridge")


class Redemption(Enum):
    """What became of a token that somebody entered."""

    REDEEMED = "redeemed"
    AGAIN = "again"
    """The same participant has redeemed it before."""
    UNKNOWN = "unknown"
    """It is nobody's."""
    TAKEN = "taken"
    """Another participant has redeemed it."""
    HAS_ANOTHER = "has another"
    """The participant has redeemed another one."""
    TOO_OFTEN = "too often"
    """Too many were wrong lately; nothing was looked up."""

    @property
    def is_done(self) -> bool:
        """Whether the token is this participant's now."""
        return self in (Redemption.REDEEMED, Redemption.AGAIN)


class Redeemed(NamedTuple):
    """A participant who is known.

    Attributes:
        participant_id: the panel's.
        panel: which one.
        redeemed_at: ISO 8601 UTC.
    """

    participant_id: str
    panel: str
    redeemed_at: str


class Counts(NamedTuple):
    """How far it is."""

    tokens: int
    redeemed: int


class Bridge:
    """A bridge's file. Any number of threads and processes may use it at the same time: each call
    has a connection of its own, and what a call has done survives the end of the process.

    Every method raises BridgeError if the file is gone, damaged or cannot be written. No error
    names a token, a worker or a participant.

    Attributes:
        key: 32 bytes, made with the file, for digests and for what is signed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._reading() as connection:
            self.key, self._mark = connection.execute("select key, mark from bridge").fetchone()

    @classmethod
    def open(cls, path: Path) -> Bridge:
        """The bridge at `path`.

        Raises:
            BridgeError: there is none, or it is some other file, or a later version's.
        """
        if not path.exists():
            raise BridgeError(
                f"there is no bridge at {path}; `exodus bridge --out FOLDER` makes one"
            )
        return cls(path)

    @classmethod
    def create(cls, path: Path, token_key: bytes) -> Bridge:
        """A new one, for the tokens that a key makes; readable by its owner alone.

        It appears under its name complete or not at all.

        Raises:
            OutputFailed: there is something of that name.
        """
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
        with _explained(path):
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            try:
                with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
                    connection.executescript(TABLES)
                    row = [secrets.token_bytes(_KEY_BYTES), _mark_of(token_key)]
                    connection.execute("insert into bridge values (?, ?)", row)
                give_name(unfinished, path)
            finally:
                unfinished.unlink(missing_ok=True)
        return cls(path)

    def check(self, token_key: bytes) -> None:
        """See to it that a key is the one that makes the tokens here.

        Raises:
            BridgeError: it is another bridge's.
        """
        if not hmac.compare_digest(self._mark, _mark_of(token_key)):
            raise BridgeError(
                f"the key is not that of {self._path}: its tokens would be others. Name the"
                " right one: --key"
            )

    def digest(self, token: str) -> bytes:
        """What is kept of a token."""
        return digest_of(self.key, token)

    def invite(self, tokens: Iterable[str]) -> int:
        """Let these be redeemed; how many were not known."""
        rows = ([self.digest(token)] for token in tokens)
        count = 0
        while some := list(islice(rows, _AT_ONCE)):
            with self._writing() as connection:
                cursor = connection.executemany(
                    "insert or ignore into tokens (digest) values (?)", some
                )
                count += cursor.rowcount
        return count

    def redeem(self, token: str, participant_id: str, panel: str, now: datetime) -> Redemption:
        """Say that a participant is whoever was given a token.

        A token is one participant's for good, and a participant has one; two tabs, a reload and a
        second submit change nothing.

        Args:
            token: as `tokens.read` gives it.
            participant_id: the panel's.
            panel: which one.
            now: the time, with a zone.
        """
        digest, at = self.digest(token), now.timestamp()
        one = hmac.digest(self.key, f"participant\0{participant_id}".encode(), hashlib.sha256)
        with self._writing() as connection:
            if _is_too_often(connection, one, at):
                return Redemption.TOO_OFTEN
            outcome = _looked_up(connection, digest, participant_id)
            if outcome in (Redemption.UNKNOWN, Redemption.TAKEN):
                connection.execute("insert into attempts values (?, ?)", [one, at])
            if outcome is Redemption.REDEEMED:
                connection.execute(
                    "update tokens set participant_id = ?, panel = ?, redeemed_at = ?"
                    " where digest = ? and participant_id is null",
                    [participant_id, panel, iso(now), digest],
                )
        return outcome

    def forget(self, participant_id: str) -> bool:
        """No longer know who a participant was, nor that a token was redeemed; whether one was."""
        with self._writing() as connection:
            cursor = connection.execute(
                "update tokens set participant_id = null, panel = null, redeemed_at = null"
                " where participant_id = ?",
                [participant_id],
            )
        return cursor.rowcount > 0

    def redeemed(self) -> dict[bytes, Redeemed]:
        """All who are known, by what is kept of their tokens."""
        with self._reading() as connection:
            rows = connection.execute(
                "select digest, participant_id, panel, redeemed_at from tokens"
                " where participant_id is not null"
            )
            return {digest: Redeemed(*others) for digest, *others in rows}

    def counts(self) -> Counts:
        """How many tokens there are, and how many were redeemed."""
        with self._reading() as connection:
            row = connection.execute("select count(*), count(participant_id) from tokens")
            return Counts(*row.fetchone())

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("begin")
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has happened, durably, once the context has ended without an error."""
        with self._connected() as connection:
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        with _explained(self._path):
            connection = sqlite3.connect(
                address, uri=True, isolation_level=None, timeout=_PATIENCE_SECONDS
            )
            with closing(connection):
                _check(self._path, connection)
                connection.execute("pragma synchronous = full")
                # What is taken out stays in no free page either.
                connection.execute("pragma secure_delete = on")
                yield connection


def _looked_up(connection: sqlite3.Connection, digest: bytes, participant_id: str) -> Redemption:
    # How far a search through digests gets tells nothing of tokens: their key is not known.
    row = connection.execute(
        "select digest, participant_id from tokens where digest = ?", [digest]
    ).fetchone()
    if row is None or not hmac.compare_digest(row[0], digest):
        return Redemption.UNKNOWN
    if row[1] is not None:
        return Redemption.AGAIN if row[1] == participant_id else Redemption.TAKEN
    has_one = connection.execute(
        "select 1 from tokens where participant_id = ?", [participant_id]
    ).fetchone()
    return Redemption.HAS_ANOTHER if has_one else Redemption.REDEEMED


def _is_too_often(connection: sqlite3.Connection, one: bytes, at: float) -> bool:
    """Whether too many were wrong lately. What is older than an hour counts no more, and a time
    that is yet to come never did: a clock was wrong.
    """
    connection.execute("delete from attempts where at not between ? and ?", [at - _HOUR, at])
    of_one, in_all = connection.execute(
        "select count(*) filter (where participant = ?), count(*) filter (where at > ?)"
        " from attempts",
        [one, at - _MINUTE],
    ).fetchone()
    return bool(of_one >= MOST_OF_ONE or in_all >= MOST_IN_ALL)


def _mark_of(token_key: bytes) -> bytes:
    return hmac.digest(token_key, b"mark", hashlib.sha256)[:16]


def _check(path: Path, connection: sqlite3.Connection) -> None:
    (application_id,) = connection.execute("pragma application_id").fetchone()
    (version,) = connection.execute("pragma user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise BridgeError(f"{path} is not a bridge; it was left as it is")
    if version > VERSION:
        raise BridgeError(
            f"{path} was written by a later version of mturk-exodus; install that one"
        )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # SQLite's messages are fixed: no value stands in them.
        raise BridgeError(f"the bridge {path} cannot be read or written ({error})") from None
    except OSError as error:
        raise BridgeError(f"the bridge {path} cannot be made: {error.strerror}") from None
