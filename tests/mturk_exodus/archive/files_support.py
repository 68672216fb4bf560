"""Files that say MTurk's own words, archives made of them, and what such an archive must be."""

from __future__ import annotations

import atexit
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from mturk_exodus.archive import Archive, ingested, runs, whole
from mturk_exodus.archive.gather import Gathered, Gatherer
from mturk_exodus.archive.ingested import KeptFile
from mturk_exodus.archive.tables import TABLES, Table
from mturk_exodus.archive.verify import Finding, verify
from mturk_exodus.archive.writer import Stored, Writer
from mturk_exodus.sources.batches import batches
from mturk_exodus.sources.entries import absorb
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import NO_CONTEXT, Columns, Derived, Entry, Found, Refused
from mturk_exodus_schema import apply
from tests.fakes.mturk import FakeMTurk
from tests.fakes.mturk_records import TABLES as SERVED_TABLES
from tests.mturk_exodus.archive.support import ORIGIN, raw

Wire = Mapping[str, Any]

AUTHORITIES = {"dump": 10, "site": 20, "site_2": 20, "lines": 30, "tool": 40}
"""Sources by what their words count; two of them count the same."""


class Said(NamedTuple):
    """A record in a file."""

    table: Table
    wire: Wire
    context: Mapping[str, Any] = NO_CONTEXT

    def __repr__(self) -> str:
        return f"{self.table.name} {dict(self.wire)} {dict(self.context) or ''}".rstrip()


class Kept(NamedTuple):
    """A file: whose it is, and what it says. Each entry holds one record."""

    name: str
    source: str
    records: tuple[Said, ...]


