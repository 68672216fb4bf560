from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.cli import host_report
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.host_keeping import Keeping
from mturk_exodus.cli.host_options import Hosting, amount, host_options, is_there, known
from mturk_exodus.cli.options import archive_option, json_option
from mturk_exodus.cli.tables import shown as escaped
from mturk_exodus.cli.targets_options import hit_options
from mturk_exodus.completion import code_of
from mturk_exodus.errors import (
    ArchiveBusy,
    ArchiveNotWritable,
    DeskError,
    HostNotReady,
    NoSuchRecord,
)
from mturk_exodus.pay import MOST_HITS
from mturk_exodus.serve.host.app import Settings
from mturk_exodus.serve.host.bundling import Bundles, PaidBundles
from mturk_exodus.serve.host.catalogue import Place, offered, worked_on
from mturk_exodus.serve.host.checking import Findings, of_settings, shown
from mturk_exodus.serve.host.collecting import collect
from mturk_exodus.serve.host.desk import Counts, Desk, OfferedHIT
from mturk_exodus.serve.host.desk.ids import is_text
from mturk_exodus.serve.host.inviting import invitations
from mturk_exodus.serve.host.panels import CODE
from mturk_exodus.serve.host.server import run
from mturk_exodus.serve.host.visits import now_in_utc

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
@click.option("--status", "mode", flag_value="status", help="Only say how far the work is.")
@click.option(
    "--block",
    multiple=True,
    metavar="WORKER_ID",
    help="Only see to it that this participant gets nothing more; what is begun may be submitted.",
)
@click.option("--unblock", multiple=True, metavar="WORKER_ID", help="Only take that back.")
@click.option(
    "--bundle",
    type=click.IntRange(1, MOST_HITS),
    default=1,
    show_default=True,
    help="With --links: so many HITs in one visit.",
)
@click.option(
    "--least-per-hour",
    callback=amount,
    metavar="AMOUNT",
    help="With --links: as many HITs in one visit as make it pay that much per hour, in whole"
    " minutes, by what HITs of the type paid and took: 8.00 for Prolific. --bundle is for types of"
    " which nobody knows what they took.",
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
    if asked["block"] or asked["unblock"]:
        if mode is not None:
            raise click.UsageError(f"--{mode} goes without --block and --unblock")
        mode = "block"
    _MODES[mode](_coded(Asked(**asked)))


@dataclass(frozen=True)
class Asked:
    """The options of the command."""

    archive: Path
    chosen: Selection
    assignments: int | None
    hosting: Hosting
    one_try: bool
    block: tuple[str, ...]
    unblock: tuple[str, ...]
    collect_every: int
    bundle: int
    least_per_hour: int | None
    participants: TextIO | None
    as_json: bool

    @contextmanager
    def desk(self, archive: Archive) -> Iterator[Desk]:
        """The archive's desk, opened; or made, the first time."""
        place = self.hosting.desk(self.archive)
        with Desk.open(place, again=not self.one_try) as desk:
            desk.belong(archive.archive_id)
            yield desk

    @contextmanager
    def old_desk(self) -> Iterator[Desk]:
        """The archive's desk, if there is one: a new one has nothing to tell."""
        place = self.hosting.desk(self.archive)
        was_there = is_there(place)
        with Archive.open(self.archive, read_only=True) as archive:
            if not was_there:
                raise DeskError("the host has no database there yet; name --database, or start it")
            with self.desk(archive) as desk:
                yield desk

    def hits(self, archive: Archive, limit: int | None = None) -> Iterator[OfferedHIT]:
        """What is offered; so many of it, if there is a limit.

        Raises:
            NoSuchRecord: nothing is.
        """
        found = islice(offered(archive, self.chosen, self.assignments), limit)
        first = next(found, None)
        if first is None:
            raise NoSuchRecord(
                "none of these HITs has an assignment left; --assignments N asks for N of each"
            )
        return chain([first], found)

    def bundles(self, archive: Archive) -> Bundles | PaidBundles:
        """How many HITs go into one visit."""
        if self.least_per_hour is None:
            return Bundles(self.bundle)
        return PaidBundles(archive, self.least_per_hour, self.bundle)

    def findings(self) -> Findings:
        """What is to be said before any HIT is looked at."""
        is_public = bool(self.hosting.place.origin)
        return of_settings(self.hosting.panel, self.place, is_public=is_public)

    @property
    def place(self) -> Place:
        """Where participants come to, by whatever name."""
        return replace(self.hosting.place, origin=self.hosting.origin)

    def looked_at(self, archive: Archive, limit: int | None = None) -> Findings:
        """What would go wrong with HITs."""
        findings = self.findings()
        for _ in shown(archive, self.hits(archive, limit), self.place, findings):
            pass
        return findings


def _coded(asked: Asked) -> Asked:
    """With the archive's completion code where a completion link wants one."""
    panel = asked.hosting.panel
    if CODE not in (panel.completion_url or ""):
        return asked
    with Archive.open(asked.archive, read_only=True) as archive:
        coded = panel.coded(code_of(archive.archive_id))
    return replace(asked, hosting=replace(asked.hosting, panel=coded))


def _check(asked: Asked) -> None:
    with Archive.open(asked.archive, read_only=True) as archive:
        findings = asked.looked_at(archive)
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
    findings = asked.findings()
    with Archive.open(asked.archive, read_only=True) as archive, asked.desk(archive) as desk:
        links = invitations(
            shown(archive, asked.hits(archive), asked.place, findings),
            asked.hosting.panel,
            desk.key,
            asked.hosting.origin,
            bundles=asked.bundles(archive),
            participants=participants,
        )
        with result():
            host_report.show_links(links, as_json=asked.as_json)
    _warn_of_hits(findings)


def _collect(asked: Asked) -> None:
    with Archive.open(asked.archive, read_only=True) as archive, asked.desk(archive) as desk:
        count = collect(desk, Keeping(asked.archive))
    click.echo(f"{count:,} assignments are in {asked.archive} now", err=True)


def _show_status(asked: Asked) -> None:
    with asked.old_desk() as desk:
        counts = desk.counts(now_in_utc())
    with result():
        host_report.show_counts(counts, as_json=asked.as_json)


def _block(asked: Asked) -> None:
    if not all(map(is_text, (*asked.block, *asked.unblock))):
        raise click.BadParameter("an id has 1 to 200 characters", param_hint="--block")
    both = set(asked.block) & set(asked.unblock)
    if both:
        raise click.UsageError("--block and --unblock name the same participant")
    with asked.old_desk() as desk:
        for worker_id in asked.block:
            desk.block(worker_id)
        for worker_id in asked.unblock:
            desk.unblock(worker_id)
        blocked = desk.counts(now_in_utc()).blocked
    click.echo(f"{blocked:,} participants are blocked", err=True)


def _serve(asked: Asked) -> None:
    hosting = asked.hosting
    with Archive.open(asked.archive, read_only=True) as archive, asked.desk(archive) as desk:
        findings = asked.looked_at(archive, _LOOKED_AT)
        for line in findings.of_settings:
            click.echo(f"Note: {escaped(line)}", err=True)
        _warn_of_hits(findings)

        def open_to_all() -> None:
            _recall(archive, desk)
            desk.offer(asked.hits(archive))

        def announce(url: str) -> None:
            click.echo(_announcement(desk.counts(now_in_utc()), hosting, url), err=True)

        with _told_where_answers_wait():
            count = run(
                Settings(asked.archive, hosting.panel, hosting.place),
                desk,
                Keeping(asked.archive),
                host=hosting.host,
                port=hosting.port,
                collect_every=asked.collect_every,
                # Not before the port is ours: another host may be serving from this desk.
                prepare=open_to_all,
                announce=announce,
            )
    click.echo(f"Stopped; {count:,} last assignments came into {asked.archive}.", err=True)


def _recall(archive: Archive, desk: Desk) -> None:
    """Work that came through another desk takes its places here, too."""
    if count := desk.recall(worked_on(archive)):
        click.echo(f"{count:,} answers came through another --database; they count here", err=True)


def _warn_of_hits(findings: Findings) -> None:
    if findings.not_shown:
        click.echo(
            f"{findings.not_shown:,} of {findings.hits:,} HITs that were looked at cannot be"
            " shown; --check says why",
            err=True,
        )


def _announcement(counts: Counts, hosting: Hosting, url: str) -> str:
    """Where participants come to, and where the proxy does."""
    behind = f" (behind it: {url})" if hosting.place.origin else ""
    origin = hosting.place.origin or url
    return f"{counts.hits:,} HITs are offered at {origin}{behind}. Ctrl-C ends it."


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
    "status": _show_status,
    "block": _block,
    None: _serve,
}
