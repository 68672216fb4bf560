from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.cli import host_report
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.host_keeping import Keeping
from mturk_exodus.cli.host_options import Hosting, host_options, known
from mturk_exodus.cli.options import archive_option, json_option
from mturk_exodus.cli.tables import shown
from mturk_exodus.cli.targets_options import hit_options
from mturk_exodus.errors import ArchiveBusy, ArchiveNotWritable, HostNotReady, NoSuchRecord
from mturk_exodus.serve.host.app import Settings
from mturk_exodus.serve.host.catalogue import HOST, offered
from mturk_exodus.serve.host.checking import Findings, check
from mturk_exodus.serve.host.collecting import collect
from mturk_exodus.serve.host.desk import Desk, OfferedHIT
from mturk_exodus.serve.host.inviting import invitations
from mturk_exodus.serve.host.server import run
from mturk_exodus.serve.host.visits import now_in_utc

_MOST_IN_A_BUNDLE = 50
_LOOKED_AT = 200
"""HITs that are looked at before the host opens; --check looks at all."""


@click.command("host")
@archive_option
@hit_options
@click.option(
    "--assignments",
    type=click.IntRange(1, 1_000_000),
    help="So many of each HIT are wanted from this host in all, whatever the archive holds from"
    " elsewhere. Without it: those that are left of its MaxAssignments.",
)
@host_options
@click.option(
    "--one-try",
    is_flag=True,
    help="Who gives a HIT back, or lets its time run out, does not get it again.",
)
@click.option(
    "--collect-every",
    type=click.IntRange(1, 86_400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How often answers go into the archive.",
)
@click.option("--check", "mode", flag_value="check", help="Only say what would go wrong.")
@click.option("--links", "mode", flag_value="links", help="Only print the links of the HITs.")
@click.option("--collect", "mode", flag_value="collect", help="Only bring answers in.")
@click.option(
    "--bundle",
    type=click.IntRange(1, _MOST_IN_A_BUNDLE),
    default=1,
    show_default=True,
    help="With --links: so many HITs in one visit.",
)
@click.option(
    "--participants",
    type=click.File(encoding="utf-8-sig"),
    metavar="FILE",
    help="With --links and --panel list: whom to make links for, an id a line.",
)
@json_option
def command(mode: str | None, **asked: Any) -> None:  # noqa: ANN401 - the options, as Asked has them
    """Show the archive's HITs to people, as MTurk showed them, and take their answers.

    Each HIT has a link, for Prolific or any other panel, or for one's own list. What participants
    submit is in the archive a minute later, as assignments of their own. Nothing is loaded from
    Amazon, or sent there. Ctrl-C ends it.

    \b
    Exit status: 0 stopped, printed, or nothing found; 10-19 the archive; 60 the port or address
    cannot be had; 62 the database of the answers; 63 --check found what would go wrong.
    """
    _MODES[mode](Asked(**asked))


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    archive: Path
    chosen: Selection
    assignments: int | None
    hosting: Hosting
    one_try: bool
    collect_every: int
    bundle: int
    participants: TextIO | None
    as_json: bool

    @contextmanager
    def desk(self, archive: Archive) -> Iterator[Desk]:
        """The archive's desk, opened; or made, the first time."""
        place = self.hosting.desk(self.archive)
        with Desk.open(place, again=not self.one_try) as desk:
            desk.belong(archive.archive_id)
            yield desk

    def hits(self, archive: Archive) -> list[OfferedHIT]:
        """What is offered.

        Raises:
            NoSuchRecord: nothing is.
        """
        found = list(offered(archive, self.chosen, self.assignments))
        if not found:
            raise NoSuchRecord(
                "none of these HITs has an assignment left; --assignments N asks for N of each"
            )
        return found

    def check(self, archive: Archive, hits: Iterable[OfferedHIT]) -> Findings:
        """Look at HITs as participants will see them."""
        hosting = self.hosting
        place = replace(hosting.place, origin=hosting.origin)
        return check(archive, hits, place, hosting.panel, is_public=bool(hosting.place.origin))


def _check(asked: Asked) -> None:
    with Archive.open(asked.archive, read_only=True) as archive:
        findings = asked.check(archive, asked.hits(archive))
        with asked.desk(archive):
            pass
    with result():
        host_report.show_check(findings, as_json=asked.as_json)
    if not findings.is_good:
        raise HostNotReady("participants would meet what is listed; mend it before they are sent")


def _print_links(asked: Asked) -> None:
    if asked.hosting.panel.signed and asked.participants is None:
        raise click.UsageError("--panel list needs --participants FILE: links are personal")
    participants = None if asked.participants is None else known(asked.participants)
    with Archive.open(asked.archive, read_only=True) as archive, asked.desk(archive) as desk:
        hits = asked.hits(archive)
        not_shown = asked.check(archive, hits).not_shown
        links = invitations(
            [one for one in hits if one.hit_id not in not_shown],
            asked.hosting.panel,
            desk.key,
            asked.hosting.origin,
            bundle=asked.bundle,
            participants=participants,
        )
        with result():
            host_report.show_links(links, as_json=asked.as_json)
    if not_shown:
        click.echo(f"{len(not_shown):,} HITs cannot be shown; --check says why", err=True)


def _collect(asked: Asked) -> None:
    with Archive.open(asked.archive, read_only=True) as archive, asked.desk(archive) as desk:
        count = collect(desk, Keeping(asked.archive))
    click.echo(f"{count:,} assignments are in {asked.archive} now", err=True)


def _serve(asked: Asked) -> None:
    hosting = asked.hosting
    with (
        _told_where_answers_wait(),
        Archive.open(asked.archive, read_only=True) as archive,
        asked.desk(archive) as desk,
    ):
        hits = asked.hits(archive)
        _warn(asked.check(archive, hits[:_LOOKED_AT]))
        _warn_of_another_desk(archive, desk)

        def open_to_all(url: str) -> None:
            # Not before the port is ours: another host may be serving from this desk.
            desk.offer(hits)
            click.echo(_announcement(len(hits), hosting, url), err=True)

        count = run(
            Settings(asked.archive, hosting.panel, hosting.place),
            desk,
            Keeping(asked.archive),
            host=hosting.host,
            port=hosting.port,
            collect_every=asked.collect_every,
            announce=open_to_all,
        )
    click.echo(f"Stopped; {count:,} last assignments came into {asked.archive}.", err=True)


def _warn_of_another_desk(archive: Archive, desk: Desk) -> None:
    (held,) = archive.connection.execute(
        "select count(*) from assignments where source = ?", [HOST]
    ).fetchone()
    others = held - desk.counts(now_in_utc()).gathered
    if others > 0:
        click.echo(
            f"Note: {others:,} answers came through another --database, which this one does not"
            " know of: their places are given once more",
            err=True,
        )


def _warn(findings: Findings) -> None:
    for line in findings.of_settings:
        click.echo(f"Note: {shown(line)}", err=True)
    if findings.not_shown:
        click.echo(
            f"{len(findings.not_shown):,} of {findings.hits:,} HITs that were looked at cannot be"
            " shown; --check says why",
            err=True,
        )


def _announcement(hits: int, hosting: Hosting, url: str) -> str:
    """Where participants come to, and where the proxy does."""
    behind = f" (behind it: {url})" if hosting.place.origin else ""
    return f"{hits:,} HITs are shown at {hosting.place.origin or url}{behind}. Ctrl-C ends it."


@contextmanager
def _told_where_answers_wait() -> Iterator[None]:
    try:
        yield
    except (ArchiveBusy, ArchiveNotWritable) as error:
        raise type(error)(f"{error}; the last answers wait: exodus host --collect") from error


_MODES: dict[str | None, Callable[[Asked], None]] = {
    "check": _check,
    "links": _print_links,
    "collect": _collect,
    None: _serve,
}
