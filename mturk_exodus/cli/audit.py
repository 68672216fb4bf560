from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.audit import Settings, audit, fees_file, studies_file
from mturk_exodus.audit.fees import Fees
from mturk_exodus.audit.integrity import Verified
from mturk_exodus.audit.renderers import csv, html, json
from mturk_exodus.audit.report import Report
from mturk_exodus.audit.studies import draft
from mturk_exodus.cli import audit_report
from mturk_exodus.cli.audit_options import calendar, output_options, question_options
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option
from mturk_exodus.cli.progress import stages
from mturk_exodus.publishing import published, refuse_existing
from mturk_exodus.sources.registry import installed

_SHOWN = 25


@click.command("audit")
@archive_option
@output_options
@question_options
@json_option
def command(
    archive: Path,
    html_file: Path | None,
    csv_folder: Path | None,
    top: int,
    without_worker_ids: bool,
    studies: Path | None,
    write_studies: Path | None,
    fees: Path | None,
    as_of: str | None,
    cutoffs: dict[str, str],
    hourly: int,
    verifies: bool,
    as_json: bool,
) -> None:
    """What an archive holds, what it cost, what is at risk, where it went.

    A report for the account, and for each HIT type, batch, worker and study. Every figure says how
    it was computed. In the terminal unless --html, --csv or --json is given. Nothing in the
    archive is changed, and no file is overwritten.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 56 the file of studies cannot be, 58 that of
    fees; 61 a file is there already, or cannot be written.
    """
    if write_studies is not None:
        _write_draft(archive, write_studies)
        return
    told = studies_file.read(studies) if studies else ()
    if html_file is not None:
        refuse_existing(html_file)
    settings = Settings(
        calendar(as_of, cutoffs),
        hourly,
        told,
        fees_file.read(fees) if fees else Fees(),
        verified=_verified(archive) if verifies else Verified(),
        without_worker_ids=without_worker_ids,
    )
    with _audited(archive, settings) as report:
        written = [*_to_page(report, html_file, top), *_to_tables(report, csv_folder)]
        with result():
            if as_json:
                sys.stdout.writelines(json.pieces(report, top))
            elif written:
                click.echo("\n".join(written))
            else:
                audit_report.show(report)


@contextmanager
def _audited(archive: Path, settings: Settings) -> Iterator[Report]:
    with Archive.open(archive, read_only=True) as opened, ExitStack() as stack:
        with stages() as say:
            report = stack.enter_context(audit(opened, settings, say))
        yield report


def _to_page(report: Report, file: Path | None, top: int) -> list[str]:
    if file is None:
        return []
    with published(file) as stream:
        stream.writelines(html.page(report, top))
    return [str(file)]


def _to_tables(report: Report, folder: Path | None) -> list[str]:
    if folder is None:
        return []
    return [f"{one.path}: {one.rows:,} rows" for one in csv.write(report, folder)]


def _verified(archive: Path) -> Verified:
    """As `exodus verify`; findings name rows, never what is in them."""
    with Archive.open(archive, read_only=True) as opened:
        findings = verify(opened, installed().meanings())
        first = tuple((one.check, one.where, one.what) for one in islice(findings, _SHOWN))
        return Verified(len(first) + sum(1 for _ in findings), first)


def _write_draft(archive: Path, file: Path) -> None:
    refuse_existing(file)
    with Archive.open(archive, read_only=True) as opened, published(file) as stream:
        stream.writelines(studies_file.written(draft(opened)))
    with result():
        click.echo(f"{file}: edit it, then give it with --studies")