class Plain:
    """A source whose files say what MTurk would, in MTurk's words.

    A member that begins with `x-` is the file's own and means nothing.
    """

    name: ClassVar[str]
    title: ClassVar[str] = "records as they are"
    authority: ClassVar[int]

    def __init__(self, records: Sequence[Said] = ()) -> None:
        self.records = records

    def claims(self, file: SourceFile) -> str | None:
        """No file is looked at."""
        raise NotImplementedError

    def read(self, _file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """One entry a record."""
        for number, said in enumerate(self.records, 1):
            yield Entry(number, (Found(said.table, dict(said.wire), said.context),))

    def derive(self, _table: str, wire: Wire) -> Derived:
        """The same."""
        return Derived(meaning(_table, wire))


def meaning(_table: str, wire: Wire) -> Wire:
    """What such a record means: what it says, in the form in which the wire has it."""
    return {name: value for name, value in wire.items() if not name.startswith("x-")}


MEANINGS = dict.fromkeys(AUTHORITIES, meaning)
SOURCES: dict[str, type[Plain]] = {
    name: type(name, (Plain,), {"name": name, "authority": authority})
    for name, authority in AUTHORITIES.items()
}


def ingest(archive: Archive, file: Kept, *, settled: bool = True) -> Gathered:
    """Take a file into an archive, as `exodus ingest` does: one run, one transaction."""
    source = SOURCES[file.source](file.records)
    text = json.dumps([said.wire for said in file.records])
    kept = KeptFile(
        file.name, sha256(text.encode()).hexdigest(), len(text), file.source, "ours", "utf-8"
    )
    read = SourceFile(file.name, lambda: BytesIO(text.encode()))
    with archive.transaction():
        run = runs.begin(archive, "files", {"paths": [file.name]}, pass_id=None)
    with archive.transaction():
        file_id = ingested.begin(archive, run, kept, source.authority)
        gatherer = Gatherer(archive, run, source.name, file_id)
        absorbed = absorb(batches(source, read), gatherer, lambda _: None)
        assert not absorbed.refused, absorbed.refused
        ingested.finish(archive, file_id, absorbed.accounts())
    if settled:
        settle(archive, run)
    return absorbed.gathered


def settle(archive: Archive, run: runs.Run) -> None:
    """End a run of an ingest."""
    with archive.transaction():
        ingested.settle(archive)
        runs.end(archive, run, "complete", "")


def tell(archive: Archive, records: Iterable[Said]) -> list[Stored]:
    """Have the API say records, in a run of its own."""
    with archive.transaction():
        run = runs.begin(
            archive, "requester_api", {}, account="key:0", endpoint="http://x", pass_id=None
        )
    writer = Writer(archive, run)
    stored = []
    with archive.transaction():
        for said in records:
            wire = [raw(said.wire)]
            stored.append(writer.put(said.table, wire, ORIGIN, said.context))
        ingested.settle(archive)
        runs.end(archive, run, "complete", "")
    return stored


@cache
def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    atexit.register(connection.close)
    apply(connection)
    return connection


def in_memory() -> Archive:
    """A new archive that lies nowhere."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _empty().backup(connection)
    connection.execute("pragma foreign_keys = on")
    whole.install(connection)
    return Archive(Path("memory.db"), connection)


def copy_of(archive: Archive) -> Archive:
    """Another archive that holds the same."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    archive.connection.backup(connection)
    connection.execute("pragma foreign_keys = on")
    whole.install(connection)
    return Archive(archive.path, connection)


_OF_A_RUN = {
    *("first_run_id", "last_run_id", "run_id", "seen_run_id", "replaced_run_id"),
    *("resolved_run_id", "file_id", "file_row", "revision_id", "bonus_payment_id"),
}
_OF_THE_PROGRAM = {"archive_info", "runs", "work", "sqlite_sequence", "_sqlite_migrations"}

Dump = dict[str, list[tuple[Any, ...]]]


def dump(archive: Archive) -> Dump:
    """Every row of every table, without what tells when it came and out of which file."""
    tables = archive.connection.execute("select name from sqlite_master where type = 'table'")
    return {
        name: _rows(archive, name) for (name,) in tables.fetchall() if name not in _OF_THE_PROGRAM
    }


def _rows(archive: Archive, table: str) -> list[tuple[Any, ...]]:
    info = archive.connection.execute(f"select name from pragma_table_xinfo('{table}')")  # noqa: S608 - our own names
    columns = [name for (name,) in info if name not in _OF_A_RUN]
    rows = archive.connection.execute(f"select {', '.join(columns)} from {table}")  # noqa: S608 - our own names
    return sorted(rows, key=repr)


def differences(one: Dump, other: Dump) -> dict[str, tuple[list[Any], list[Any]]]:
    """By table, the rows that only one of two archives has."""
    return {
        table: (
            [row for row in one[table] if row not in other[table]],
            [row for row in other[table] if row not in one[table]],
        )
        for table in one
        if one[table] != other[table]
    }


def findings(archive: Archive) -> list[Finding]:
    """Everything that is wrong with an archive."""
    return [*verify(archive, MEANINGS), *_astray(archive)]


def _astray(archive: Archive) -> Iterator[Finding]:
    """Records whose words are not in the file and entry that they are said to be from."""
    words = "source_records", *(table.name for table in TABLES if table.name != "account_balances")
    for table in words:
        for row in archive.connection.execute(
            f"select source, file_id is null, file_row is null from {table}"  # noqa: S608 - our own names
        ):
            source, no_file, no_row = row
            wanted = {"requester_api": (1, 1), "implied": (0, 1)}.get(source, (0, 0))
            if (no_file, no_row) != wanted:
                yield Finding("provenance", table, f"{row}")


def values(archive: Archive, query: str, *given: object) -> list[tuple[Any, ...]]:
    """What a query answers."""
    return archive.connection.execute(query, given).fetchall()


def one(archive: Archive, query: str, *given: object) -> Any:  # noqa: ANN401 - a column's value
    """The one value that a query answers."""
    ((value,),) = values(archive, query, *given)
    return value


_KEYS = {
    "hits": ("hit_id",),
    "assignments": ("assignment_id",),
    "qualification_types": ("qualification_type_id",),
    "qualifications": ("qualification_type_id", "worker_id"),
    "qualification_requests": ("qualification_request_id",),
    "worker_blocks": ("worker_id",),
}


def assert_arrived(path: Path, fake: FakeMTurk) -> None:
    """Every record that the endpoint serves is held in its very words, and is the API's."""
    served = fake.raw_records()
    with Archive.open(path) as archive:
        for table in SERVED_TABLES:
            held = {
                key[0] if len(key) == 1 else key: raw
                for *key_and_raw, raw in values(
                    archive,
                    f"select {', '.join(_KEYS[table])}, raw from {table}"  # noqa: S608 - our own names
                    " where source = 'requester_api'",
                )
                for key in [tuple(key_and_raw)]
            }
            assert held == served[table], table
        for hit_id, texts in served["bonus_payments"].items():
            found = values(
                archive,
                "select raw from bonus_payments where hit_id = ? and source = 'requester_api'",
                hit_id,
            )
            assert Counter(found) == Counter((text,) for text in texts)
