"""A file's entries into rows, a thousand at a time: what each means, what is doubtful or refused.

Nothing here knows the archive's content: a batch can be made in another process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from mturk_exodus.archive.gather import FromFile
from mturk_exodus.archive.tables import BONUS_PAYMENTS, TABLE_NAMED, Table, digest_of
from mturk_exodus.records import InvalidRecord, Value
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Entry, FileRefused, Found, Refused, Source

ENTRIES = 500
CHARACTERS = 8_000_000
_TOO_MANY = 2**63
_LONGEST_REFUSED = 100_000

_needs_escapes = re.compile(r'[\x00-\x1f"\\]').search
_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Batch(NamedTuple):
    """Entries that are written together. It is made of plain values alone.

    Attributes:
        columns: the header, where it was just read.
        kept: how many entries gave records.
        records: of each table, by its name.
        refused: number, reason, and own words of entries that gave none.
        failures: checks that entries fail, with the entry's number.
    """

    columns: tuple[str, ...] | None
    kept: int
    records: dict[str, list[FromFile]]
    refused: list[tuple[int, str, str]]
    failures: list[tuple[str, int]]


def batches(source: Source, file: SourceFile) -> Iterator[Batch]:
    """Everything in a file.

    Raises:
        FileRefused: nothing of it should be kept.
    """
    try:
        damaged = bool(file.contents.damaged)
        making = _Making(source, damaged=damaged)
        for item in source.read(file):
            making.take(item)
            if making.entries >= ENTRIES or making.characters > CHARACTERS:
                yield making.made()
                making = _Making(source, damaged=damaged)
        yield making.made()
    except FileRefused:
        raise
    except OSError as error:
        raise FileRefused(f"cannot be read: {error.strerror or type(error).__name__}") from error
    except UnicodeError as error:
        raise FileRefused("is not in the encoding that its beginning shows") from error
    except (Exception, SystemExit) as error:  # one file's fault must not cost the others
        raise FileRefused(fault_of(source.name, error)) from error


def fault_of(source: str, error: BaseException) -> str:
    """What to say of a source that does what no source may."""
    return (
        f"source '{source}' failed ({type(error).__name__}), which is a fault of the"
        " source; please report it"
    )


class _Making:
    """A batch that is being filled."""

    def __init__(self, source: Source, *, damaged: bool) -> None:
        self._damaged = damaged
        self._derive = source.derive
        self._columns: tuple[str, ...] | None = None
        self.entries = 0
        self.characters = 0
        self._records: dict[str, list[FromFile]] = {}
        self._refused: list[tuple[int, str, str]] = []
        self._failures: list[tuple[str, int]] = []

    def made(self) -> Batch:
        kept = self.entries - len(self._refused)
        return Batch(self._columns, kept, self._records, self._refused, self._failures)

    def take(self, item: Columns | Entry | Refused) -> None:
        if isinstance(item, Entry):
            self.entries += 1
            self._keep(item)
        elif isinstance(item, Refused):
            self.entries += 1
            self._refuse(item)
        elif isinstance(item, Columns):
            self._columns = tuple(map(_checked_text, item.names))
        else:
            raise TypeError(item)

    def _keep(self, entry: Entry) -> None:
        try:
            records = [self._record(found, entry.number) for found in entry.found]
        except InvalidRecord as error:
            raw = {found.table.name: found.raw for found in entry.found}
            self._refuse(Refused(entry.number, str(error), raw))
            return
        number = _checked_number(entry.number)
        for name, record, unreadable in records:
            self.characters += len(record[1])
            if name in self._records:
                self._records[name].append(record)
            else:
                self._records[name] = [record]
            if unreadable:
                self._fail([f"{member} can be read" for member in unreadable], number)
        if entry.doubts:
            self._fail(entry.doubts, number)

    def _fail(self, checks: Iterable[str], number: int) -> None:
        self._failures += [(_checked_text(check), number) for check in checks]

    def _record(self, found: Found, number: int) -> tuple[str, FromFile, tuple[str, ...]]:
        table, words, context = found
        if TABLE_NAMED.get(table.name) is not table or not isinstance(words, dict):
            raise TypeError(found)
        wire, unreadable = self._derive(table.name, words)
        raw, digest = as_json(words)
        if self._damaged and "\ufffd" in raw:
            raise InvalidRecord("holds bytes that are no text: the file is damaged here")
        return table.name, (values_of(table, wire, context), raw, digest, number), unreadable

    def _refuse(self, refused: Refused) -> None:
        words = json.dumps(refused.raw, default=str)
        if len(words) > _LONGEST_REFUSED:
            words = json.dumps(words[:_LONGEST_REFUSED])
        self.characters += len(words)
        reason = _checked_text(refused.reason)
        self._refused.append((_checked_number(refused.number), reason, words))


def _checked_number(number: int) -> int:
    if type(number) is not int or not 0 <= number < _TOO_MANY:
        raise TypeError(number)
    return number


def _checked_text(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(text)
    return text.encode(errors="replace").decode()


def values_of(
    table: Table, wire: Mapping[str, Any], context: Mapping[str, Value]
) -> tuple[Value, ...]:
    """The columns of a record of a file.

    Raises:
        InvalidRecord: it is none, or cannot be told from another.
    """
    if context and not all(one is None or isinstance(one, (str, int)) for one in context.values()):
        raise TypeError(context)
    if table is not BONUS_PAYMENTS:
        return table.values_of(wire, context)
    values = table.values_of(wire, {"hit_id": None, "copy": 0, **context})
    if values[table.columns.index("grant_time")] is None:
        raise InvalidRecord("GrantTime is missing: the bonus cannot be told from others")
    return values


def as_json(raw: Mapping[str, Any]) -> tuple[str, str]:
    """A record's own words as they are kept, and their digest.

    Raises:
        InvalidRecord: JSON cannot hold them.
    """
    try:
        text = _plain_json(raw) or _dumps(raw)
        return text, digest_of(text)
    except UnicodeEncodeError:
        # A lone surrogate, which UTF-8 cannot hold and an escape can.
        text = json.dumps(raw, allow_nan=False, separators=(",", ":"))
        return text, digest_of(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidRecord(f"it cannot be kept as JSON ({type(error).__name__})") from error


def _plain_json(raw: Mapping[str, Any]) -> str | None:
    """The same JSON, in half the time, of a record that holds nothing but plain texts."""
    texts = tuple(raw.values())
    try:
        if _needs_escapes("".join(texts)):
            return None
    except TypeError:
        return None
    return _form(tuple(raw)) % texts


@lru_cache(256)
def _form(names: tuple[str, ...]) -> str:
    """The JSON of a record with these members, `%s` in place of each text."""
    return "{" + ",".join(map(_member_form, names)) + "}"


@lru_cache(4096)
def _member_form(name: str) -> str:
    return _dumps(name).replace("%", "%%") + ':"%s"'
