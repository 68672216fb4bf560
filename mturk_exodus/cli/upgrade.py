from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.options import archive_option, json_option, print_json


@click.command("upgrade")
@archive_option
@json_option
def command(archive: Path, as_json: bool) -> None:
    """Bring an archive of an earlier version to this one's format; a copy is made first.

    \b
    Exit status: 0; 10-17 the archive cannot be read or written.
    """
    copy = Archive.upgrade(archive)
    if as_json:
        print_json({"archive": str(archive), "copy": None if copy is None else str(copy)})
    elif copy is None:
        click.echo(f"{archive} has this version's format already")
    else:
        click.echo(f"{archive} is upgraded; {copy} is the archive as it was")
