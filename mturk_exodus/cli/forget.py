from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.privacy.forget import Account, Forgetting
from mturk_exodus.sources.registry import installed

_STDIN = "-"
_COPIES = (".before-upgrade-*",)


@click.command("forget")
@click.argument("worker_id")
@archive_option
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(worker_id: str, archive: Path, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove everything about one worker from the archive, and keep an account without the id.

    Assignments, answers, uploads, grants, requests, blocks, bonuses, feedback, what reviews found,
    what other sources said, earlier states, the ledger's entries. Of payments the amounts stay.
    Where others' records name the worker, a word stands for the id. The file is then written anew,
    so that no old page is left. Later exports and files do not bring the worker back. `-` reads the
    id from stdin, so that it is in no shell's history.

    \b
    Exit status: 0; 10-17 the archive cannot be read or written; 19 it holds nothing of this worker;
    35 it is not known yet whether a payment to the worker was made.
    """
    if worker_id == _STDIN:
        worker_id = sys.stdin.readline().strip()
        yes = yes or dry_run
    if not (yes or dry_run) and (as_json or not sys.stdin.isatty()):
        raise click.UsageError("nobody is there to be asked; give --yes")
    with Archive.open(archive) as opened, opened.writing():
        forgetting = Forgetting(opened, worker_id, installed().meanings())
        account = None if yes and not dry_run else _watched(forgetting, forgetting.rehearse)
        if account is not None and not dry_run:
            _show(account, err=True)
            click.confirm("Remove this? It cannot be undone.", abort=True, err=True)
        if not dry_run:
            account = _watched(forgetting, forgetting.run)
    with result():
        if as_json:
            print_json(account)
        elif account is not None:
            _show(account, err=False)
    _warn(archive, account, dry_run=dry_run)


def _watched(forgetting: Forgetting, work: Callable[[], Account]) -> Account:
    with counting("rows looked through") as forgetting.observe:
        return work()


def _show(account: Account, *, err: bool) -> None:
    lines = [(f"{table}: rows removed", count) for table, count in sorted(account.removed.items())]
    lines += [
        (f"{table}: rows of others that named the worker", count)
        for table, count in sorted(account.rewritten.items())
    ]
    show_table(("", "number"), lines, err=err)


def _warn(archive: Path, account: Account | None, *, dry_run: bool) -> None:
    """Say what is left elsewhere."""
    for one in account.elsewhere if account else ():
        place = f"{one.operation} {one.made_id or 'without an id'} at {one.adapter} {one.identity}"
        click.echo(shown(f"Warning: still there, remove it by hand: {place}"), err=True)
    for pattern in _COPIES:
        for copy in sorted(archive.parent.glob(f"{archive.name}{pattern}")):
            click.echo(f"Warning: an older copy holds everything still: {copy}", err=True)
    if dry_run:
        click.echo("dry run: nothing was removed", err=True)
