"""What a report is made of, whatever form it is given.

Values are plain: counts are int; money is int, in millionths of a dollar (`amounts.py`); durations
are int, in milliseconds; shares are float, of 1; everything else is text. None is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

Value = str | int | float | None
Row = tuple[Value, ...]


class Kind(Enum):
    """What a value is, and so how it is shown."""

    COUNT = "count"
    MONEY = "money"
    HOURLY = "money an hour"
    DURATION = "duration"
    SHARE = "share"
    AGREEMENT = "agreement"
    TIME = "time"
    TEXT = "text"
    ID = "id"
    DECIMAL = "decimal"
    WORKER = "worker"

    @property
    def is_number(self) -> bool:
        """Whether it is set to the right."""
        return self not in (Kind.TIME, Kind.TEXT, Kind.ID, Kind.WORKER)


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: within its section; scripts rely on it.
        how: how it was computed, in a sentence.
        is_warning: whether a person should act on it.
    """

    name: str
    label: str
    kind: Kind
    value: Value
    how: str
    is_warning: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: what scripts rely on.
        is_detail: whether it is left to CSV and JSON, so that a page stays as wide as paper.
    """

    name: str
    label: str
    kind: Kind
    is_detail: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of figures.

    Attributes:
        name: within its section, and of its CSV file.
        how: how its figures were computed, and in which order the rows stand.
        total: how many rows there are.
        read: all of them, as often as it is asked; they stream.
    """

    name: str
    title: str
    how: str
    columns: tuple[Column, ...]
    total: int
    read: Callable[[], Iterator[Row]]

    @property
    def on_page(self) -> list[int]:
        """Which columns a page shows."""
        return [place for place, one in enumerate(self.columns) if not one.is_detail]

    def first(self, number: int) -> list[Row]:
        """So many rows at most."""
        return list(islice(self.read(), number))

    @classmethod
    def of(
        cls, name: str, title: str, how: str, columns: tuple[Column, ...], rows: Sequence[Row]
    ) -> Table:
        """A table of a few rows that are there."""
        return cls(name, title, how, columns, len(rows), lambda: iter(rows))


class Drawing(Enum):
    """How a picture shows its series."""

    BARS = "bars"
    STACK = "stack"
    GRID = "grid"
    DATES = "dates"


@dataclass(frozen=True)
class Picture:
    """Figures to look at; they all stand in `series`, so that a text can stand for the picture.

    Attributes:
        along: what each place along the axis is called.
        series: a name, and a value for each place.
        kind: of the values.
        mark: a place with a line of its own, between 0 and the number of places, and its name.
    """

    name: str
    title: str
    how: str
    drawing: Drawing
    kind: Kind
    along: tuple[str, ...]
    series: tuple[tuple[str, tuple[int, ...]], ...]
    mark: tuple[float, str] | None = None


@dataclass(frozen=True)
class Section:
    """A part of the report: one question that people ask."""

    name: str
    title: str
    about: str
    figures: tuple[Figure, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole.

    Attributes:
        facts: which archive, of which account, as of when; text by name.
        sections: in the order of reading.
    """

    facts: dict[str, str]
    sections: tuple[Section, ...] = field(default=())

    def section(self, name: str) -> Section:
        """The section of that name."""
        return next(one for one in self.sections if one.name == name)
