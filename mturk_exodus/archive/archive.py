"""Create, open, upgrade and close an archive."""

from __future__ import annotations

import glob
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from mturk_exodus import errors
from mturk_exodus.archive import whole
from mturk_exodus.archive.failures import explained
from mturk_exodus.records import iso
from mturk_exodus_schema import APPLICATION_ID, STEPS, applied, apply

# A page of answers is far larger than SQLite's page; fewer checkpoints write less twice.
_PAGE_BYTES = 16_384
"""Of new archives. Writing a large file calls the kernel half as long as with SQLite's 4,096."""
_CHECKPOINT_PAGES = 5_000
# Ids are random, so that rows and indexes are touched all over; what does not fit is written often.
_CACHE_KIB = 64 * 1024


class Archive:
    """An open archive. Close it, or use it as a context manager.

    Reading needs nothing more. Whoever writes takes `writing()` first, so that two exports never
    meet, and changes rows inside `transaction()` alone.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def create(cls, path: Path) -> Archive:
        """A new, empty archive at `path`, readable by its owner alone (mode 0600).

        It appears under its name complete or not at all.

        Raises:
            ArchiveNotWritable: there is such a file, or it cannot be written.
        """
        with cls.unfinished(path):
            pass
        return cls.open(path)

    @classmethod
    @contextmanager
    def unfinished(cls, path: Path) -> Iterator[Archive]:
        """A new archive that gets its name when the block ends, and leaves nothing if it fails.

        Raises:
            ArchiveNotWritable: there is such a file, or it cannot be written.
        """
        path = _real(path)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
        with explained(path):
            _refuse_existing(path)
            _sweep(path)
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with explained(path), closing(_new(unfinished)) as connection:
                _set_up_new(connection)
                yield cls(unfinished, connection)
            with explained(path):
                _publish(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Archive:
        """The archive at `path`.

        Raises:
            ArchiveNotFound: there is no such file.
            NotAnArchive: it is some other file.
            ArchiveTooNew: a later version of this program has written it.
            ArchiveOutdated: it needs `upgrade`.
        """
        path = _real(path)
        with explained(path):
            _check_is_file(path)
            connection = _connect(path, read_only=read_only)
            try:
                _check_version(path, connection)
                if not read_only:
                    connection.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            except BaseException:
                connection.close()
                raise
        return cls(path, connection)

    @classmethod
    def upgrade(cls, path: Path) -> Path | None:
        """Bring an older archive to this program's format, after copying the file.

        Returns:
            Where the copy of the old archive lies; None if there was nothing to do.
        """
        path = _real(path)
        with explained(path):
            _check_is_file(path)
            with _connected(path) as connection, _locked(path):
                _check_not_newer(path, connection)
                if not _pending(connection):
                    return None
                copy = _copy(path, connection)
                _migrate(connection)
        return copy

    @property
    def archive_id(self) -> str:
        """What tells this archive from every other."""
        return self.info("archive_id")

    def info(self, name: str, default: str = "") -> str:
        """A fact about the archive as a whole."""
        row = self.connection.execute(
            "select value from archive_info where name = ?", [name]
        ).fetchone()
        return row[0] if row else default

    def set_info(self, name: str, value: str) -> None:
        """Write such a fact down."""
        self.connection.execute(
            "insert into archive_info values (?, ?)"
            " on conflict (name) do update set value = excluded.value",
            [name, value],
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The right to write, which one command at a time can have.

        Raises:
            ArchiveBusy: another command has it.
        """
        with _locked(self.path):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept, or nothing."""
        with explained(self.path):
            try:
                self.connection.execute("begin immediate")
                yield
                self.connection.execute("commit")
            except BaseException:
                # A full disk may already have ended it.
                with suppress(sqlite3.Error):
                    self.connection.execute("rollback")
                raise

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _real(path: Path) -> Path:
    """One file has one lock and one WAL, whatever it is called."""
    return Path(os.path.realpath(path))


def _new(unfinished: Path) -> sqlite3.Connection:
    """No WAL yet: what does not fit on the disk must fail before it has a name."""
    connection = sqlite3.connect(unfinished, isolation_level=None)
    try:
        connection.execute(f"pragma page_size = {_PAGE_BYTES}")
        _migrate(connection)
        _write_info(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up_new(connection: sqlite3.Connection) -> None:
    connection.execute("pragma foreign_keys = on")
    connection.execute(f"pragma cache_size = {-_CACHE_KIB}")
    whole.install(connection)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise errors.ArchiveNotWritable(f"{path} is there already, and is left as it is")


def _publish(unfinished: Path, path: Path) -> None:
    """Give the finished file its name, and never another file's."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:
        # exFAT and some shares know no second name for a file.
        if path.exists():
            raise
        unfinished.rename(path)


