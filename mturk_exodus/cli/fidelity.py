from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.cli.targets_options import (
    Aim,
    opened_adapter,
    selection_options,
    summed,
    target_options,
)
from mturk_exodus.errors import Interrupted, TargetDiffers
from mturk_exodus.replay.fidelity import Report, fidelity


@click.command("fidelity")
@archive_option
@target_options
@selection_options
@json_option
def command(
    archive: Path,
    aim: Aim,
    chosen: Selection,
    as_json: bool,
) -> None:
    """Read a target back, and compare what it holds with the archive. Nothing is changed.

    \b
    Exit status: 0 all is there and equal; 36 something is changed, missing or was never sent;
    10-19 the archive cannot be read; 21-23 no such target, or a setting is missing; 31-33 the
    target does not answer as it should; 130 stopped.
    """
    with (
        opened_adapter(aim) as adapter,
        Archive.open(archive, read_only=True) as opened,
        stoppable() as stop,
        counting("actions") as tick,
    ):
        report = fidelity(opened, adapter, chosen, stop=stop, progress=summed(tick))
    with result():
        if as_json:
            print_json(report)
        else:
            _show(report)
    if report.stopped:
        raise Interrupted("stopped; what was compared by then is shown")
    if not report.is_faithful:
        raise TargetDiffers("the target does not hold all that the archive holds, as it holds it")


def _show(report: Report) -> None:
    lines = [
        ("equal", report.equal),
        ("changed", report.changed),
        ("missing", report.missing),
        ("not sent", report.not_sent),
    ]
    show_table(("", "actions"), lines)
    if report.given:
        click.echo(
            f"{report.given:,} assignments were finished there; exodus ingest takes its results in"
        )
    if report.differences:
        click.echo()
        show_table(
            ("changed", "where", "actions", "such as"),
            [
                (one.operation, one.place, one.actions, one.examples[0])
                for one in report.differences
            ],
        )
    for key in report.gone:
        click.echo(shown(f"missing: {key}"))
