from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.summary import Line, lines
from mturk_exodus.cli.beside import lay_readme
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.options import archive_option, endpoint_options, json_option, print_json
from mturk_exodus.cli.progress import progress_display
from mturk_exodus.cli.tables import show_summary
from mturk_exodus.errors import ArchiveNotFound, GapsRemain, GoneAtSource, Interrupted
from mturk_exodus.sources.requester_api import credentials, endpoints
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings

if TYPE_CHECKING:
    from botocore.session import Session

IN_THE_ARCHIVE = "archive"
_HIT_ID = re.compile(r"[A-Z0-9]{20,40}\b")


@click.command("export")
@archive_option
@endpoint_options
@click.option(
    "--rate",
    type=click.FloatRange(min=0.05),
    help="Never more calls a second than this. By default as many as the endpoint answers.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    help="Calls under way at once; more help where the endpoint is far away.",
)
@click.option(
    "--review-results",
    type=click.Choice(["all", "probe", "none"]),
    default="probe",
    show_default=True,
    help="Ask every HIT for review policy results, or a few of each HIT type, or none.",
)
@click.option(
    "--known-hits",
    is_flag=False,
    flag_value=IN_THE_ARCHIVE,
    metavar="[FILE]",
    help="Ask by id for HITs that the archive knows and ListHITs no longer gives;"
    " with FILE, for the HIT ids at the beginning of its lines too.",
)
@click.option("--full", is_flag=True, help="Ask for everything again, changed or not.")
@click.option(
    "--late-bonuses",
    type=click.Choice(["all", "none"]),
    default="all",
    show_default=True,
    help="When exporting again, ask reviewed HITs for bonuses paid since. MTurk pays none"
    " since 2026-10-31: `none` is safe if an earlier export ended after that day.",
)
@click.option(
    "--same-account",
    is_flag=True,
    help="This key, or this address, belongs to the account that the archive holds.",
)
@json_option
def command(
    archive: Path,
    profile: str | None,
    sandbox: bool,
    endpoint_url: str | None,
    known_hits: str | None,
    late_bonuses: str,
    as_json: bool,
    **chosen: object,
) -> None:
    """Take a whole account out, through MTurk's API, into the archive.

    Nothing is changed at MTurk. Stop it at any time: the same command goes on where it stopped.
    Once it has finished, the same command asks for what can have changed since. A page beside the
    archive, ARCHIVE.README.md, explains it to whoever finds it.

    \b
    Exit status: 0 all is held; 10-18 the archive; 41 no credentials; 42 credentials refused;
    43 nothing answers; 44 MTurk refuses the account; 45 something is missing, run it again;
    46 MTurk dropped something before it was fetched; 130 stopped.
    """
    settings = Settings(
        known_hits=_known_hits(known_hits),
        late_bonuses=late_bonuses == "all",
        **chosen,  # type: ignore[arg-type] # click has checked them
    )
    endpoint = endpoints.choose(endpoint_url, sandbox=sandbox)
    session = credentials.new_session(profile)
    credentials.find(session)
    try:
        missing, operations = _export(archive, session, endpoint, settings)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted(f"stopped; to go on: {_same_command()}") from None
    with result():
        if as_json:
            print_json({"archive": str(archive), "gaps": missing, "operations": operations})
        else:
            show_summary(operations)
            checks = f"exodus verify --archive {shlex.quote(str(archive))}"
            click.echo(f"\n{archive}: `{checks}` checks it")
    _speak_of(missing)


def _export(
    path: Path, session: Session, endpoint: str, settings: Settings
) -> tuple[Gaps, list[Line]]:
    with ExitStack() as stack:
        archive = stack.enter_context(_open_or_create(path))
        stack.enter_context(archive.writing())
        stop = stack.enter_context(stoppable())
        observe = stack.enter_context(progress_display())
        missing = Exporter(archive, session, endpoint, settings, observe, stop).run()
        lay_readme(archive)
        return missing, lines(archive)


def _open_or_create(path: Path) -> Archive:
    try:
        return Archive.open(path)
    except ArchiveNotFound:
        return Archive.create(path)


def _known_hits(value: str | None) -> Sequence[str] | None:
    """None, or the ids in a file: a list, or the first column of a table."""
    if value is None or value == IN_THE_ARCHIVE:
        return None if value is None else ()
    try:
        with Path(value).open(encoding="utf-8", errors="replace") as file:
            found = (_HIT_ID.match(line.lstrip(' \t"\ufeff')) for line in file)
            ids = sorted({match.group() for match in found if match})
    except OSError as error:
        raise click.BadParameter(
            f"{value} cannot be read: {error.strerror}", param_hint="--known-hits"
        ) from None
    if not ids:
        raise click.BadParameter(
            f"no line of {value} begins with a HIT id; save it as UTF-8 text, ids first",
            param_hint="--known-hits",
        )
    return ids


def _speak_of(missing: Gaps) -> None:
    """An export with a gap is not a success.

    Raises:
        GapsRemain: running it again may close them.
        GoneAtSource: MTurk itself has dropped what is missing.
    """
    if missing.only_gone:
        raise GoneAtSource(
            f"{missing.description}; all that MTurk still has is held, and running it again"
            " will not bring more"
        )
    if missing.total:
        raise GapsRemain(f"not complete: {missing.description}. To go on: {_same_command()}")


def _same_command() -> str:
    return shlex.join(["exodus", *sys.argv[1:]])
