"""psiTurk's database: who took part in an experiment, and the data that their browsers sent.

Columns and status numbers: psiTurk 2.3.12 and 3.3.1, `psiturk/models.py`, `psiturk_statuses.py`.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, NOTIFICATION_EVENTS
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import (
    Columns,
    Derived,
    Entry,
    FileRefused,
    Found,
    Refused,
)
from mturk_exodus.sources.sayings import derived

_MAGIC = b"SQLite format 3\x00"
_OWN_ARCHIVE = b"MTXO"
_JOURNAL_MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_KEYS = ("assignmentid", "hitid", "workerid")
# A browser's data are some MB at most; a row is held in memory as a whole.
_LARGEST_ROW = 64 * 1024 * 1024

# psiTurk counts 3, 4, 5 and 7 as completed; the other numbers say that a worker came, no more.
# Laboratories have made up numbers of their own.
_COMPLETED = (3, 4, 5, 7)
_NOT_ACCEPTED = 0
_MTURK_STATUS = {4: "Submitted", 5: "Approved", 7: "Approved"}

# Up to version 2 they are the server's local time, since version 3 UTC; neither is said.
_TIMES = ("beginhit", "beginexp", "endhit")
_MEANING = {"assignmentid": "AssignmentId", "hitid": "HITId", "workerid": "WorkerId"}


class PsiTurk:
    """The table of participants in a psiTurk database, whatever its name."""

    name: ClassVar[str] = "psiturk"
    title: ClassVar[str] = "psiTurk databases"
    authority: ClassVar[int] = 40

    def claims(self, file: SourceFile) -> str | None:
        """An SQLite database whose schema names psiTurk's three ids."""
        head = file.head
        if not head.startswith(_MAGIC) or head[68:72] == _OWN_ARCHIVE:
            return None
        schema = head.lower()
        if all(key.encode() in schema for key in (*_KEYS, "uniqueid")):
            return "a database with psiTurk's columns"
        return None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every participant, in the order of the table.

        Raises:
            FileRefused: it lies in a zip, was not closed, or SQLite cannot read it.
        """
        path = _closed(file)
        try:
            with closing(_opened(path)) as connection:
                yield from _participants(connection)
        except (sqlite3.Error, ValueError, OverflowError):
            # ValueError: names that are no text.
            raise FileRefused("cannot be read by SQLite; it may be damaged") from None

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a participant's row means."""
        wire, unreadable = derived(table, raw, _MEANING)
        times = tuple(name for name in _TIMES if raw.get(name) is not None)
        said = {**wire, **_became(table, _status(raw))}
        return Derived(said, (*unreadable, *times))


def _became(table: str, status: int | None) -> dict[str, str]:
    """What a status number says in MTurk's words."""
    if table == NOTIFICATION_EVENTS.name:
        return {"EventType": "AssignmentAccepted"}
    if status in _MTURK_STATUS:
        return {"AssignmentStatus": _MTURK_STATUS[status]}
    return {}


def _closed(file: SourceFile) -> Path:
    """Where the database lies, if nothing of it is still to be found in a journal."""
    if file.local_path is None:
        raise FileRefused("is a database inside a zip or gzip; unpack it first")
    for ending in ("-wal", "-journal"):
        journal = file.sibling(file.base_name + ending)
        if journal is not None and _holds_changes(journal, ending):
            raise FileRefused(
                f"was not closed: the {ending} file beside it holds changes;"
                " open it once with psiTurk or sqlite3, close it, and try again"
            )
    return file.local_path


def _holds_changes(journal: SourceFile, ending: str) -> bool:
    if ending == "-wal":
        return bool(journal.head)
    return journal.head.startswith(_JOURNAL_MAGIC)


def _opened(path: Path) -> sqlite3.Connection:
    """The database, with nothing of its schema trusted and nothing ever written beside it."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    connection.text_factory = _text
    for setting in ("trusted_schema = off", "query_only = on", "cell_size_check = on"):
        connection.execute(f"pragma {setting}")
    return connection


def _text(cell: bytes) -> str:
    """A cell's text; bytes that are no UTF-8 are written as escapes, so that none is lost."""
    return cell.decode("utf-8", "backslashreplace")


