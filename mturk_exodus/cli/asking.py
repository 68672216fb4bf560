"""Before something happens that cannot be taken back, a person is asked."""

from __future__ import annotations

import sys

import click


def refuse_unattended(*, yes: bool, as_json: bool) -> None:
    """Refuse to begin what would ask, where nobody is there to answer."""
    if not yes and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody is there to be asked; give --yes")


def ask(question: str) -> None:
    """Go on only after a yes."""
    click.confirm(question, abort=True, err=True)
