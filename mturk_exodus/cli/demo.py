from __future__ import annotations

import shlex
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.compare import differences
from mturk_exodus.archive.summary import lines
from mturk_exodus.archive.verify import verify
from mturk_exodus.cli.progress import progress_display
from mturk_exodus.cli.tables import show_summary
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import ArchiveDamaged
from mturk_exodus.serve import background
from mturk_exodus.sources.requester_api.credentials import invented_session
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_AS_FAST_AS_IT_GOES = 100_000.0


@click.command("demo")
@click.option(
    "--archive",
    default="mturk-demo.db",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to put the archive; a number is added to the name if it is taken.",
)
@click.option(
    "--hits",
    default=300,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="How many HITs the account has.",
)
@click.option("--seed", default=2005, show_default=True, help="Another seed, another account.")
def command(archive: Path, hits: int, seed: int) -> None:
    """See it work: an invented account, served, exported and verified on this machine.

    No credentials, no network, nothing of yours is touched.

    \b
    Exit status: 0; 10-17 the archive cannot be written.
    """
    began = time.monotonic()
    path = next(_free_names(archive))
    with tempfile.TemporaryDirectory() as folder:
        account = Path(folder) / "account.db"
        click.echo(f"1. an invented MTurk account of {hits} HITs (seed {seed})")
        with Archive.create(account) as source:
            fill(source, synthesize(seed, hits))
        with background(account) as endpoint:
            click.echo(f"2. served as MTurk would, on {endpoint}; exported from there:\n")
            _export(path, endpoint)
        click.echo("\n3. verified")
        _check(account, path)
    click.echo(_what_next(path, time.monotonic() - began))


def _free_names(path: Path) -> Iterator[Path]:
    if not path.exists():
        yield path
    number = 2
    while True:
        other = path.with_stem(f"{path.stem}-{number}")
        if not other.exists():
            yield other
        number += 1


def _export(path: Path, endpoint: str) -> None:
    settings = Settings(first_rate=_AS_FAST_AS_IT_GOES)
    with Archive.create(path) as archive, archive.writing(), progress_display() as observe:
        Exporter(archive, invented_session(), endpoint, settings, observe).run()
        show_summary(lines(archive))


def _check(account: Path, path: Path) -> None:
    """The export must be the account.

    Raises:
        ArchiveDamaged: it is not; a bug.
    """
    with Archive.open(account) as source, Archive.open(path, read_only=True) as archive:
        wrong = [*verify(archive), *differences(source, archive)]
        if wrong:
            raise ArchiveDamaged(f"the demo went wrong in {len(wrong)} places, first: {wrong[0]}")
        click.echo("   nothing wrong, and every record is byte for byte the one that was served")


def _what_next(path: Path, seconds: float) -> str:
    name = shlex.quote(str(path))
    query = '"select title, count(*) from hits join assignments using (hit_id) group by 1"'
    return f"""
done in {seconds:.1f} s. The archive is {path}: one SQLite file. Try next:

  exodus status --archive {name}
  sqlite3 {name} {query}
  exodus serve --archive {name}      old boto3 programs read it on http://127.0.0.1:7878
  exodus doctor                      can your own account still be exported?
  exodus export                      your account, into mturk.db"""
