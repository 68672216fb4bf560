"""The columns of batch results, and how a file that rows came from spells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from mturk_exodus.batch_columns import (
    ANSWER,
    INPUT,
    MARKS,
    OF_THE_ASSIGNMENT,
    OF_THE_HIT,
    is_answer,
    is_input,
)


class FileColumns:
    """A file's columns beyond the 27.

    Attributes:
        inputs: those of the template's variables, as the site calls them.
        answers: those of the answers.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        columns = tuple(dict.fromkeys(columns))
        taken = set(columns)
        self._own: dict[str, str] = {}
        for column in columns:
            name = _site_name(column)
            if name != column:
                name = next(free for free in _numbered(name) if free not in taken)
                taken.add(name)
            self._own[name] = column
        self.inputs = tuple(name for name in self._own if name.startswith(INPUT))
        self.answers = tuple(name for name in self._own if name.startswith(ANSWER))

    @cached_property
    def _others(self) -> dict[str, str]:
        """What the file calls otherwise than the site."""
        return {own: name for name, own in self._own.items() if own != name}

    def renamed(self, said: dict[str, str]) -> dict[str, str]:
        """A record of the file, by the site's names."""
        if not self._others:
            return said
        return {self._others.get(name, name): cell for name, cell in said.items()}


def _site_name(column: str) -> str:
    if is_input(column):
        return INPUT + column[len(INPUT) :]
    if is_answer(column):
        return ANSWER + column[len(ANSWER) :]
    return next((mark for mark in MARKS if mark.casefold() == column.casefold()), column)


def _numbered(name: str) -> Iterator[str]:
    """A name, and what it becomes where a file has it already: as one that comes twice."""
    yield name
    yield from (f"{name} ({number})" for number in count(2))


@dataclass(frozen=True)
class Layout:
    """The columns of a file that is to be written."""

    inputs: tuple[str, ...]
    answers: tuple[str, ...]

    @classmethod
    def of(
        cls, files: Sequence[FileColumns], inputs: Iterable[str], answers: Iterable[str]
    ) -> Layout:
        """Those of the files that rows come from, in their order; then what else rows have."""
        return cls(
            tuple(dict.fromkeys(_chained([*(file.inputs for file in files), inputs]))),
            tuple(dict.fromkeys(_chained([*(file.answers for file in files), sorted(answers)]))),
        )

    @cached_property
    def of_the_hit(self) -> tuple[str, ...]:
        """What a HIT's cells are, in the order of the two places where they stand."""
        return (*OF_THE_HIT, *self.inputs)

    @cached_property
    def of_the_assignment(self) -> tuple[str, ...]:
        """What an assignment's cells are; the marks are not among them."""
        return (*OF_THE_ASSIGNMENT, *self.answers)

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Every column. Rows have no cells for the last two, as on the site."""
        return (*OF_THE_HIT, *OF_THE_ASSIGNMENT, *self.inputs, *self.answers, *MARKS)


def _chained(names: Iterable[Iterable[str]]) -> Iterator[str]:
    for some in names:
        yield from some
