from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, as_json
from mturk_exodus.datasets import datasette, readme
from mturk_exodus.publishing import published

_STDOUT = "-"


@click.command("describe")
@archive_option
@click.option("--datasette", "for_datasette", is_flag=True, help="Print Datasette's metadata.json.")
@click.option(
    "--out", default=_STDOUT, metavar="PATH", help="A file. `-`, which is the default, is stdout."
)
def command(archive: Path, for_datasette: bool, out: str) -> None:
    """Say what is in an archive, for those who read it without us: a page to lay beside it.

    With --datasette, what Datasette is told, so that tables are explained, sorted and linked:

    \b
        exodus describe --datasette --out metadata.json
        datasette mturk.db -m metadata.json --setting truncate_cells_html 120

    \b
    Exit status: 0; 10-17 the archive cannot be read; 61 a file is there already, or cannot be
    written.
    """
    with Archive.open(archive, read_only=True) as opened:
        said = datasette.metadata(opened) if for_datasette else readme.of_archive(opened)
    text = said if isinstance(said, str) else as_json(said) + "\n"
    if out == _STDOUT:
        with result():
            click.echo(text, nl=False)
    else:
        with published(Path(out)) as stream:
            stream.write(text)
