"""Which offers an archive has made at a target, and whether the balance there suffices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from mturk_exodus.archive import ledger
from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.ledger import Ledger, Replay
from mturk_exodus.errors import NoSuchRecord, TargetRejected
from mturk_exodus.replay.adapter import Adapter, Making
from mturk_exodus.replay.offers import Money, Offers
from mturk_exodus.replay.outcome import ending

_MOST_NAMED = 10


class Offering(Adapter, Offers, Protocol):
    """An adapter that makes offers."""


def chosen(archive: Archive, adapter: Offering, wanted: Sequence[str]) -> list[Making]:
    """The offers that a person names by their ids there; all of this archive's if none is named.

    Raises:
        NoSuchRecord: this archive has made none, or not that one.
        TargetError: as Adapter.identity.
    """
    made = {one.target_id: one for one in _made(archive, adapter)}
    if not made:
        raise NoSuchRecord(
            f"this archive has made no {adapter.offer} at {adapter.title} with this account;"
            f" `exodus import --target {adapter.name}` makes them"
        )
    for name in wanted:
        if name not in made:
            known = ", ".join(list(made)[:_MOST_NAMED])
            more = f" and {len(made) - _MOST_NAMED:,} more" if len(made) > _MOST_NAMED else ""
            raise NoSuchRecord(
                f"{name!r} is no {adapter.offer} that this archive has made at {adapter.title};"
                f" it has made {known}{more}"
            )
    return [made[name] for name in dict.fromkeys(wanted)] if wanted else list(made.values())


def refuse_unaffordable(adapter: Offering, cost: Money) -> Money:
    """What can be spent, if it is enough. It is asked for before anybody is asked.

    Raises:
        TargetRejected: it is not.
        TargetError: as Offers.balance.
    """
    available = adapter.balance()
    if cost.currency != available.currency or cost.amount > available.amount:
        raise TargetRejected(
            f"that costs {cost}, and {adapter.title} has {available} left to spend; nothing was"
            " sent. Top it up there, and run it again"
        )
    return available


@contextmanager
def noted(
    archive: Archive, adapter: Adapter, command: str, arguments: Mapping[str, Any]
) -> Iterator[Replay]:
    """A command that is about to spend something, with how it ended, among the replays.

    Args:
        archive: whoever calls has the right to write to it.
        adapter: of the target.
        command: publish, bonus.
        arguments: what the person asked for; without secrets.
    """
    this = ledger.begin(archive, adapter.name, adapter.identity(), command, arguments)
    try:
        yield this
    except BaseException as error:
        ledger.end(archive, this, *ending(error))
        raise
    ledger.end(archive, this, "complete", "")


def _made(archive: Archive, adapter: Offering) -> list[Making]:
    target = ledger.known(archive, adapter.name, adapter.identity())
    there = [] if target is None else Ledger(archive, target).there(adapter.offer)
    return [Making(one.key, one.operation, one.made_id) for one in there]
