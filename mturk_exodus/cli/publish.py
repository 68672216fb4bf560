from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import click

from mturk_exodus.archive import Archive
from mturk_exodus.cli.asking import ask, refuse_unattended
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.offer_options import opened_offering, refuse_above, spending_options
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.cli.targets_options import Aim, target_options
from mturk_exodus.replay.offered import refuse_unaffordable
from mturk_exodus.replay.offers import Money, Offer, Publishes, Publishing
from mturk_exodus.replay.opening import Found, look, publish


@click.command("publish")
@archive_option
@target_options
@click.argument("offers", metavar="[STUDY]...", nargs=-1)
@spending_options
@json_option
def command(
    archive: Path,
    aim: Aim,
    offers: tuple[str, ...],
    at_most: Decimal | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Let people in to what an import has made at a target. This spends money.

    First it says what each STUDY costs, with fees, and what can be spent, and asks. Nothing but
    what this archive has made there is published, and nothing that is published already. Without
    STUDY it lists what there is, and publishes nothing.

    \b
    Exit status: 0; 10-19 the archive, or it has made no such study; 21-23 no such target, or a
    setting is missing; 24 the target lets nobody in; 31-33 the target does not answer as it
    should; 34 it refused, or the balance is too small; 35 it is not known whether it was
    published (run it again: it looks first); 130 stopped.
    """
    if offers:
        refuse_unattended(yes=yes, as_json=as_json)
    with (
        opened_offering(aim, Publishes, "it lets nobody in") as adapter,
        Archive.open(archive) as opened,
        opened.writing(),
    ):
        found = look(opened, adapter, offers)
        states: dict[str, str] = {}
        if offers and found.cost is not None:
            _confirm(adapter, found, found.cost, at_most, yes=yes)
            arguments = {"target": aim.target, "set": list(aim.given), "offers": list(offers)}
            publish(opened, adapter, found.drafts, arguments, _telling(found.drafts, states))
    with result():
        if as_json:
            every = [*found.drafts, *found.others]
            print_json([_as_json(one, states.get(one.target_id, one.state)) for one in every])
        else:
            _show(found, states, is_list=not offers)


def _confirm(
    adapter: Publishing, found: Found, cost: Money, at_most: Decimal | None, *, yes: bool
) -> None:
    refuse_above(at_most, cost)
    available = refuse_unaffordable(adapter, cost)
    if not yes:
        _table(found.drafts, {}, err=True)
        click.echo(
            shown(f"\nIn all {cost} with fees and taxes; {available} can be spent."), err=True
        )
        ask(f"Publish this at {adapter.title}, and spend {cost}?")


def _telling(drafts: Sequence[Offer], states: dict[str, str]) -> Callable[[str, str], None]:
    """Notes each that is published. Of several it is said at once: what fails after it must not
    hide it.
    """

    def tell(target_id: str, state: str) -> None:
        states[target_id] = state
        if len(drafts) > 1:
            click.echo(shown(f"{target_id} is {state}"), err=True)

    return tell


def _show(found: Found, states: dict[str, str], *, is_list: bool) -> None:
    _table([*found.drafts, *found.others], states)
    if is_list and found.drafts:
        click.echo("\nNothing was published; name what is to be.")
    elif not is_list and not found.drafts:
        click.echo("\nNone of it is a draft; nothing was published.")


def _table(offers: Sequence[Offer], states: dict[str, str], *, err: bool = False) -> None:
    rows = [
        (
            one.target_id,
            one.title,
            states.get(one.target_id, one.state),
            one.places,
            str(one.reward),
            str(one.cost),
        )
        for one in offers
    ]
    show_table(("id", "title", "state", "places", "reward", "cost with fees"), rows, err=err)


def _as_json(one: Offer, state: str) -> dict[str, object]:
    return {
        "id": one.target_id,
        "title": one.title,
        "state": state,
        "places": one.places,
        "currency": one.cost.currency,
        "reward": str(one.reward.amount),
        "cost": str(one.cost.amount),
    }
