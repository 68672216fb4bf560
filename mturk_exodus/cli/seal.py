from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.manifest import RECORDS, Changes, Seal, write, write_records
from mturk_exodus.archive.sealing import sealed
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.publishing import published, refuse_existing
from mturk_exodus.requester_site.batch_results import one_look


@click.command("seal")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@archive_option
@click.option(
    "--without-records",
    is_flag=True,
    help="Write no OUT.records; then changes are told by table, and not counted.",
)
@json_option
def command(out: Path, archive: Path, without_records: bool, as_json: bool) -> None:
    """Write digests of everything that an archive holds to OUT, for `exodus verify --manifest`.

    They do not depend on the order of rows, nor on when and in which run a record came, so that a
    second export can be held against the first. OUT.records has the digest of every record, with
    ids of workers in it; OUT has none.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 61 a file is there already, or cannot be
    written.
    """
    beside = out.with_name(out.name + RECORDS)
    for path in (out, beside):
        refuse_existing(path)
    with (
        Archive.open(archive, read_only=True) as opened,
        one_look(opened),
        counting("records") as tick,
        Seal.of(sealed(opened), tick) as seal,
    ):
        digest = None
        if not without_records:
            with published(beside) as stream:
                digest = write_records(seal, stream)
        with published(out) as stream:
            said = write(opened, seal, stream, digest)
    with result():
        if as_json:
            print_json(said)
        else:
            show_table(
                ("table", "records", "digest"),
                [(name, one["records"], one["digest"]) for name, one in said["tables"].items()],
            )
            click.echo(f"\nseal: {said['digest']}")


def show_changes(since: Sequence[Changes]) -> None:
    """What has changed, and where."""
    different = [one for one in since if not one.is_same]
    if not different:
        click.echo("nothing has changed since the manifest was written")
        return
    click.echo()
    show_table(
        ("changed since the manifest", "then", "now", "added", "removed", "changed"),
        [(one.table, one.then, one.now, one.added, one.removed, one.changed) for one in different],
    )
    for one in different:
        for key in one.examples[:3]:
            click.echo(shown(f"{one.table}: {key}"))
