"""Values of SQLite as Arrow's, typed. The one place that knows pyarrow, which is an extra."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, DecimalException
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mturk_exodus.datasets.layout import Column
from mturk_exodus.errors import ExtraMissing

_DIGITS, _DECIMALS = 38, 10
_LARGEST = Decimal(10) ** (_DIGITS - _DECIMALS)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)

Values = Sequence[Any]
Untyped = Callable[[str], None]


class Writer:
    """Writes rows of one table into one Parquet file, a row group at a time.

    Args:
        path: of the file.
        columns: of the table.
        untyped: told a column's name for each value that is not of its type; null stands for it.

    Raises:
        ExtraMissing: pyarrow is not installed.
    """

    def __init__(self, path: Path, columns: Sequence[Column], untyped: Untyped) -> None:
        require()
        import pyarrow as pa  # noqa: PLC0415 - an extra: whoever does without it must not meet it
        from pyarrow import parquet  # noqa: PLC0415 - as above

        self._arrow = pa
        self._columns = columns
        self._untyped = untyped
        self._schema = pa.schema([(one.name, self._type(one.kind)) for one in columns])
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Values]) -> None:
        """Write rows as a row group."""
        cells = zip(*rows, strict=True) if rows else [()] * len(self._columns)
        arrays = [
            self._array(column, values) for column, values in zip(self._columns, cells, strict=True)
        ]
        self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Write the end of the file, without which it is none."""
        self._file.close()

    def _type(self, kind: str) -> Any:  # noqa: ANN401 - pyarrow has no types
        arrow = self._arrow
        types = {
            "text": arrow.string(),
            "integer": arrow.int64(),
            "boolean": arrow.bool_(),
            "bytes": arrow.binary(),
            "time": arrow.timestamp("ms", "UTC"),
            "money": arrow.decimal128(_DIGITS, _DECIMALS),
        }
        return types[kind]

    def _array(self, column: Column, values: Values) -> Any:  # noqa: ANN401 - as above
        if column.kind in _READERS:
            values = [self._typed(column, value) for value in values]
        if column.kind == "time":
            return self._arrow.array(values, self._arrow.string()).cast(self._type("time"))
        return self._arrow.array(values, self._type(column.kind))

    def _typed(self, column: Column, value: Any) -> Any:  # noqa: ANN401 - as above
        if value in (None, ""):
            return None
        typed = _READERS[column.kind](value)
        if typed is None:
            self._untyped(column.name)
        return typed


def require() -> None:
    """See that pyarrow is there.

    Raises:
        ExtraMissing: it is not.
    """
    if find_spec("pyarrow") is None:
        raise ExtraMissing("Parquet needs pyarrow: pip install 'mturk-exodus[parquet]'")


@lru_cache(10_000)
def _amount(value: str) -> Decimal | None:
    """An amount that the type holds exactly."""
    try:
        amount = Decimal(value)
    except DecimalException:
        return None
    exponent = amount.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -_DECIMALS and abs(amount) < _LARGEST
    return amount if fits else None


def _time(value: str) -> str | None:
    if not _TIME.fullmatch(value):
        return None
    try:
        # Arrow refuses a whole column for a thirteenth month.
        datetime.fromisoformat(value[:-1])
    except ValueError:
        return None
    return value


_READERS: dict[str, Callable[[Any], Any]] = {"money": _amount, "time": _time, "boolean": bool}
