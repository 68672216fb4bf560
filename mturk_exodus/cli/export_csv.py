from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.errors import NoSuchRecord
from mturk_exodus.publishing import published, refuse_existing, text_to
from mturk_exodus.requester_site import selections
from mturk_exodus.requester_site.batch_results import Written, one_look, write
from mturk_exodus.requester_site.selections import Selection

_NAMED = 10
_STDOUT = "-"


@click.command("export-csv")
@archive_option
@click.option("--batch", "batches", metavar="ID", multiple=True, help="A batch; may be repeated.")
@click.option(
    "--hit-type", "hit_types", metavar="ID", multiple=True, help="A HIT type; may be repeated."
)
@click.option("--all", "everything", is_flag=True, help="Every batch; by HIT type what has none.")
@click.option(
    "--out",
    default=_STDOUT,
    metavar="PATH",
    help="A file; for several, or with --all, a folder. `-`, which is the default, is stdout.",
)
@click.option(
    "--for-spreadsheets",
    is_flag=True,
    help="Put a ' before cells that a spreadsheet would take for formulas.",
)
@json_option
def command(
    archive: Path,
    batches: tuple[str, ...],
    hit_types: tuple[str, ...],
    everything: bool,
    out: str,
    for_spreadsheets: bool,
    as_json: bool,
) -> None:
    """Write batch results as the requester site gave them, so that old scripts go on working.

    From any archive: cells that came from such a file are written as they were; others, of the
    API or of other files, are put into the site's words. No file is ever overwritten.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 19 it holds no such batch or HIT type;
    61 a file is there already, or cannot be written.
    """
    if [bool(batches), bool(hit_types), everything].count(True) != 1:
        raise click.UsageError("Give one of --batch, --hit-type and --all.")
    several = everything or len(batches + hit_types) > 1
    if out == _STDOUT and (several or as_json):
        raise click.UsageError("--all, several batches or HIT types, and --json need --out PATH.")
    with Archive.open(archive, read_only=True) as opened, one_look(opened):
        chosen = _everything(opened) if everything else _named(opened, batches, hit_types)
        idle = sum(selections.idle_hits(opened, one) for one in ([None] if everything else chosen))
        if out == _STDOUT:
            done = list(_to_stdout(opened, chosen[0], for_spreadsheets=for_spreadsheets))
        else:
            targets = _targets(Path(out), chosen, in_folder=several or Path(out).is_dir())
            done = list(_to_files(opened, targets, for_spreadsheets=for_spreadsheets))
    if out != _STDOUT:
        _show(done, idle, as_json=as_json)
    _warn([written for _, written in done], idle, for_spreadsheets=for_spreadsheets)


def _everything(archive: Archive) -> list[Selection]:
    found = selections.everything(archive)
    if not found:
        raise NoSuchRecord(f"{archive.path} holds no assignment, so there is nothing to write")
    return found


def _named(
    archive: Archive, batches: tuple[str, ...], hit_types: tuple[str, ...]
) -> list[Selection]:
    if batches:
        _check(archive, "batch", batches, selections.batches(archive))
        return [selections.of_batch(one) for one in dict.fromkeys(batches)]
    _check(archive, "HIT type", hit_types, selections.hit_types(archive))
    return [selections.of_hit_type(one) for one in dict.fromkeys(hit_types)]


def _check(archive: Archive, kind: str, wanted: tuple[str, ...], held: list[str]) -> None:
    missing = [one for one in wanted if one not in held]
    if not missing:
        return
    known = f"it holds {len(held):,}: {', '.join(held[:_NAMED])}" if held else "it holds none"
    more = " and others" if len(held) > _NAMED else ""
    raise NoSuchRecord(shown(f"there is no {kind} {missing[0]} in {archive.path}; {known}{more}"))


def _to_stdout(
    archive: Archive, selection: Selection, *, for_spreadsheets: bool
) -> Iterator[tuple[str, Written]]:
    with result(), text_to(sys.stdout.fileno(), closes=False) as stream:
        yield _STDOUT, write(archive, selection, stream, for_spreadsheets=for_spreadsheets)


def _targets(
    out: Path, chosen: list[Selection], *, in_folder: bool
) -> list[tuple[Selection, Path]]:
    targets = [(one, out / one.file_name if in_folder else out) for one in chosen]
    for _, path in targets:
        refuse_existing(path)
    return targets


def _to_files(
    archive: Archive, targets: list[tuple[Selection, Path]], *, for_spreadsheets: bool
) -> Iterator[tuple[str, Written]]:
    for selection, path in targets:
        with published(path) as stream:
            written = write(archive, selection, stream, for_spreadsheets=for_spreadsheets)
        yield str(path), written


def _show(done: list[tuple[str, Written]], idle: int, *, as_json: bool) -> None:
    with result():
        if as_json:
            files = [{"path": path, **asdict(written)} for path, written in done]
            rows = sum(written.rows for _, written in done)
            print_json({"files": files, "rows": rows, "hits_without_assignments": idle})
        else:
            lines = [(path, written.rows, written.columns) for path, written in done]
            show_table(("file", "rows", "columns"), lines)


def _warn(all_written: list[Written], idle: int, *, for_spreadsheets: bool) -> None:
    """Say what the files do not show."""
    formulas = sum(written.formulas for written in all_written)
    unreadable = sum(written.unreadable for written in all_written)
    if idle:
        click.echo(f"{idle:,} HITs that nobody worked on have no row, as on the site", err=True)
    if formulas and not for_spreadsheets:
        click.echo(
            f"Warning: a spreadsheet would take {formulas:,} cells for formulas;"
            " --for-spreadsheets puts a ' before them",
            err=True,
        )
    if unreadable:
        click.echo(
            f"Warning: {unreadable:,} answers cannot be taken apart; they stand whole in the"
            " column Answer.unreadable",
            err=True,
        )
