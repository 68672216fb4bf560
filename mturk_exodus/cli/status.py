from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.archive import Archive, gaps
from mturk_exodus.archive.overview import overview
from mturk_exodus.archive.summary import lines, run_rows, tables
from mturk_exodus.archive.testimony import REQUESTER_API
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.tables import show_summary, show_table


@click.command("status")
@archive_option
@json_option
def command(archive: Path, as_json: bool) -> None:
    """What is in an archive, which runs gave it, what is still to fetch.

    \b
    Exit status: 0; 10-17 the archive cannot be read.
    """
    with Archive.open(archive, read_only=True) as opened:
        facts = {name: opened.info(name) for name in ("archive_id", "account", "endpoint")}
        held, runs = tables(opened), run_rows(opened)
        operations, missing = lines(opened), gaps.count(opened)
        of_files = overview(opened)
    if as_json:
        print_json(
            facts
            | {
                "rows": held,
                "runs": runs,
                "operations": operations,
                "gaps": missing,
                "overview": of_files,
            }
        )
        return
    for name, fact in facts.items():
        click.echo(f"{name}: {fact or 'unknown'}")
    click.echo()
    show_table(("table", "rows"), list(held.items()))
    click.echo()
    show_table(
        ("run", "of pass", "source", "started", "ended", "outcome", "calls"),
        [
            (
                str(run["run_id"]),
                str(run["pass_id"]),
                run["source"],
                run["started_at"],
                run["ended_at"] or "-",
                run["outcome"] or "cut off",
                sum(run["calls"].values()),
            )
            for run in runs
        ],
    )
    click.echo()
    if any(run["source"] == REQUESTER_API for run in runs):
        show_summary(operations)
        click.echo(f"\nstill missing: {missing.description or 'nothing that MTurk answered for'}")
    for kind, number in of_files.gaps.items():
        click.echo(f"gaps: {number:,} {kind}")
