"""What a source of files is: who claims a file, who reads it, and what its records mean.

A source is a plug-in. It is found by entry point (group `mturk_exodus.sources`), under the name
that the archive keeps beside each of its records.

    read      file  -> entries, one for each row or record of the file, each with what it holds
    derive    the source's own record, as it is kept -> the same in MTurk's words

`read` decides what belongs to which record and keeps the words of the file; `derive` alone says
what they mean. So what a record means can be worked out again from the archive, without the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from mturk_exodus.archive.tables import Table
from mturk_exodus.records import Value
from mturk_exodus.sources.files import FileRefused, SourceFile

__all__ = ["Columns", "Derived", "Entry", "FileRefused", "Found", "Refused", "Source", "SourceFile"]

NO_CONTEXT: Mapping[str, Value] = {}


class Columns(NamedTuple):
    """The header of a table, as its file has it. It comes before the first entry."""

    names: tuple[str, ...]


class Found(NamedTuple):
    """A record in a file.

    Attributes:
        table: the table that it belongs to.
        raw: the record in the source's own words; JSON can hold it. Cells that are empty are
            left out.
        context: values that whoever reads the file knows and the record does not say.
    """

    table: Table
    raw: Mapping[str, Any]
    context: Mapping[str, Value] = NO_CONTEXT


class Entry(NamedTuple):
    """A row of a table, an object of a dump: the unit in which a file is accounted for.

    Attributes:
        number: 1 for the first one, headings not counted.
        found: its records, at least one; a HIT comes before its assignments.
        doubts: checks that it fails, by name. It is kept all the same.
    """

    number: int
    found: tuple[Found, ...]
    doubts: tuple[str, ...] = ()


class Refused(NamedTuple):
    """A row or an object that gives no record.

    Attributes:
        number: as in Entry.
        reason: why, without a value of it: it may hold personal data.
        raw: what it says, for quarantine; JSON can hold it.
    """

    number: int
    reason: str
    raw: Any


class Derived(NamedTuple):
    """A source's record in MTurk's words.

    Attributes:
        wire: by MTurk's member names, what `records.from_wire` takes. Times are epoch seconds or
            ISO 8601 text with a zone, money is text, structures are dicts and lists. What the
            source does not say is left out: unknown is never zero, false or empty.
        unreadable: members, in the source's names, whose values mean nothing to it.
    """

    wire: Mapping[str, Any]
    unreadable: tuple[str, ...] = ()


class Source(Protocol):
    """One kind of file.

    Attributes:
        name: its entry point's name.
        title: what a person would call such files.
        authority: whose word counts where sources disagree about a member: the lowest. API 0,
            API dumps 10, requester site 20, command line tools 30, other tools 40.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    authority: ClassVar[int]

    def claims(self, file: SourceFile) -> str | None:
        """Why this file is one of this source's, in a few words; None if it is not.

        Nothing but the file's name, its head and its neighbours' names is looked at.
        """
        ...

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Everything in a file, in its order, in bounded memory.

        Raises:
            FileRefused: nothing of the file should be kept.
        """
        ...

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a record means. Pure: nothing but the record is looked at, and it never raises."""
        ...
