"""The files of Amazon's command line tools, which spoke MTurk's older API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TEMPLATES
from mturk_exodus.sources.command_line_tools import kept, meaning, results, success
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Refused


class _Kind(NamedTuple):
    """One of the tools' kinds of file."""

    claim: str
    is_such: Callable[[SourceFile], bool]
    read: Callable[[SourceFile], Iterator[Columns | Entry | Refused]]


_KINDS = (
    _Kind("results of the command line tools", results.is_such, results.read),
    _Kind("HITs that the command line tools made", success.is_such, success.read),
    _Kind("variables for the command line tools", kept.is_input, kept.read_input),
    _Kind("settings for the command line tools", kept.is_properties, kept.read_properties),
    _Kind("a question for the command line tools", kept.is_question, kept.read_question),
)

_MEANING: Mapping[str, Callable[[Mapping[str, Any]], Derived]] = {
    HITS.name: meaning.hit,
    ASSIGNMENTS.name: meaning.assignment,
    TEMPLATES.name: kept.derive,
}


class CommandLineTools:
    """Results, lists of HITs, and what the HITs were made from."""

    name: ClassVar[str] = "command_line_tools"
    title: ClassVar[str] = "MTurk command line tools"
    authority: ClassVar[int] = 30

    def claims(self, file: SourceFile) -> str | None:
        """A table with the tools' columns, or what its name says in the tools' words."""
        return next((kind.claim for kind in _KINDS if kind.is_such(file)), None)

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every row of a table; any other file is one entry.

        Raises:
            FileRefused: it is none of the tools' files, or cannot be read.
        """
        for kind in _KINDS:
            if kind.is_such(file):
                yield from kind.read(file)
                return
        raise FileRefused("it is none of the command line tools' files")

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a record means."""
        means = _MEANING.get(table)
        return Derived({}) if means is None else means(raw)
