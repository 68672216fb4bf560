"""What the commands share that have to do with people at a target: publish, collect, bonus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import click

from mturk_exodus.cli.targets_options import Aim, Command, opened_adapter
from mturk_exodus.errors import NotOffered, TargetRejected
from mturk_exodus.replay import registry
from mturk_exodus.replay.bonus_file import amount
from mturk_exodus.replay.offers import Money


def _amount(_context: click.Context, _option: click.Parameter, value: str | None) -> Decimal | None:
    found = None if value is None else amount(value)
    if value is not None and found is None:
        raise click.BadParameter("write it as 12.50")
    return found


def spending_options(command: Command) -> Command:
    """`--at-most` and `--yes`."""
    at_most = click.option(
        "--at-most",
        callback=_amount,
        metavar="AMOUNT",
        help="Refuse to spend more than this, fees and taxes included, in the target's currency.",
    )
    yes = click.option("--yes", is_flag=True, help="Spend it without asking.")
    return at_most(yes(command))


@contextmanager
def opened_offering(aim: Aim, offers: type, why_not: str) -> Iterator[Any]:
    """The adapter of a target that has one of the protocols of `replay.offers`.

    Args:
        aim: which target.
        offers: the protocol.
        why_not: what is to be said of a target that has it not.

    Raises:
        NotOffered: it has not.
        AdapterError: as opened_adapter.
    """
    found: object = registry.adapter(aim.target)
    # A class has what its instances have: no setting need be given to be told this.
    if not isinstance(found, offers):
        raise NotOffered(f"this command is not for {aim.target}: {why_not}")
    with opened_adapter(aim) as adapter:
        yield adapter


def refuse_above(at_most: Decimal | None, cost: Money) -> None:
    """Keep to what a person allows.

    Raises:
        TargetRejected: it costs more.
    """
    if at_most is not None and cost.amount > at_most:
        raise TargetRejected(f"that costs {cost}, more than --at-most {at_most}; nothing was sent")
