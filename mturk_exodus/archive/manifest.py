"""A seal on paper: an archive's digests in a file, and what has changed since it was written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.sealing import Part, Sealed, digest_of_all, sealed
from mturk_exodus.errors import NotAManifest
from mturk_exodus.values import iso

FORM = 1
"""The version of the manifest's form."""

RECORDS = ".records"
"""What the name of a manifest's file of records ends in, after the manifest's own name."""

_AT_ONCE = 5_000
_OFTEN = 10_000
_HOW = (
    "per record SHA-256 of the JSON array of its table's name, its columns in the archive's order,"
    " its source and its raw record; per table SHA-256 of its records' digests, as bytes, in"
    " ascending order; in all SHA-256 of the tables' digests, in the order of their names"
)

Observe = Callable[[int], None]


@dataclass(frozen=True)
class Changes:
    """What became of a table since.

    Attributes:
        then: records in the manifest.
        now: records in the archive.
        is_same: whether the digests are.
        added: None if there is no file of records to count by; so with the others.
        examples: keys of some that were added, removed or changed, as JSON.
    """

    table: str
    then: int
    now: int
    is_same: bool
    added: int | None = None
    removed: int | None = None
    changed: int | None = None
    examples: tuple[str, ...] = ()


class Seal:
    """The digests of an archive, sorted in a file that goes away with it.

    Args:
        connection: to a database that may become as large as 200 bytes a record.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def of(cls, records: Iterable[Sealed], observe: Observe = lambda _: None) -> Iterator[Seal]:
        """The seal of records."""
        with closing(sqlite3.connect("", isolation_level=None)) as connection:
            connection.execute("pragma journal_mode = off")
            for name in ("now", "before"):
                connection.execute(
                    f"create table {name} (of text, kind text, key text, digest text)"
                )
            seal = cls(connection)
            seal.take("now", records, observe)
            yield seal

    def take(self, name: str, records: Iterable[Sealed], observe: Observe) -> None:
        """Sort records in."""
        records, count = iter(records), 0
        self._connection.execute("begin")
        while some := list(islice(records, _AT_ONCE)):
            self._connection.executemany(f"insert into {name} values (?, ?, ?, ?)", some)
            count += len(some)
            if count % _OFTEN == 0:
                observe(count)
        self._connection.execute("commit")
        self._connection.execute(f"create index {name}_by_key on {name} (of, key, digest)")

    def tables(self) -> dict[str, tuple[Part, dict[str, Part]]]:
        """By table, its part and those of its kinds."""
        names = self._connection.execute("select distinct of, kind from now order by 1, 2")
        kinds: dict[str, list[str]] = {}
        for table, kind in names.fetchall():
            kinds.setdefault(table, []).append(kind)
        return {
            table: (
                self._part("of = ?", table),
                {kind: self._part("of = ? and kind = ?", table, kind) for kind in several},
            )
            for table, several in kinds.items()
        }

    def _part(self, where: str, *values: str) -> Part:
        query = f"from now where {where}"
        (count,) = self._connection.execute(f"select count(*) {query}", values).fetchone()
        rows = self._connection.execute(f"select digest {query} order by digest", values)
        return Part(count, digest_of_all(digest for (digest,) in rows))

    def records(self) -> Iterator[Sealed]:
        """All of them, by table and key."""
        query = "select of, kind, key, digest from now order by of, key, digest"
        return (Sealed(*row) for row in self._connection.execute(query))

    def differences(self, table: str) -> tuple[int, int, int, tuple[str, ...]]:
        """Added, removed, changed since `before`, and keys of some."""
        others = (
            "select key from {} as one where of = ? and not exists (select 1 from {} as other"
            " where other.of = one.of and other.key = one.key{})"
        )
        added = others.format("now", "before", "")
        removed = others.format("before", "now", "")
        changed = (
            f"{others.format('now', 'before', ' and other.digest = one.digest')}"
            " and exists (select 1 from before where before.of = one.of and before.key = one.key)"
        )
        counts = [
            int(self._connection.execute(f"select count(*) from ({query})", [table]).fetchone()[0])
            for query in (added, removed, changed)
        ]
        rows = self._connection.execute(
            f"{added} union all {removed} union all {changed} limit 20", [table] * 3
        )
        return counts[0], counts[1], counts[2], tuple(key for (key,) in rows)


def write(archive: Archive, seal: Seal, to: TextIO, records_sha256: str | None) -> dict[str, Any]:
    """Write a manifest; what it says."""
    tables = {
        table: {**asdict(part), "kinds": {kind: asdict(one) for kind, one in kinds.items()}}
        for table, (part, kinds) in seal.tables().items()
    }
    said = {
        "mturk_exodus_manifest": FORM,
        "archive_id": archive.archive_id,
        "sealed_at": iso(datetime.now(timezone.utc)),
        "program_version": version("mturk-exodus"),
        "how": _HOW,
        "digest": digest_of_all(str(tables[name]["digest"]) for name in sorted(tables)),
        "records_sha256": records_sha256,
        "tables": tables,
    }
    json.dump(said, to, indent=1)
    to.write("\n")
    return said


def write_records(seal: Seal, to: TextIO) -> str:
    """Write every record's digest, a JSON array a line; the SHA-256 of the whole."""
    whole = sha256()
    for record in seal.records():
        line = json.dumps(record, separators=(",", ":")) + "\n"
        whole.update(line.encode())
        to.write(line)
    return whole.hexdigest()


