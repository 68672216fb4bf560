from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from mturk_exodus.cli.options import archive_option
from mturk_exodus.serve import DEFAULT_HOST, DEFAULT_PORT, serve


@click.command("serve")
@archive_option
@click.option(
    "--host",
    type=click.Choice(["127.0.0.1", "::1", "localhost"]),
    default=DEFAULT_HOST,
    show_default=True,
    help="The loopback address to listen on.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="The port; 0 takes a free one.",
)
def command(archive: Path, host: str, port: int) -> None:
    """Answer old programs from the archive, as MTurk's requester API did.

    Programs go on reading: give boto3 the `endpoint_url` that is printed, and any credentials.
    Whatever would change something is refused. Ctrl-C ends it.

    \b
    Exit status: 0 stopped; 10-18 the archive; 60 the port or address cannot be had.
    """
    with suppress(KeyboardInterrupt):
        serve(archive, host, port, announce=lambda url: _announce(archive, url))


def _announce(archive: Path, url: str) -> None:
    click.echo(f"{archive} answers at {url}, read-only. Ctrl-C ends it.", err=True)
    click.echo(f'boto3.client("mturk", endpoint_url="{url}", region_name="us-east-1")', err=True)
