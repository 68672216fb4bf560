"""Options and habits that several commands share."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_ARCHIVE = "mturk.db"


def archive_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--archive`, by name `archive`."""
    return click.option(
        "--archive",
        envvar="EXODUS_ARCHIVE",
        default=DEFAULT_ARCHIVE,
        show_default=True,
        show_envvar=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="The archive: one SQLite file.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`, by name `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the result as JSON on stdout."
    )(command)


def endpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--profile`, `--sandbox` and `--endpoint-url`."""
    for option in (
        click.option("--endpoint-url", help="Another endpoint, such as one of `exodus serve`."),
        click.option("--sandbox", is_flag=True, help="MTurk's sandbox instead of production."),
        click.option("--profile", help="The AWS profile whose access key to use."),
    ):
        command = option(command)
    return command


def print_json(result: object) -> None:
    """A result, dataclasses and all, as JSON on stdout."""
    click.echo(as_json(result))


def as_json(result: object) -> str:
    """The same as text."""
    return json.dumps(result, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
