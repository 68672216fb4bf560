"""The host's database: opened, made if there is none, and its two kinds of transactions.

SQLite has one writer at a time: every transaction that writes takes its turn before it reads. On
PostgreSQL whoever decides about a HIT's places holds the lock of the HIT's row; who accepts for a
worker holds that of the worker before it, so that two tabs get the same. Nobody waits for a worker
or a second HIT while holding a HIT, so that there is no ring of waiting.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from mturk_exodus.serve.host.desk.failures import (
    DeskError,
    DeskTooNew,
    DeskUnavailable,
    NotADesk,
)
from mturk_exodus.serve.host.desk.tables import DESK, METADATA, VERSION
from mturk_exodus.serve.host.desk.turns import Turns

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_PATIENCE_SECONDS = 30
_CONNECT_SECONDS = 10
_KEY_BYTES = 32
_READS = "desk_reads"
_RESTS_SINCE = "desk_rests_since"
_REST_SECONDS = 2
"""A connection that was used a moment ago is not asked whether it still is one."""
_NOT_SQLITE = 26  # SQLITE_NOTADB


class Database:
    """An open database.

    Attributes:
        key: 32 bytes, made once, for signing links.
        dialect: sqlite or postgresql.
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self._writer = engine
        self.dialect = engine.dialect.name
        # PostgreSQL's statements see a state each, whether or not a transaction is around them.
        alone = {} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._reader = engine.execution_options(**{_READS: True}, **alone)
        # SQLite's own waiting is a sleep; threads of one process need not sleep.
        writers = 1 if self.dialect == "sqlite" else connections
        self._writers = Turns(writers, _PATIENCE_SECONDS)
        self._connections = Turns(connections, _PATIENCE_SECONDS)
        self.key = b""

    @classmethod
    def open(cls, place: str | Path, *, connections: int) -> Database:
        """Open it, and make its tables and its key if it has none.

        Raises:
            DeskError: as `Desk.open`.
        """
        url = _url(place)
        if url.drivername == "sqlite":
            _make_private(Path(url.database or ""))
        database = cls(_engine(url, connections), connections)
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Let go of all connections."""
        self._writer.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Statements that change nothing; on SQLite they see one state."""
        with _told(), self._connections.one(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that has happened, durably, once the context has ended without an error."""
        with (
            _told(),
            self._writers.one(),
            self._connections.one(),
            self._writer.begin() as connection,
        ):
            yield connection

    def ask(self) -> None:
        """Read something, however little."""
        with self.reading() as connection:
            connection.execute(select(DESK.c.version).limit(1)).one()

    def lock(self, connection: Connection, what: str) -> None:
        """Be alone with something that has no row, to the end of the transaction."""
        if self.dialect == "postgresql":
            digest = hashlib.blake2b(f"mturk-exodus {what}".encode(), digest_size=8).digest()
            number = int.from_bytes(digest, "big", signed=True)
            connection.execute(select(func.pg_advisory_xact_lock(number)))

    def _prepare(self) -> None:
        with self.writing() as connection:
            self.lock(connection, "tables")
            names = inspect(connection).get_table_names()
            if DESK.name not in names:
                self._make(connection, is_empty=not names)
            of_desk = select(DESK.c.version, DESK.c.key).limit(1)
            version, self.key = connection.execute(of_desk).one()
            if version < VERSION:
                _upgrade(connection)
        if version > VERSION:
            raise DeskTooNew(
                f"the host's database is of version {version}, and this program knows {VERSION};"
                " use the later program"
            )

    def _make(self, connection: Connection, *, is_empty: bool) -> None:
        if self.dialect == "sqlite" and not is_empty:
            raise NotADesk("the file holds other tables; name a file of the host's own")
        METADATA.create_all(connection)
        key = secrets.token_bytes(_KEY_BYTES)
        connection.execute(insert(DESK).values(version=VERSION, key=key))


def _upgrade(connection: Connection) -> None:
    """From version 1."""
    connection.execute(text("drop index if exists host_offered"))
    connection.execute(text("alter table host_hits drop column position"))
    connection.execute(update(DESK).values(version=VERSION))


def _url(place: str | Path) -> URL:
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise DeskError("the database's address cannot be read; postgresql://...") from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    raise DeskError("the database is a file, or a postgresql://... address")


def _make_private(path: Path) -> None:
    """A file that nobody else may read: who took part stands in it, and the key."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise DeskUnavailable(f"{path} cannot be made ({error.strerror})") from None


def _engine(url: URL, connections: int) -> Engine:
    options: dict[str, Any] = {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": _PATIENCE_SECONDS,
        "hide_parameters": True,
    }
    if url.drivername == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _PATIENCE_SECONDS}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(
            url,
            isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": _CONNECT_SECONDS},
            **options,
        )
    except ModuleNotFoundError:
        raise DeskError(
            "psycopg is not installed: pip install 'mturk-exodus[postgresql]'"
        ) from None
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "checkin", _rest)
    event.listen(engine, "checkout", partial(_wake, engine.dialect))
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's
    connection.isolation_level = None  # it begins transactions at moments of its own
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("begin" if reads else "begin immediate")


def _prepare_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401 - psycopg's
    """Nobody waits for ever; a process that hangs does not hold others up."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(f"set {name} = '{_PATIENCE_SECONDS}s'")
    connection.commit()


def _rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _wake(
    dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Ask PostgreSQL whether it is there, after a while in which it may have been restarted."""
    since = record.info.get(_RESTS_SINCE)
    if since is None or time.monotonic() - since < _REST_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        raise InvalidatePoolError from None


_CAUSES = {
    "authentication failed": "the user or the password is not right",
    "no password supplied": "it wants a password",
    "Connection refused": "nobody listens at its address",
    "could not translate host name": "nobody knows its host's name",
    "failed to resolve host": "nobody knows its host's name",
    "timeout expired": "its host does not answer",
    "too many clients": "it has no connection free",
    "remaining connection slots": "it has no connection free",
    "read-only transaction": "it is open for reading only",
    "permission denied": "the user has no right to it",
}
"""What stands in PostgreSQL's and libpq's messages, if they are English, and what that means."""
_NO_DATABASE = re.compile(r'database "[^"\n]*" does not exist').search


def _cause(said: str) -> str | None:
    if _NO_DATABASE(said):
        return "there is no database of that name; createdb makes it"
    return next((why for phrase, why in _CAUSES.items() if phrase in said), None)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong outside of us, without what was asked and who asked it."""
    try:
        yield
    except PoolTimeout:
        raise DeskUnavailable("the host's database has no connection free") from None
    except (OperationalError, InterfaceError) as error:
        raise DeskUnavailable(_what_failed(error)) from None
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == _NOT_SQLITE or (
            "not a database" in str(error.orig)
        ):
            raise NotADesk(
                "the file is no SQLite database; name a file of the host's own"
            ) from None
        if isinstance(error, IntegrityError) or type(error.orig).__module__ == "sqlite3":
            raise
        # PostgreSQL's refusals: rights that are missing, a standby, an option in the address.
        raise DeskUnavailable(_what_failed(error)) from None


def _what_failed(error: DBAPIError) -> str:
    # SQLite's messages are fixed; PostgreSQL's name hosts, users and values.
    said = str(error.orig)
    is_sqlite = type(error.orig).__module__ == "sqlite3"
    why = said if is_sqlite else _cause(said) or type(error.orig).__name__
    return f"the host's database does not answer, or cannot be written ({why})"
