"""An archive as Parquet: a folder for each table, typed, and divided by year where that helps."""

from __future__ import annotations

import glob
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mturk_exodus.archive import Archive, whole
from mturk_exodus.archive.archive import is_running
from mturk_exodus.datasets import arrow, layout, readme
from mturk_exodus.datasets.layout import Laid
from mturk_exodus.errors import Interrupted, OutputFailed
from mturk_exodus.publishing import refuse_existing

FILE = "part-0.parquet"
NO_YEAR = "__HIVE_DEFAULT_PARTITION__"
"""What Hive, and those who followed it, take for null in a folder's name."""

_MOST_ROWS = 20_000
_MOST_BYTES = 48 * 1024 * 1024
_OFTEN = 10_000
_YEAR = slice(0, 4)


@dataclass
class Report:
    """What was written.

    Attributes:
        rows: by table.
        untyped: by table and column, values that are no time or amount of money; null stands for
            them, and `raw` has them as they came.
    """

    rows: dict[str, int] = field(default_factory=dict)
    untyped: dict[str, int] = field(default_factory=dict)


@dataclass
class Publishing:
    """Writes an archive as Parquet.

    Attributes:
        archive: it is only read.
        observe: told how many rows were written.
        stopped: asked whether to stop; nothing is left then.
    """

    archive: Archive
    observe: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report)
    _count: int = 0

    def write(self, folder: Path) -> Report:
        """Write everything below `folder`, which appears whole or not at all.

        Raises:
            ExtraMissing: pyarrow is not installed.
            OutputFailed: there is such a folder, or it cannot be written.
            Interrupted: it was stopped.
        """
        arrow.require()
        whole.install(self.archive.connection)
        with _unfinished(folder) as unfinished:
            for table in layout.tables(self.archive):
                self._table(table, unfinished / table.name)
            page = readme.of_parquet(self.archive, self.report.rows, self.report.untyped)
            (unfinished / "README.md").write_text(page, encoding="utf-8")
        return self.report

    def _table(self, table: Laid, folder: Path) -> None:
        untyped: Counter[str] = Counter()
        self.report.rows[table.name] = 0
        with ExitStack() as stack:
            parts = _Parts(table, folder, lambda name: untyped.update([name]), stack)
            for row in self.archive.connection.execute(table.query):
                parts.add(row)
                self.report.rows[table.name] += 1
                self._go_on()
            parts.finish()
        for column, count in sorted(untyped.items()):
            self.report.untyped[f"{table.name}.{column}"] = count

    def _go_on(self) -> None:
        self._count += 1
        if self._count % _OFTEN == 1:
            self.observe(self._count)
            if self.stopped():
                raise Interrupted("stopped; nothing was written")


class _Parts:
    """Rows of a table, on their way into the files of their years."""

    def __init__(self, table: Laid, folder: Path, untyped: arrow.Untyped, stack: ExitStack) -> None:
        self._table = table
        self._folder = folder
        self._untyped = untyped
        self._stack = stack
        self._writers: dict[str, arrow.Writer] = {}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {}
        self._rows = self._bytes = 0
        names = [column.name for column in table.columns]
        self._place = None if table.divided_by is None else names.index(table.divided_by)

    def add(self, row: tuple[Any, ...]) -> None:
        self._waiting.setdefault(self._part(row), []).append(row)
        self._rows += 1
        self._bytes += sum(len(value) for value in row if isinstance(value, (str, bytes)))
        if self._rows >= _MOST_ROWS or self._bytes >= _MOST_BYTES:
            self._write()

    def finish(self) -> None:
        """Write the rest; a table without rows has a file all the same, which tells its columns."""
        if not self._writers and not self._waiting:
            self._waiting[self._name(None)] = []
        self._write()

    def _write(self) -> None:
        for part, rows in self._waiting.items():
            self._writer(part).write(rows)
        self._waiting.clear()
        self._rows = self._bytes = 0

    def _part(self, row: tuple[Any, ...]) -> str:
        return self._name(None if self._place is None else row[self._place])

    def _name(self, time: str | None) -> str:
        if self._place is None:
            return ""
        year = str(time or "")[_YEAR]
        return f"year={year if year.isdecimal() and year.isascii() else NO_YEAR}"

    def _writer(self, part: str) -> arrow.Writer:
        if part not in self._writers:
            path = self._folder / part / FILE
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = arrow.Writer(path, self._table.columns, self._untyped)
            self._stack.callback(writer.close)
            self._writers[part] = writer
        return self._writers[part]


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder for its owner alone, which gets its name in the end."""
    refuse_existing(folder)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        unfinished.mkdir(mode=0o700)
        try:
            yield unfinished
            refuse_existing(folder)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise OutputFailed(f"{folder} cannot be written: {error.strerror or error}") from error


def _sweep(folder: Path) -> None:
    """Remove what a program left behind that was killed: it holds people's data."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*.new"):
        number = left.name.removeprefix(f".{folder.name}.").partition(".")[0]
        if number.isdecimal() and not is_running(int(number)):
            shutil.rmtree(left, ignore_errors=True)
