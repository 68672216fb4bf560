from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from mturk_exodus.archive import Archive, gaps, rederive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.manifest import changes
from mturk_exodus.archive.summary import tables
from mturk_exodus.archive.verify import Finding, verify
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.seal import show_changes
from mturk_exodus.cli.tables import shown
from mturk_exodus.errors import ArchiveChanged, ArchiveDamaged
from mturk_exodus.sources.registry import installed

_SHOWN = 10_000


@click.command("verify")
@archive_option
@click.option(
    "--manifest",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `exodus seal` wrote: also say what has changed since.",
)
@json_option
def command(archive: Path, manifest: Path | None, as_json: bool) -> None:
    """Hold an archive against itself, row by row, and change nothing.

    SQLite's own checks; every row against its raw record; digests; a HIT's counters against the
    assignments held; references; whether payments add up. Gaps that the archive itself knows of are
    told, not counted as wrong: `exodus export` fills them.

    \b
    Exit status: 0 nothing is wrong; 17 something is; 10-16 the archive cannot be read; 66 what
    --manifest names is none; 67 the archive is not what it was when it was sealed.
    """
    with Archive.open(archive, read_only=True) as opened:
        meanings = installed().meanings()
        findings = list(islice(verify(opened, meanings), _SHOWN))
        known, held = gaps.count(opened), tables(opened)
        since = None
        if manifest is not None:
            with counting("records") as tick:
                since = changes(opened, manifest, tick)
        for source in rederive.unexplained(opened, meanings):
            click.echo(
                shown(
                    f"Warning: source '{source}' is not installed; what it gave is held against"
                    " its digests, and not derived again"
                ),
                err=True,
            )
    with result():
        if as_json:
            told = {} if since is None else {"changes": since}
            print_json({"findings": findings, "gaps": known, "rows": held, **told})
        else:
            _show(findings, known, sum(held.values()))
            if since is not None:
                show_changes(since)
    if findings:
        raise ArchiveDamaged(
            f"{archive} does not agree with itself in {_number(findings)} places; keep the file."
            " Where a counter disagrees, `exodus export` asks again; where a row does, so does"
            " `exodus export --full`; else restore a copy"
        )
    if since is not None and not all(one.is_same for one in since):
        raise ArchiveChanged(f"{archive} is not what it was when {manifest} was written; see above")


def _show(findings: list[Finding], known: Gaps, rows: int) -> None:
    for finding in findings:
        click.echo(shown(f"{finding.check}: {finding.where}: {finding.what}"))
    click.echo(f"{rows:,} rows read, {_number(findings)} wrong")
    if known.total - known.disagreeing:
        click.echo(f"known gaps: {known.description}")


def _number(findings: list[Finding]) -> str:
    return f"{len(findings):,}{' or more' if len(findings) == _SHOWN else ''}"
