"""Medians and quartiles, exactly: SQLite sorts, in files where memory is short."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from mturk_exodus.audit.bench import Bench

HOW = "quartiles of the sorted values, interpolated between the two nearest"


def make(bench: Bench, measure: str, key: str) -> str:
    """A temporary table of the quartiles of a column of temp.piece, for each value of another.

    Its columns are `no` (the key's value), `number` (of values), `lower`, `median`, `upper`. A key
    of `0` makes one row, for all.

    Returns:
        The table's name.
    """
    name = f"{measure}_of_{'all' if key == '0' else key}"
    bench.make(
        f"create temp table {name} (no integer primary key, number integer, lower integer,"
        " median integer, upper integer)"
    )
    rows = bench.rows(
        # The plus: SQLite would take a plain 0 for the number of a column.
        f"select +{key}, {measure} from piece where {measure} is not null and {key} is not null"
        " order by 1, 2"
    )
    bench.connection.executemany(f"insert into {name} values (?, ?, ?, ?, ?)", _groups(rows))
    return name


def quartile(ordered: Sequence[int], quarter: int) -> int:
    """A quartile of sorted numbers, rounded down: 1 is the lower, 2 the median, 3 the upper."""
    place, rest = divmod((len(ordered) - 1) * quarter, 4)
    following = ordered[min(place + 1, len(ordered) - 1)]
    return (ordered[place] * (4 - rest) + following * rest) // 4


def _groups(rows: Iterator[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    for no, same in groupby(rows, itemgetter(0)):
        ordered = array("q", map(itemgetter(1), same))
        yield (no, len(ordered), *(quartile(ordered, quarter) for quarter in (1, 2, 3)))