def read(path: Path) -> dict[str, Any]:
    """A manifest.

    Raises:
        NotAManifest: it is none, or of a later form.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: (one["records"], one["digest"]) for name, one in said["tables"].items()}
        form, made = said["mturk_exodus_manifest"], _seal_of(tables)
    except OSError as error:
        raise NotAManifest(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAManifest(f"{path} is no manifest of `exodus seal`") from error
    if form != FORM:
        raise NotAManifest(f"{path} was written by a later version of mturk-exodus; install that")
    if made != said.get("digest"):
        raise NotAManifest(f"{path} is not as it was written: its digests do not make its seal")
    return dict(said)


def _seal_of(tables: dict[str, tuple[int, str]]) -> str:
    return digest_of_all(tables[name][1] for name in sorted(tables))


def changes(archive: Archive, manifest: Path, observe: Observe = lambda _: None) -> list[Changes]:
    """What has changed in an archive since a manifest was written, by table.

    Raises:
        NotAManifest: it is none, or the file of records beside it is not the one that it names.
    """
    said = read(manifest)
    with Seal.of(sealed(archive), observe) as seal:
        beside = manifest.with_name(manifest.name + RECORDS)
        counts = said.get("records_sha256") is not None and beside.exists()
        if counts:
            seal.take("before", _records(beside, said["records_sha256"]), observe)
        now = {table: part for table, (part, _) in seal.tables().items()}
        return [
            _changes(seal, table, said["tables"].get(table), now.get(table), counts=counts)
            for table in sorted({*said["tables"], *now})
        ]


def _changes(
    seal: Seal, table: str, then: dict[str, Any] | None, now: Part | None, *, counts: bool
) -> Changes:
    before = Part(then["records"], then["digest"]) if then else None
    same = before == now
    made = Changes(table, before.records if before else 0, now.records if now else 0, same)
    if not counts:
        return made
    if same:
        return replace(made, added=0, removed=0, changed=0)
    added, removed, changed, examples = seal.differences(table)
    return replace(made, added=added, removed=removed, changed=changed, examples=examples)


def _records(path: Path, expected: str) -> Iterator[Sealed]:
    whole = sha256()
    try:
        with path.open("rb") as file:
            for line in file:
                whole.update(line)
                yield Sealed(*map(str, json.loads(line)))
    except (OSError, ValueError, TypeError) as error:
        raise NotAManifest(f"{path} cannot be read as a manifest's records") from error
    if whole.hexdigest() != expected:
        raise NotAManifest(f"{path} is not the file that the manifest was written with")
