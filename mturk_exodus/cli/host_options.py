"""What `exodus host` is told of the place and the panel."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click

from mturk_exodus import pay
from mturk_exodus.cli.targets_options import Command, with_options
from mturk_exodus.questions.showing import allowed_host
from mturk_exodus.serve.host.catalogue import Place
from mturk_exodus.serve.host.desk.ids import is_text
from mturk_exodus.serve.host.origins import origin_of
from mturk_exodus.serve.host.panels import PANELS, Panel, is_address

DEFAULT_PORT = 7880
_AFTER_AN_ORIGIN = re.compile(r"[^/]*//[^/@?#;]*/?").fullmatch


@dataclass(frozen=True)
class Hosting:
    """The options of host_options.

    Attributes:
        place: where participants come to; its origin is empty if nobody said.
        panel: where they come from.
        database: of the desk, or None for a file beside the archive.
        host, port: where to listen.
    """

    place: Place
    panel: Panel
    database: str | None
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Where participants come to; where the host listens, if nobody said."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return self.place.origin or f"http://{name}:{self.port}"

    def desk(self, archive: Path) -> str | Path:
        """Where the desk is."""
        return place_of_desk(self.database, archive)


def place_of_desk(database: str | None, archive: Path) -> str | Path:
    """Where the desk of an archive is, if --database says this."""
    return database or archive.with_name(f"{archive.name}.host")


def is_there(place: str | Path) -> bool:
    """Whether a desk may be there; a file is not made by looking for it."""
    return "://" in str(place) or Path(place).exists()


def host_options(command: Command) -> Command:
    """All that says where and for whom, together by name `hosting`."""

    @wraps(command)
    def hosted(
        *,
        public_url: str | None,
        allowed_hosts: tuple[str, ...],
        database: str | None,
        host: str,
        port: int,
        panel: str,
        **others: Any,  # noqa: ANN401 - other options
    ) -> Any:  # noqa: ANN401 - as the command
        names = ("worker", "study", "session", "completion_url", "way_out_url")
        said = {name: others.pop(name) for name in names}
        place = Place(origin_given(public_url), tuple(map(_allowed, allowed_hosts)))
        hosting = Hosting(place, _panel(panel, said), database, host, port)
        return command(hosting=hosting, **others)

    return with_options(_options(), hosted)


public_url_option = click.option(
    "--public-url",
    envvar="EXODUS_HOST_URL",
    show_envvar=True,
    metavar="URL",
    help="Where participants reach the host: https://tasks.example.org.",
)

database_option = click.option(
    "--database",
    envvar="EXODUS_HOST_DATABASE",
    show_envvar=True,
    metavar="FILE|postgresql://...",
    help="Where answers are kept until they are in the archive: a file beside it, if nothing is"
    " said.",
)


def _options() -> tuple[Callable[[Command], Command], ...]:
    return (
        click.option(
            "--allow-host",
            "allowed_hosts",
            multiple=True,
            metavar="HOST[/PATH]",
            help="A host of Amazon's that pages may load from, such as one's own bucket; or one"
            " that an ExternalQuestion's page leads on to. May be given several times.",
        ),
        click.option(
            "--way-out-url",
            metavar="URL",
            help="Where participants go who cannot work or will not: the panel's link for them.",
        ),
        click.option(
            "--completion-url",
            metavar="URL",
            help="Where participants go who are done: the panel's completion link. {worker_id},"
            " {study_id} and {session_id} in it are filled in, and {code}, which is the archive's"
            " own completion code. Prolific's is known: it has {code}.",
        ),
        click.option("--session-parameter", "session", metavar="NAME", help="The visit's."),
        click.option("--study-parameter", "study", metavar="NAME", help="The study's."),
        click.option(
            "--worker-parameter",
            "worker",
            metavar="NAME",
            help="The parameter of a link that holds the participant's id; for panels other than"
            " prolific and list.",
        ),
        click.option(
            "--panel",
            default="prolific",
            show_default=True,
            metavar="NAME",
            help="Where participants come from: prolific; list, for people whose ids are one's own;"
            " or any other name, with --worker-parameter.",
        ),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=DEFAULT_PORT,
            show_default=True,
            help="The port; 0 takes a free one.",
        ),
        click.option(
            "--host",
            default="127.0.0.1",
            show_default=True,
            metavar="ADDRESS",
            help="The address to listen on. Names and TLS are a proxy's work.",
        ),
        public_url_option,
        database_option,
    )


def origin_given(public_url: str | None) -> str:
    """Where participants reach the host; empty if nobody said."""
    if public_url is None:
        return ""
    origin = origin_of(public_url)
    if origin is None or _AFTER_AN_ORIGIN(public_url) is None:
        raise click.BadParameter(
            "https://NAME in ASCII letters, without a path", param_hint="--public-url"
        )
    return origin


def _allowed(host: str) -> str:
    try:
        return allowed_host(host)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--allow-host") from None


def amount(_context: click.Context, option: click.Parameter, said: str | None) -> int | None:
    """An amount of money in cents."""
    cents = pay.cents(said)
    if said is not None and not cents:
        raise click.BadParameter("an amount like 8.00", param=option)
    return cents


def known(participants: TextIO) -> list[str]:
    """The ids of a participants file, an id a line."""
    try:
        ids = [line.strip() for line in participants if line.strip()]
    except UnicodeDecodeError:
        ids = ["\0"]
    if not all(is_text(one) and "{" not in one for one in ids):
        raise click.BadParameter(
            "an id a line in UTF-8, of 200 characters at most, without braces",
            param_hint="--participants",
        )
    return ids


def _panel(name: str, said: dict[str, str | None]) -> Panel:
    given: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    for option in ("completion_url", "way_out_url"):
        if option in given and not is_address(given[option]):
            raise click.BadParameter("https://...", param_hint=f"--{option.replace('_', '-')}")
    if name in PANELS:
        return replace(PANELS[name], **given)
    if "worker" not in given:
        raise click.BadParameter(
            f"{name!r} is not prolific or list, so --worker-parameter must say how it names its"
            " participants",
            param_hint="--panel",
        )
    return Panel(name=name, **given)
