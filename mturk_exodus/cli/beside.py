"""A page beside an archive, for whoever finds it in ten years."""

from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.datasets import readme
from mturk_exodus.errors import OutputFailed
from mturk_exodus.publishing import published


def lay_readme(archive: Archive) -> None:
    """Write `ARCHIVE.README.md`, unless there is something of that name. The archive is what
    counts: that no page can be laid beside it is a warning.
    """
    page = readme_of(archive.path)
    if page.exists():
        return
    try:
        with published(page) as stream:
            stream.write(readme.of_archive(archive, with_counts=False))
    except OutputFailed as error:
        click.echo(f"Warning: {error}", err=True)


def readme_of(archive: Path) -> Path:
    """Where it lies."""
    return archive.with_name(f"{archive.name}.README.md")
