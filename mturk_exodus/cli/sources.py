from __future__ import annotations

import click

from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import json_option, print_json
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.errors import SourceBroken
from mturk_exodus.sources.registry import installed


@click.command("sources")
@json_option
def command(as_json: bool) -> None:
    """The kinds of files that `exodus ingest` knows, and which package each kind comes from.

    Where sources disagree about a member of a record, the one of the lowest authority counts;
    MTurk's API has 0.

    \b
    Exit status: 0; 54 a plug-in is broken (the others work).
    """
    plugins = installed()
    rows = [
        (name, source.title, source.authority, plugins.packages[name])
        for name, source in plugins.sources.items()
    ]
    names = ("source", "files", "authority", "package")
    with result():
        if as_json:
            print_json([dict(zip(names, row, strict=True)) for row in rows])
        else:
            show_table(names, rows)
    if plugins.broken:
        raise SourceBroken(shown("; ".join(plugins.broken)))