def _participants(connection: sqlite3.Connection) -> Iterator[Columns | Entry | Refused]:
    tables = _tables(connection)
    if not tables:
        raise FileRefused("has no table with psiTurk's columns")
    names = (name for columns in tables.values() for name in columns)
    yield Columns(tuple(dict.fromkeys(names)))
    number = 0
    for table, columns in tables.items():
        for raw in _rows(connection, table, columns):
            number += 1
            yield _entry(number, raw)
        for unique_id in _too_large(connection, table, columns):
            number += 1
            yield Refused(number, "it holds more than 64 MiB", {"uniqueid": unique_id})


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The columns of each table of participants. Views and virtual tables have no root page."""
    tables = connection.execute(
        "select name from sqlite_master where type = 'table' and rootpage > 0"
    ).fetchall()
    found = {name: _columns(connection, name) for (name,) in tables}
    return {
        name: columns
        for name, columns in found.items()
        if {*_KEYS, "uniqueid"} <= {column.lower() for column in columns}
    }


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """A table's stored columns; one that is computed could run anything."""
    columns = connection.execute(
        "select name from pragma_table_xinfo(?) where hidden = 0", (table,)
    ).fetchall()
    return [name for (name,) in columns]


def _rows(
    connection: sqlite3.Connection, table: str, columns: list[str]
) -> Iterator[dict[str, Any]]:
    cells = ", ".join(map(_quoted, columns))
    rows = connection.execute(
        f"select {cells} from {_quoted(table)}"  # noqa: S608 - the names are quoted
        f" where {_size(columns)} <= {_LARGEST_ROW}"
    )
    for row in rows:
        yield _raw(columns, row)


def _too_large(connection: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[str]:
    """The beginning of the name of each row that is too large to be held."""
    rows = connection.execute(
        f"select substr(uniqueid, 1, 300) from {_quoted(table)}"  # noqa: S608 - as above
        f" where {_size(columns)} > {_LARGEST_ROW}"
    )
    for (unique_id,) in rows:
        yield str(unique_id)


def _size(columns: list[str]) -> str:
    """SQL that says how many bytes a row has, without a look at them."""
    return " + ".join(f"coalesce(length(cast({_quoted(name)} as blob)), 0)" for name in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _raw(columns: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """Column and cell, empty ones left out; psiTurk's own names are always in small letters."""
    named = zip((column.lower() for column in columns), row, strict=True)
    return {column: _cell(cell) for column, cell in named if cell not in (None, "", b"")}


def _cell(cell: object) -> object:
    """A cell as JSON can hold it."""
    if isinstance(cell, bytes):
        return _text(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell


def _entry(number: int, raw: dict[str, Any]) -> Entry | Refused:
    if reason := _why_not(raw):
        return Refused(number, reason, raw)
    table = ASSIGNMENTS if _status(raw) in _COMPLETED else NOTIFICATION_EVENTS
    doubts = ("mode is not sandbox",) if raw.get("mode") == "sandbox" else ()
    return Entry(number, (Found(table, raw),), doubts)


def _why_not(raw: Mapping[str, Any]) -> str | None:
    """Why a row is no worker's; None if it is."""
    ids = [raw.get(key) for key in _KEYS]
    if any(isinstance(value, str) and value.startswith("debug") for value in ids):
        return "a debug session, not a worker's"
    for key, value in zip(_KEYS, ids, strict=True):
        if not isinstance(value, str) or not value.strip():
            return f"no {key}"
    if raw["assignmentid"] == "ASSIGNMENT_ID_NOT_AVAILABLE" or _status(raw) == _NOT_ACCEPTED:
        return "a preview: the work was not accepted"
    return None


def _status(raw: Mapping[str, Any]) -> int | None:
    status = raw.get("status")
    return status if isinstance(status, int) else None
