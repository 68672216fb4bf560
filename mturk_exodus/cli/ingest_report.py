"""What `exodus ingest` says in the end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from mturk_exodus.archive.overview import Overview
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.sources.ingest import FileOutcome, Report

_LISTED = 20


@dataclass
class Result:
    """What an ingest has to say in the end."""

    report: Report
    held: Overview


def show(found: Result, archive: Path, *, dry_run: bool) -> None:
    """For a person: files, records, troubles, and what the archive holds now."""
    report, held = found.report, found.held
    _show_files(report)
    _show_records(report)
    _show_troubles(report)
    _show_held(held)
    if dry_run:
        click.echo("\ndry run: nothing was kept")
    else:
        checks = f"exodus verify --archive {shlex.quote(str(archive))}"
        click.echo(f"\n{archive}: `{checks}` checks it")


def _show_files(report: Report) -> None:
    rows = [(f"read as {name}", count) for name, count in sorted(report.by_source.items())]
    rows += [
        ("copies of files that were read", report.copies),
        ("refused", len(report.refused)),
        ("of no known kind", report.unknown),
    ]
    show_table(("files", "number"), rows)
    click.echo(
        f"\n{report.entries:,} rows read: {report.entries_kept:,} kept,"
        f" {report.entries_refused:,} refused\n"
    )


def _show_records(report: Report) -> None:
    gathered = report.gathered
    names = sorted({*gathered.new, *gathered.known, *gathered.merged})
    show_table(
        ("records", "new", "held before", "merged with another source or state"),
        [(name, gathered.new[name], gathered.known[name], gathered.merged[name]) for name in names],
    )
    if gathered.kept_out.total():
        click.echo(
            f"\n{gathered.kept_out.total():,} records of people who were forgotten were kept out"
        )


def _show_troubles(report: Report) -> None:
    lines = [f"refused: {file.name}: {file.reason}" for file in report.refused]
    lines += [line for file in report.incomplete for line in _lines(file)]
    if lines:
        click.echo()
    for line in lines[:_LISTED]:
        click.echo(shown(line))
    if len(lines) > _LISTED:
        click.echo(
            f"and {len(lines) - _LISTED:,} more: tables files, refused_entries, check_failures;"
            " or --json"
        )


def _lines(file: FileOutcome) -> Iterator[str]:
    if file.absorbed is None:
        return
    first = file.absorbed.first
    for reason, count in file.absorbed.refused.items():
        yield f"{file.name}: {count:,} rows refused, the first is {first[reason][0]}: {reason}"
    for check, count in file.absorbed.failures.items():
        yield f"{file.name}: {count:,} rows fail `{check}`, the first is {first[check][0]}"


def _show_held(held: Overview) -> None:
    click.echo()
    show_table(
        ("the archive now holds", ""),
        [
            ("batches", held.batches),
            ("HITs", held.hits),
            ("assignments", held.assignments),
            ("workers", held.workers),
            ("values in which sources disagree", held.disagreements),
            *((f"gaps: {kind}", count) for kind, count in held.gaps.items()),
        ],
    )
    if held.first_submit_time:
        click.echo(f"submitted from {held.first_submit_time} to {held.last_submit_time}")


def as_json(found: Result) -> dict[str, object]:
    """The same for a program, whole."""
    report = found.report
    return {
        "files": {
            "read": dict(report.by_source),
            "copies": report.copies,
            "refused": [_file_json(file) for file in report.refused],
            "incomplete": [_file_json(file) for file in report.incomplete],
            "of_no_known_kind": report.unknown_names,
        },
        "entries": {
            "read": report.entries,
            "kept": report.entries_kept,
            "refused": report.entries_refused,
        },
        "records": {
            "new": dict(report.gathered.new),
            "known": dict(report.gathered.known),
            "merged": dict(report.gathered.merged),
            "kept_out": dict(report.gathered.kept_out),
        },
        "archive": found.held,
    }


def _file_json(file: FileOutcome) -> dict[str, object]:
    known: dict[str, object] = {
        "name": file.name,
        "source": file.source,
        "claim": file.claim,
        "reason": file.reason,
    }
    if file.absorbed is not None:
        known["entries"] = file.absorbed.entries
        known["refused_entries"] = dict(file.absorbed.refused)
        known["failed_checks"] = dict(file.absorbed.failures)
        known["first_numbers"] = file.absorbed.first
    return known
