from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.beside import lay_readme
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.privacy import keys
from mturk_exodus.privacy.pseudonymize import Pseudonymizing, Report
from mturk_exodus.privacy.scrubbing import KINDS
from mturk_exodus.sources.registry import installed


@click.command("pseudonymize")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@archive_option
@click.option(
    "--key",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What pseudonyms are worked out with; made if it is not there. Keep it elsewhere.",
)
@click.option("--destroy-key", is_flag=True, help="Destroy the key in the end.")
@click.option(
    "--scrub",
    multiple=True,
    type=click.Choice(list(KINDS)),
    help="What else to take out of texts that people typed; may be repeated.",
)
@click.option("--without-uploads", is_flag=True, help="Leave out the files of workers.")
@json_option
def command(
    out: Path,
    archive: Path,
    key: Path,
    destroy_key: bool,
    scrub: tuple[str, ...],
    without_uploads: bool,
    as_json: bool,
) -> None:
    """Write the archive once more, to OUT, with pseudonyms in place of worker ids.

    Everywhere: in columns, raw records, answers, addresses, names of files. A pseudonym looks like
    a worker id, and is the same wherever the same key is used. The new archive is verified before
    it gets its name; the old one is not changed. What became of records at targets is not carried
    over.

    \b
    Exit status: 0; 10-17 an archive cannot be read or written; 71 the key cannot be used; 72 two
    workers would have one pseudonym; 130 stopped: nothing was written.
    """
    if key.resolve() in (archive.resolve(), out.resolve()):
        raise click.UsageError("The key needs a file of its own.")
    with (
        Archive.open(archive, read_only=True) as opened,
        stoppable() as stop,
        counting("rows") as tick,
    ):
        report = Pseudonymizing(
            opened,
            keys.key_at(key),
            kinds=scrub,
            with_uploads=not without_uploads,
            meanings=installed().meanings(),
            observe=tick,
            stopped=stop.is_set,
        ).write(out)
    with Archive.open(out, read_only=True) as made:
        lay_readme(made)
    if destroy_key:
        keys.destroy(key)
    with result():
        if as_json:
            print_json(report)
        else:
            show_table(("", "number"), list(_lines(report)))
    _warn(report, key, destroyed=destroy_key)


def _lines(report: Report) -> Iterator[tuple[str, int]]:
    yield "workers", report.workers
    yield "ids that only texts have", report.found_in_texts
    for table, columns in report.replaced.items():
        for column, count in columns.items():
            yield f"{table}.{column}", count
    for kind, count in report.scrubbed.items():
        yield f"{kind} scrubbed", count
    for table, count in report.left_out.items():
        yield f"{table}: rows not carried over", count


def _warn(report: Report, key: Path, *, destroyed: bool) -> None:
    """Say what was not done, and what is left to do."""
    if report.words_or_numbers:
        click.echo(
            f"Warning: {report.words_or_numbers:,} workers go by a word or a number; these were"
            " replaced where a record names a worker, and not in other texts",
            err=True,
        )
    for upload in report.searched_as_bytes:
        click.echo(
            shown(
                f"Warning: upload {upload} is no text: its bytes were searched, and not what may be"
                " packed in them; --without-uploads leaves it out"
            ),
            err=True,
        )
    if not destroyed:
        click.echo(f"whoever has {key} can find out who is who: keep it apart", err=True)
