from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.losses import plan_as_json, show_plan
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.tables import shown
from mturk_exodus.cli.targets_options import (
    Aim,
    opened_adapter,
    selection_options,
    target_options,
)
from mturk_exodus.replay.adapter import Adapter, Checks
from mturk_exodus.replay.plan_file import refuse_taken, write_plan
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.replay.replaying import plan
from mturk_exodus.replay.target_files import write_files


@click.command("plan")
@archive_option
@target_options
@selection_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write every action and every loss to this new file, a line of JSON each. If it is a"
    " folder: a file in it for each thing that the target's own tools can make, such as Prolific's"
    " `study create -t`; what only the target knows is filled in with --check.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Also ask the target whether it lets us in, and the hosts of pictures whether its editor"
    " may read them.",
)
@json_option
def command(
    archive: Path,
    aim: Aim,
    chosen: Selection,
    out: Path | None,
    check: bool,
    as_json: bool,
) -> None:
    """What an import would make at a target, and everything that would not arrive as it is.

    Nothing is sent to anyone, unless --check asks for it, and nothing is changed. No key is
    needed without --check.

    \b
    Exit status: 0; 10-19 the archive cannot be read; 21-23 no such target, or a setting is
    missing; 31-33 the target does not answer as it should; 61 the file is there already, or
    cannot be written.
    """
    with (
        opened_adapter(aim, to_plan=not check) as adapter,
        Archive.open(archive, read_only=True) as opened,
    ):
        file = None if out is None or out.is_dir() else out
        if file is not None:
            refuse_taken(opened, file)
        doubts = _asked(adapter, ArchiveReader(opened, chosen)) if check else []
        if out is not None and file is None:
            count = write_files(opened, adapter, chosen, out, ask=check)
            click.echo(f"{count:,} files are in {shown(str(out))}", err=True)
        if file is None:
            account, declared = plan(opened, adapter, chosen)
        else:
            account, declared = write_plan(opened, adapter, chosen, file)
    with result():
        if as_json:
            print_json({**plan_as_json(account, declared), "doubts": doubts})
        else:
            show_plan(account, declared)
            for line in doubts:
                click.echo(shown(line))


def _asked(adapter: Adapter, reader: ArchiveReader) -> list[str]:
    adapter.identity()
    return list(adapter.doubts(reader)) if isinstance(adapter, Checks) else []