def _sweep(path: Path) -> None:
    """Remove what a program left behind that was killed while it made this archive."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new*"):
        number = left.name.removeprefix(f".{path.name}.").partition(".")[0]
        if number.isdecimal() and not is_running(int(number)):
            left.unlink(missing_ok=True)


def is_running(process_id: int) -> bool:
    """Whether there is such a process, whosever it is."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _check_is_file(path: Path) -> None:
    if not path.exists():
        raise errors.ArchiveNotFound(
            f"there is no archive at {path}; `exodus export --archive {path}` makes one,"
            " and --archive or $EXODUS_ARCHIVE names another"
        )
    if not path.is_file():
        raise errors.NotAnArchive(f"{path} is not a file; name the archive itself")


def _check_is_ours(path: Path, connection: sqlite3.Connection) -> None:
    """Ask SQLite, and never read the file beside it: when a process closes a file, it loses all its
    locks on that file, and another may take away the WAL of connections that are still open
    ("How To Corrupt An SQLite Database File", 2.2).
    """
    application_id = 0
    try:
        (application_id,) = connection.execute("pragma application_id").fetchone()
    except sqlite3.DatabaseError as error:
        if "not a database" not in str(error):
            raise
    if application_id != APPLICATION_ID:
        raise errors.NotAnArchive(
            f"{path} is not an mturk-exodus archive; it was left as it is. Name another --archive"
        )


def _connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{_mode(path, read_only=read_only)}",
        uri=True,
        isolation_level=None,
        timeout=10,
    )
    try:
        _check_is_ours(path, connection)
        _set_up(connection, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.execute("pragma foreign_keys = on")
    whole.install(connection)
    if read_only:
        connection.execute("pragma query_only = on")
    else:
        # WAL with NORMAL cannot corrupt; what a power cut takes back, the work rows take back too.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(f"pragma cache_size = {-_CACHE_KIB}")


def _mode(path: Path, *, read_only: bool) -> str:
    """How SQLite opens the file. A reader that may write leaves no WAL behind when it closes; in
    a folder that may not be written the file is read as it lies.
    """
    if not read_only or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return "mode=rw"
    wal = path.with_name(f"{path.name}-wal")
    return "mode=ro" if wal.exists() else "mode=ro&immutable=1"


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    connection = _connect(path)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(f"{path}.lock", timeout=0, mode=0o600)
    with explained(path):
        try:
            lock.acquire()
        except Timeout:
            raise errors.ArchiveBusy(
                f"another exodus command is writing to {path}; wait for it, or stop it"
            ) from None
    try:
        yield
    finally:
        lock.release()


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    _check_not_newer(path, connection)
    if _pending(connection):
        raise errors.ArchiveOutdated(
            f"{path} was written by an earlier version; `exodus upgrade --archive {path}`"
            " copies it and brings the copy's original up to date"
        )


def _check_not_newer(path: Path, connection: sqlite3.Connection) -> None:
    if applied(connection) - STEPS.keys():
        raise errors.ArchiveTooNew(
            f"{path} was written by a later version of mturk-exodus; install that one"
            " (`pip install --upgrade mturk-exodus`). The file was left as it is"
        )


def _pending(connection: sqlite3.Connection) -> bool:
    return bool(STEPS.keys() - applied(connection))


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("begin immediate")
    try:
        apply(connection, STEPS)
        connection.execute("commit")
    except BaseException:
        # A full disk may already have ended it.
        with suppress(sqlite3.Error):
            connection.execute("rollback")
        raise


def _write_info(connection: sqlite3.Connection) -> None:
    facts = {
        "archive_id": str(uuid.uuid4()),
        "created_at": iso(datetime.now(timezone.utc)),
        "about": "Amazon Mechanical Turk requester account, kept by mturk-exodus;"
        " `raw` columns hold each record as MTurk gave it",
    }
    connection.executemany("insert into archive_info values (?, ?)", facts.items())


def _copy(path: Path, connection: sqlite3.Connection) -> Path:
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
    copy = path.with_name(f"{path.name}.before-upgrade-{stamp}")
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(copy)) as target:
        connection.backup(target)
    return copy
