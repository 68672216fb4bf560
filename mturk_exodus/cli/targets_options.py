"""What the commands that have to do with a target share: options, an adapter, how losses look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mturk_exodus.archive.selection import Selection
from mturk_exodus.records import iso
from mturk_exodus.replay import http, registry
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.settings import settings

_STATUSES = ("Submitted", "Approved", "Rejected")
Command = Callable[..., Any]


@dataclass(frozen=True)
class Aim:
    """Which target, and what it is told: the options of target_options."""

    target: str
    given: tuple[str, ...]
    config: Path | None


def target_options(command: Command, *, required: bool = True) -> Command:
    """`--target`, `--set` and `--config`, together by name `aim`: None without a target."""

    @wraps(command)
    def aiming(
        *,
        target: str | None,
        given: tuple[str, ...],
        config: Path | None,
        **others: Any,  # noqa: ANN401 - other options
    ) -> Any:  # noqa: ANN401 - as the command
        return command(aim=None if target is None else Aim(target, given, config), **others)

    options = (
        click.option(
            "--config",
            envvar="EXODUS_CONFIG",
            show_envvar=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="A TOML file with a table of settings for each target.",
        ),
        click.option(
            "--set",
            "given",
            multiple=True,
            metavar="NAME=VALUE",
            help="A setting of the target, such as url; `exodus targets` lists them. Keys come"
            " from the environment or the file, never from here.",
        ),
        click.option("--target", required=required, help="Where to; `exodus targets` lists them."),
    )
    return with_options(options, aiming)


def selection_options(command: Command) -> Command:
    """`--only`, `--since`, `--status` and `--limit`, together by name `chosen`."""

    @wraps(command)
    def choosing(*, statuses: tuple[str, ...], chosen: Selection, **others: Any) -> Any:  # noqa: ANN401 - other options
        return command(chosen=replace(chosen, statuses=statuses), **others)

    status = click.option(
        "--status",
        "statuses",
        multiple=True,
        type=click.Choice(_STATUSES),
        help="Only assignments of this status. May be given several times.",
    )
    return hit_options(status(choosing))


def hit_options(command: Command) -> Command:
    """`--only`, `--since` and `--limit`, together by name `chosen`."""

    @wraps(command)
    def choosing(
        *,
        only: tuple[str, ...],
        since: datetime | None,
        limit: int | None,
        **others: Any,  # noqa: ANN401 - other options
    ) -> Any:  # noqa: ANN401 - as the command
        then = None if since is None else iso(since.replace(tzinfo=timezone.utc))
        return command(chosen=Selection(only, then, limit=limit), **others)

    options = (
        click.option(
            "--limit", type=click.IntRange(1, 2**31), help="So many HITs at most: a trial."
        ),
        click.option(
            "--since",
            type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
            help="Only HITs created then or later (UTC).",
        ),
        click.option(
            "--only",
            multiple=True,
            metavar="HIT_TYPE|BATCH",
            help="Only HITs of this type or batch, by its id. May be given several times.",
        ),
    )
    return with_options(options, choosing)


def with_options(options: Iterable[Callable[[Command], Command]], command: Command) -> Command:
    """A command with options, the last of which its help names first."""
    for option in options:
        command = option(command)
    return command


@contextmanager
def opened_adapter(aim: Aim, *, to_plan: bool = False) -> Iterator[Adapter]:
    """The adapter of a target, told its settings; one that is only to plan cannot send.

    Raises:
        AdapterError: it is missing or broken, or something that it must be told is.
    """
    adapter = registry.adapter(aim.target)
    values = settings(adapter, _pairs(aim.given), os.environ, aim.config, to_plan=to_plan)
    secrets = [values[one.name] for one in adapter.settings if one.secret and one.name in values]
    transport = http.Offline() if to_plan else None
    with http.client(transport, secrets=secrets) as client:
        yield adapter(values, client)


def accepting(aim: Aim) -> Aim:
    """The same, accepting a target that is not safe; the adapter refuses what it does not know."""
    return replace(aim, given=(*aim.given, "accept_insecure_target=yes"))


def told(aim: Aim, chosen: Selection) -> dict[str, Any]:
    """What a person asked for, for the archive: no secrets are among the options."""
    return {
        "target": aim.target,
        "set": list(aim.given),
        "only": list(chosen.only),
        "since": chosen.since,
        "statuses": list(chosen.statuses),
        "limit": chosen.limit,
    }


def summed(tick: Callable[[int], None]) -> Callable[[int], None]:
    """Tells of a sum, and is told of its parts."""
    total = 0

    def add(count: int) -> None:
        nonlocal total
        total += count
        tick(total)

    return add


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise click.BadParameter("write it as NAME=VALUE", param_hint="--set")
        pairs[name.strip()] = value
    return pairs
