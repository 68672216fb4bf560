"""Tables for people, on stdout unless they are asked something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import click
from rich.console import Console
from rich.table import Table

from mturk_exodus.archive.summary import Line

_WIDE = 110
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys, and what has it set the rest of a line in another order."""
_LINE_ENDS = re.compile("\r\n|\r|\n")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to whoever guards the output; rich would end the program."""
        raise BrokenPipeError


def show_summary(lines: Iterable[Line]) -> None:
    """What was asked, expected, stored, skipped, gone and failed, operation by operation."""
    lines = list(lines)
    show_table(
        ("operation", "asked", "expected", "stored", "skipped", "gone", "failed", "to do"),
        [
            (
                line.operation,
                line.asked,
                line.expected,
                line.stored,
                line.skipped,
                line.gone,
                line.failed,
                line.to_do,
            )
            for line in lines
        ],
    )
    for line in lines:
        if line.skipped:
            click.echo(f"{line.operation}: {line.skipped:,} skipped: {line.skipped_reason}")
        for failed in line.failed_ids:
            click.echo(shown(f"{line.operation}: {failed}"))


def shown(text: str) -> str:
    """Text that may be anybody's, fit for a terminal: nothing in it is a command to it."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def shown_lines(text: str) -> str:
    """The same of a text that may have several lines, which stay lines."""
    return "\n".join(shown(line) for line in _LINE_ENDS.split(text))


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, err: bool = False
) -> None:
    """A plain table; numbers to the right."""
    rows = list(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        counts = all(isinstance(row[number], int) or row[number] is None for row in rows)
        table.add_column(heading, justify="right" if counts and rows else "left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = _Console(highlight=False, markup=False, stderr=err)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else shown_lines(str(value))
