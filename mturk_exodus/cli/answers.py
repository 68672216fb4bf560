from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.answer_table import Made, rebuild, update
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table


@click.command("answers")
@archive_option
@click.option("--rebuild", "afresh", is_flag=True, help="Make all rows anew, not just new ones.")
@json_option
def command(archive: Path, afresh: bool, as_json: bool) -> None:
    """Put every answer into the table `answers`, a row for each value.

    What an assignment's document says is worked out field by field, with the help of what its
    HIT asks; each row tells how sure it is. The documents stay as they are. After another export
    or ingest the same command adds what is new.

    \b
    Exit status: 0; 10-17 the archive cannot be read or written; 130 stopped: the same command
    goes on.
    """
    with Archive.open(archive) as opened, opened.writing(), counting("assignments") as tick:
        made = (rebuild if afresh else update)(opened, lambda made: tick(made.assignments))
    with result():
        if as_json:
            print_json(made)
        else:
            _show(made)


def _show(made: Made) -> None:
    lines = [
        ("assignments looked at", made.assignments),
        ("values", made.rows),
        ("answers that cannot be read", made.unreadable),
    ]
    show_table(("", "number"), lines)
    if made.unreadable:
        click.echo("the view unreadable_answers lists those that cannot be read")
