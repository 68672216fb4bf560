from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.boundary import result, stoppable
from mturk_exodus.cli.collect_freeing import freeing
from mturk_exodus.cli.collect_keeping import Collected, Keeping
from mturk_exodus.cli.host_options import database_option
from mturk_exodus.cli.offer_options import opened_offering
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table
from mturk_exodus.cli.targets_options import Aim, target_options
from mturk_exodus.errors import FilesRefused
from mturk_exodus.records import iso
from mturk_exodus.replay.offered import chosen
from mturk_exodus.replay.offers import Collects


@click.command("collect")
@archive_option
@target_options
@click.argument("offers", metavar="[STUDY]...", nargs=-1)
@database_option
@json_option
def command(
    archive: Path, aim: Aim, offers: tuple[str, ...], database: str | None, as_json: bool
) -> None:
    """Bring what became of participants back from a target into the archive.

    Assignments that were worked on at `exodus host` get the status that their submission has
    there: Submitted, Approved, Rejected. What was returned, ran out of time, or came without an
    answer is kept as a notification event. Nothing is changed at the target. Who has left a study
    and still holds a HIT at the host, gives its place to others. Without STUDY it reads all that
    this archive has made there; run it as often as you like.

    \b
    Exit status: 0; 10-19 the archive, or it has made no such study; 21-23 no such target, or a
    setting is missing; 24 nobody works at the target; 31-33 the target does not answer as it
    should; 53 some of what it says was not taken; 62 the host's database; 130 stopped: the same
    command goes on.
    """
    with (
        opened_offering(aim, Collects, "nobody comes to it from outside") as adapter,
        Archive.open(archive) as opened,
        opened.writing(),
        stoppable() as stop,
        counting("submissions") as tick,
        freeing(opened, database, adapter.name) as freed,
    ):
        makings = chosen(opened, adapter, offers)
        now = iso(datetime.now(timezone.utc))
        found = Keeping(opened, adapter, now).collect(makings, stop, tick, freed.over)
    if freed.places:
        one = freed.places == 1
        said = "1 place at the host is" if one else f"{freed.places:,} places at the host are"
        click.echo(f"{said} free again", err=True)
    with result():
        if as_json:
            print_json(_as_json(found))
        else:
            _show(found)
    refused = found.report.entries_refused + len(found.report.refused)
    if refused:
        raise FilesRefused(
            f"{refused:,} submissions are of a kind that is not known, and were not taken"
        )


def _show(found: Collected) -> None:
    show_table(("submissions that are", "number"), sorted(found.states.items()))
    lines = [
        ("with an answer in the archive", found.answered),
        ("over, without an answer in the archive", found.unanswered),
        ("under way; nothing is kept of them yet", found.under_way),
    ]
    click.echo()
    show_table(("of these", "number"), lines)
    if found.strange:
        click.echo(
            f"\n{found.strange:,} assignments were worked on under the id of somebody else's"
            " submission; they stay as they are"
        )


def _as_json(found: Collected) -> dict[str, object]:
    return {
        "states": dict(sorted(found.states.items())),
        "answered": found.answered,
        "unanswered": found.unanswered,
        "under_way": found.under_way,
        "strange": found.strange,
        "refused": found.report.entries_refused,
    }
