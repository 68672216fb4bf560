from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from mturk_exodus.archive import Archive, pseudonymized
from mturk_exodus.archive.overview import overview
from mturk_exodus.cli import ingest_report
from mturk_exodus.cli.beside import lay_readme
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.ingest_report import Result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import ingest_display
from mturk_exodus.cli.tables import shown
from mturk_exodus.errors import ArchiveNotFound, FilesRefused, Interrupted, NothingToIngest
from mturk_exodus.sources import apart
from mturk_exodus.sources.finding import find
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import installed


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@archive_option
@click.option(
    "--source",
    metavar="NAME",
    help="Read every file as this source's, whatever it looks like; `exodus sources` lists them.",
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, and keep nothing.")
@click.option("--again", is_flag=True, help="Read files that were read before once more.")
@json_option
def command(
    paths: tuple[str, ...],
    archive: Path,
    source: str | None,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Take the files that people kept into the archive: batch results, dumps, other tools' files.

    PATH is a file, a folder with everything below it, a zip, a gzip, or a pattern. Each file is
    recognised by what is in it, and taken whole or left out with a reason. What was taken before
    is recognised. Nothing is sent anywhere, and no file is changed. A page beside the archive,
    ARCHIVE.README.md, explains it to whoever finds it.

    \b
    Exit status: 0 every file of a known kind is held whole; 10-16 the archive; 51 no such file;
    52 no file of a known kind; 53 some files, or rows of them, were refused; 54 no such source,
    or a plug-in is broken; 130 stopped, the same command goes on.
    """
    try:
        found = _ingest(archive, paths, source, dry_run=dry_run, again=again)
    except (Interrupted, KeyboardInterrupt):
        same = shlex.join(["exodus", *sys.argv[1:]])
        raise Interrupted(f"stopped; what was read is kept. To go on: {same}") from None
    for fault in sorted(found.report.faults):
        click.echo(f"Warning: {shown(fault)}", err=True)
    with result():
        if as_json:
            print_json(ingest_report.as_json(found))
        else:
            ingest_report.show(found, archive, dry_run=dry_run)
    _speak_of(found.report)


def _ingest(
    path: Path, paths: tuple[str, ...], source: str | None, *, dry_run: bool, again: bool
) -> Result:
    plugins = installed()
    for line in plugins.broken:
        click.echo(f"Warning: {shown(line)}", err=True)
    if source is not None:
        plugins.source(source)
    files = find(paths)
    ends: list[Result] = []
    with ExitStack() as stack:
        archive = stack.enter_context(_opened(path, dry_run=dry_run))
        stack.enter_context(archive.writing())
        stop = stack.enter_context(stoppable())
        observe = stack.enter_context(ingest_display())
        ingest = Ingest(
            archive,
            plugins,
            reader=apart.read,
            only=source,
            again=again,
            rehearsal=dry_run,
            observe=observe,
            stop=stop,
        )
        ingest.run(paths, lambda report: ends.append(Result(report, overview(archive))), files)
        if not dry_run:
            lay_readme(archive)
    return ends[0]


@contextmanager
def _opened(path: Path, *, dry_run: bool) -> Iterator[Archive]:
    """The archive; one for the length of a rehearsal where there is none yet."""
    with ExitStack() as stack:
        try:
            archive = Archive.open(path)
        except ArchiveNotFound:
            if dry_run:
                path = Path(stack.enter_context(TemporaryDirectory())) / "rehearsal.db"
            archive = Archive.create(path)
        stack.enter_context(archive)
        pseudonymized.refuse_if_so(archive)
        yield archive


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _speak_of(report: Report) -> None:
    """What was not taken is no success.

    Raises:
        NothingToIngest: no file was of a known kind.
        FilesRefused: something of a known kind was left out.
    """
    if report.refused_before and not (report.refused or report.entries_refused):
        raise FilesRefused(
            f"{_number(report.refused_before, 'row')} of files that were read before"
            " had been refused; table refused_entries has them. Keep those files"
        )
    if report.refused or report.entries_refused:
        raise FilesRefused(
            f"refused: {_number(len(report.refused), 'file')} and"
            f" {_number(report.entries_refused, 'row')}, for the reasons above; keep those files."
            " All else is in the archive"
        )
    if not report.kept and not report.copies:
        raise NothingToIngest(
            f"none of {_number(report.unknown, 'file')} is of a known kind; `exodus sources` lists"
            " the kinds, and --source NAME reads a file as one of them"
        )
