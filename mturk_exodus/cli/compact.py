from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.compact import Compaction, Report, expand
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table


@click.command("compact")
@archive_option
@click.option("--undo", is_flag=True, help="Store every question whole again.")
@json_option
def command(archive: Path, undo: bool, as_json: bool) -> None:
    """Store what the questions of many HITs have in common once, so that the file shrinks.

    Every HIT is read back, and compared with its digest, before its old bytes go. A HIT that no
    template gives back byte for byte stays whole. All commands see full questions as before;
    for other programs there is the view `questions`.

    \b
    Exit status: 0; 10-17 the archive cannot be read or written; 130 stopped: what was compacted
    by then is.
    """
    with Archive.open(archive) as opened, opened.writing(), stoppable() as stop:
        if undo:
            count = expand(opened)
        else:
            with counting("HITs") as tick:
                report = Compaction(opened, tick, stop.is_set).run()
    with result():
        if undo:
            _say_undone(count, as_json=as_json)
        elif as_json:
            print_json(report)
        else:
            _show(report)


def _say_undone(count: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"whole_again": count})
    else:
        click.echo(f"{count:,} HITs are stored whole again")


def _show(report: Report) -> None:
    lines = [("HITs stored by a template", report.compacted), ("templates", report.templates)]
    lines += [(f"HITs left whole: {why}", count) for why, count in report.whole.items()]
    lines += [("bytes before", report.bytes_before), ("bytes after", report.bytes_after)]
    show_table(("", "number"), lines)
