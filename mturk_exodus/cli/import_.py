from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mturk_exodus.archive import Archive
from mturk_exodus.archive.selection import Selection
from mturk_exodus.cli.asking import ask, refuse_unattended
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.losses import plan_as_json, show_plan
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.cli.targets_options import (
    Aim,
    accepting,
    opened_adapter,
    selection_options,
    summed,
    target_options,
    told,
)
from mturk_exodus.errors import Interrupted, TargetRejected
from mturk_exodus.replay import history
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.beside import KeepsHistory
from mturk_exodus.replay.files import write_files
from mturk_exodus.replay.outcome import Outcome
from mturk_exodus.replay.replaying import Replayed, plan, replay
from mturk_exodus.replay.undo import Undone, to_undo, undo


@click.command("import")
@archive_option
@target_options
@selection_options
@click.option("--undo", "take_back", is_flag=True, help="Remove what imports have made there.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Send nothing; write what would be made to this new folder, as files that the target"
    " itself exports.",
)
@click.option(
    "--accept-insecure-target",
    "accepts",
    is_flag=True,
    help="Bring workers to a Turkle on which any of them could make himself an administrator.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(
    archive: Path,
    aim: Aim,
    chosen: Selection,
    take_back: bool,
    out: Path | None,
    accepts: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put an archive to work at a target: what it lacks is made there, exactly once.

    First it says what would be made and what would be lost, and asks. What has been made is
    written down in the archive, so the same command goes on after an interruption, adds what is
    new after another export, and makes nothing twice. `--undo` removes what was made, and nothing
    else.

    \b
    Exit status: 0; 10-19 the archive cannot be read or written; 21-23 no such target, or a
    setting is missing; 31 the target does not answer (run it again); 32 it does not let us in;
    33 it is something else; 34 it refused some; 35 it is not known what happened (run it again);
    130 stopped: the same command goes on.
    """
    if out is not None:
        if take_back:
            raise click.UsageError("--out sends nothing, so there is nothing for --undo")
        _to_files(archive, aim, chosen, out, as_json=as_json)
        return
    if take_back and chosen != Selection():
        raise click.UsageError("--undo takes back everything; leave --only and its kin out")
    refuse_unattended(yes=yes, as_json=as_json)
    with (
        opened_adapter(accepting(aim) if accepts else aim) as adapter,
        Archive.open(archive) as opened,
        opened.writing(),
    ):
        work = _undo if take_back else _import
        work(opened, adapter, chosen, told(aim, chosen), yes=yes, as_json=as_json)


def _import(
    archive: Archive,
    adapter: Adapter,
    chosen: Selection,
    arguments: dict[str, Any],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    adapter.identity()
    if not yes:
        show_plan(*plan(archive, adapter, chosen), err=True)
        ask(f"Make this at {adapter.title}?")
    with stoppable() as stop, counting("actions") as tick:
        done = replay(
            archive, adapter, chosen, arguments=arguments, stop=stop, progress=summed(tick)
        )
    left = None if done.stopped else _history(archive, adapter, chosen)
    with result():
        if as_json:
            said = {**plan_as_json(done.plan, done.losses), "outcome": done.outcome}
            print_json({**said, "loading": left} if left else said)
        else:
            _show(done.outcome)
            if left:
                click.echo(f"Finished work is loaded on {adapter.title}'s machine by: {left}")
    _end(done)


def _history(archive: Archive, adapter: Adapter, chosen: Selection) -> str | None:
    """The command that loads what was done before, if the target wants it in a file."""
    if not isinstance(adapter, KeepsHistory):
        return None
    path = archive.path.with_suffix(f".{adapter.name}-history.jsonl")
    return adapter.loading(str(path)) if history.write(archive, adapter, path, chosen) else None


def _to_files(archive: Path, aim: Aim, chosen: Selection, out: Path, *, as_json: bool) -> None:
    with (
        opened_adapter(aim, to_plan=True) as adapter,
        Archive.open(archive, read_only=True) as opened,
    ):
        names = write_files(opened, adapter, out, chosen)
    with result():
        if as_json:
            print_json({"folder": str(out), "files": names})
        else:
            click.echo(f"{len(names):,} files in {out}")


def _undo(
    archive: Archive,
    adapter: Adapter,
    _chosen: Selection,
    arguments: dict[str, Any],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    there = to_undo(archive, adapter)
    if not yes:
        show_table(("to be removed", "number"), sorted(there.made.items()), err=True)
        ask(f"Remove this from {adapter.title}?")
    if there.unknown:
        click.echo(
            f"Warning: {there.unknown:,} more may have been made; an import finds that out, and an"
            " undo after it removes them",
            err=True,
        )
    with stoppable() as stop, counting("actions") as tick:
        done = undo(archive, adapter, arguments=arguments, stop=stop, progress=summed(tick))
    with result():
        if as_json:
            print_json(done)
        else:
            _show_undone(done)
    if done.stopped:
        raise Interrupted("stopped; the same command goes on")
    if done.kept:
        raise TargetRejected(f"{done.kept:,} were kept; the reasons are told with the result")


def _show(outcome: Outcome) -> None:
    lines = [
        ("made", outcome.made),
        ("there already, and found", outcome.found),
        ("brought up to date", outcome.revised),
        ("changed there since, and kept", outcome.kept),
        ("as they should be", outcome.same),
        ("refused", outcome.failed),
        ("waiting for something that was refused", outcome.skipped),
    ]
    show_table(("", "actions"), lines)
    for reason, count in outcome.reasons.items():
        click.echo(shown(f"{count:,}: {reason}"))


def _show_undone(done: Undone) -> None:
    show_table(("", "actions"), [("removed", done.removed), ("kept", done.kept)])
    for reason, count in done.reasons.items():
        click.echo(shown(f"{count:,} kept: {reason}"))


def _end(done: Replayed) -> None:
    if done.stopped:
        raise Interrupted("stopped; the same command goes on")
    if not done.outcome.is_whole:
        raise TargetRejected(
            f"{done.outcome.failed + done.outcome.skipped:,} actions did not happen; the rest did."
            " The same command tries them again"
        )
