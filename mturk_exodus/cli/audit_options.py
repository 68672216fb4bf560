"""The options of `exodus audit`, and what they say in the audit's terms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import click

from mturk_exodus.audit.amounts import millionths
from mturk_exodus.audit.calendar import CUTOFFS, Calendar

_FILE = click.Path(path_type=Path, dir_okay=False)
_ALL = "all"


class _Top(click.IntRange):
    """A number, or the word for as many as there are."""

    name = "number or all"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        return sys.maxsize if value == _ALL else int(super().convert(value, param, ctx))


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--html`, `--csv`, `--top` and `--without-worker-ids`."""
    for option in (
        click.option(
            "--without-worker-ids",
            is_flag=True,
            help="Number the workers instead of naming them: for a page that is passed on.",
        ),
        click.option(
            "--top",
            default=25,
            show_default=True,
            type=_Top(min=1),
            help="Rows of each table on the page and in the JSON, or `all`. CSV has them all.",
        ),
        click.option(
            "--csv",
            "csv_folder",
            metavar="DIR",
            type=click.Path(path_type=Path, file_okay=False),
            help="Write every table into this folder, a file each; the payment list is one.",
        ),
        click.option(
            "--html", "html_file", metavar="FILE", type=_FILE, help="Write the report as one page."
        ),
    ):
        command = option(command)
    return command


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--studies`, `--write-studies`, `--fees`, `--as-of`, `--cutoff`, `--hourly`, `--verify`."""
    for option in (
        click.option(
            "--verify", "verifies", is_flag=True, help="Do what exodus verify does, and say it too."
        ),
        click.option(
            "--hourly",
            default="7.25",
            show_default=True,
            metavar="DOLLARS",
            callback=_threshold,
            help="Pay an hour that is held against what was paid.",
        ),
        click.option(
            "--cutoff",
            "cutoffs",
            metavar="NAME=DATE",
            multiple=True,
            callback=_cutoffs,
            help=f"Another day for one of {', '.join(CUTOFFS)}, or a further one; may be repeated.",
        ),
        click.option(
            "--as-of", metavar="DATE", callback=_day, help="The day of the report; today if none."
        ),
        click.option(
            "--fees",
            metavar="FILE",
            type=_FILE,
            help="Rules of the fee that differ from those published; docs/audit.md has the form.",
        ),
        click.option(
            "--write-studies",
            metavar="FILE",
            type=_FILE,
            help="Write a first draft of a file for --studies, and nothing else.",
        ),
        click.option(
            "--studies",
            metavar="FILE",
            type=_FILE,
            help="Which batches and HIT types belong to which study; docs/audit.md has the form.",
        ),
    ):
        command = option(command)
    return command


def calendar(as_of: str | None, cutoffs: dict[str, str]) -> Calendar:
    """As of that day, or today in UTC."""
    today = datetime.now(timezone.utc).date().isoformat()
    return Calendar(as_of or today, CUTOFFS).moved(cutoffs)


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else _date(value)


def _cutoffs(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if any(not name or not equals for name, equals, _ in pairs):
        raise click.BadParameter("it must be NAME=DATE, such as last-review=2026-10-30")
    return {name: _date(day) for name, _, day in pairs}


def _date(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date; write it as 2026-10-30") from None


def _threshold(_context: click.Context, _parameter: click.Parameter, value: str) -> int:
    amount = millionths(value)
    if not amount:
        raise click.BadParameter(f"{value!r} is no amount of dollars, such as 7.25")
    return amount
