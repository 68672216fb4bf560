from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table
from mturk_exodus.datasets.parquet import Publishing
from mturk_exodus.requester_site.batch_results import one_look


@click.command("export-parquet")
@click.argument("folder", type=click.Path(path_type=Path))
@archive_option
@json_option
def command(folder: Path, archive: Path, as_json: bool) -> None:
    """Write the archive as Parquet into FOLDER: a data set for each table, and a README.

    Money is decimal, times are timestamps in UTC. HITs, assignments, bonuses and notifications are
    divided by year. DuckDB, Spark, pandas and others read it. It needs pyarrow:
    `pip install 'mturk-exodus[parquet]'`.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 61 the folder is there already, or cannot be
    written; 64 pyarrow is not installed; 130 stopped: nothing was written.
    """
    with (
        Archive.open(archive, read_only=True) as opened,
        one_look(opened),
        stoppable() as stop,
        counting("rows") as tick,
    ):
        report = Publishing(opened, tick, stop.is_set).write(folder)
    with result():
        if as_json:
            print_json(report)
        else:
            show_table(("table", "rows"), list(report.rows.items()))
    for name, count in report.untyped.items():
        click.echo(
            f"Warning: {count:,} values of {name} are not of its type; null stands for them, and"
            " raw has them",
            err=True,
        )
