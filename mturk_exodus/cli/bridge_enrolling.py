"""`exodus bridge --enrol`: what would change, a question, and the change."""

from __future__ import annotations

from collections.abc import Mapping

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.asking import ask
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.offer_options import opened_offering
from mturk_exodus.cli.options import print_json
from mturk_exodus.cli.progress import counting
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.cli.targets_options import Aim, summed
from mturk_exodus.errors import TargetRejected
from mturk_exodus.replay.enrolling import Enrolment, enrolment
from mturk_exodus.replay.enrolling import enrol as enter
from mturk_exodus.replay.groups import Enrols

_BEFORE, _AFTER = "to enter", "entered"


def enrol(
    archive: Archive, aim: Aim, known: Mapping[str, str], *, yes: bool, as_json: bool
) -> None:
    """Let those who are known into their groups.

    Args:
        archive: open.
        aim: which target.
        known: participants' ids by workers' ids.
        yes: whether nobody is asked.
        as_json: how the result is printed.

    Raises:
        NotOffered: the target has no groups.
        TargetRejected: the target does not know some of them.
    """
    with opened_offering(aim, Enrols, "it has no groups that workers could enter") as adapter:
        plan = enrolment(archive, adapter, known)
        if not yes:
            _show(plan, _BEFORE, err=True)
            ask(f"Let them in at {adapter.title}?")
        with counting("people") as tick:
            refused = enter(adapter, plan, summed(tick))
    with result():
        if as_json:
            print_json(_as_json(plan, refused))
        else:
            _show(plan, _AFTER)
    if refused:
        raise TargetRejected(f"{refused:,} were not let in: {adapter.title} does not know them")


def _show(plan: Enrolment, entering: str, *, err: bool = False) -> None:
    rows = [
        (
            one.title,
            one.called,
            one.known,
            0 if one.group_id is None else len(one.entering),
            one.unknown,
            "no" if one.group_id is None else "yes",
        )
        for one in plan.entries
    ]
    head = ("group", "belong there", "known", entering, "unknown", "is there")
    show_table(head, rows, err=err)
    click.echo(f"{plan.unknown:,} workers belong there, and are not known", err=err)
    if plan.strange:
        click.echo(f"{plan.strange:,} redeemed one under an id that is not the target's", err=err)
    if plan.not_made:
        click.echo(shown(f"{plan.not_made:,} groups are not made yet: exodus import"), err=err)


def _as_json(plan: Enrolment, refused: int) -> dict[str, object]:
    """Without anybody's id."""
    return {
        "groups": [
            {
                "title": one.title,
                "called": one.called,
                "known": one.known,
                "entering": 0 if one.group_id is None else len(one.entering),
                "unknown": one.unknown,
                "is_there": one.group_id is not None,
            }
            for one in plan.entries
        ],
        "unknown": plan.unknown,
        "strange": plan.strange,
        "refused": refused,
    }
