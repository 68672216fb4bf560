"""What SQLite and the operating system refuse, said so that a person can act on it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mturk_exodus import errors

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a refusal of SQLite or of the file system into one of our errors."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise from_sqlite(path, error) from error
    except OSError as error:
        raise _from_system(path, error) from error


def from_sqlite(path: Path, error: sqlite3.DatabaseError) -> errors.ExodusError:
    """Our error for one of SQLite's.

    Raises:
        sqlite3.DatabaseError: it is a mistake of ours in SQL, and no refusal.
    """
    words = str(error)
    if "full" in words or "disk I/O" in words:
        return errors.ArchiveNotWritable(
            f"{path} cannot grow: the disk is full or failing ({words}). What was fetched is"
            " kept; make room and run the same command again"
        )
    if "readonly" in words or "unable to open" in words:
        return errors.ArchiveNotWritable(f"{path} or its folder may not be written ({words})")
    if "locked" in words or "busy" in words:
        return errors.ArchiveBusy(f"another program holds {path} ({words}); close it and try again")
    if "user-defined function" in words:
        return errors.ArchiveDamaged(
            f"something in {path} is not as this program wrote it ({words}); `exodus verify`"
            " says what. Keep the file, and restore a copy of it"
        )
    if "malformed" in words or "not a database" in words:
        return errors.ArchiveDamaged(
            f"SQLite cannot read {path} ({words}); keep the file, and restore a copy of it"
        )
    raise error


def _from_system(path: Path, error: OSError) -> Exception:
    reason = error.strerror or str(error)
    if error.errno in _NO_SPACE:
        return errors.ArchiveNotWritable(f"{path} cannot grow: {reason}; make room and try again")
    return errors.ArchiveNotWritable(f"{path} cannot be written: {reason}")
