"""Drafts that an import made are opened to people, each once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.errors import (
    NoSuchRecord,
    OutcomeUnknown,
    TargetError,
    TargetNotUnderstood,
    TargetRejected,
)
from mturk_exodus.replay.adapter import Making
from mturk_exodus.replay.offered import chosen, noted
from mturk_exodus.replay.offers import Money, Offer, Publishing


@dataclass(frozen=True)
class Found:
    """Offers, as they were when somebody looked.

    Attributes:
        drafts: nobody has been let in to them.
        others: are open, or were.
    """

    drafts: Sequence[Offer]
    others: Sequence[Offer]

    @property
    def cost(self) -> Money | None:
        """Of all drafts, with fees and taxes; None if there is none."""
        if not self.drafts:
            return None
        amount = sum((one.cost.amount for one in self.drafts), Decimal(0))
        return Money(amount, self.drafts[0].cost.currency)


def look(archive: Archive, adapter: Publishing, wanted: Sequence[str]) -> Found:
    """The offers that are named, or all of this archive's. Nothing is changed anywhere.

    Raises:
        NoSuchRecord: one is not this archive's, or is gone.
        TargetNotUnderstood: they cost in several currencies.
        TargetError: as Publishes.offers.
    """
    found = list(adapter.offers(chosen(archive, adapter, wanted)))
    gone = set(wanted) - {one.target_id for one in found}
    if gone:
        raise NoSuchRecord(f"{adapter.title} has no {adapter.offer} {min(gone)} any more")
    if len({one.cost.currency for one in found if one.is_draft}) > 1:
        raise TargetNotUnderstood("they cost in several currencies; publish them one by one")
    return Found([one for one in found if one.is_draft], [one for one in found if not one.is_draft])


def publish(
    archive: Archive,
    adapter: Publishing,
    drafts: Sequence[Offer],
    arguments: Mapping[str, Any],
    tell: Callable[[str, str], None],
) -> None:
    """Let people in to each draft.

    Args:
        archive: keeps that it was done; whoever calls has the right to write to it.
        adapter: of the target.
        drafts: these, one after the other.
        arguments: what the person asked for.
        tell: is told the id of each, and its state then.

    Raises:
        TargetRejected: one is not any more what it was: somebody has changed it meanwhile.
        TargetError: as Publishes.publish; those before are open.
    """
    with noted(archive, adapter, "publish", arguments):
        for draft in drafts:
            tell(draft.target_id, _published(adapter, draft))


def _published(adapter: Publishing, draft: Offer) -> str:
    found = _now(adapter, draft)
    if found is not None and not found.is_draft:
        return found.state
    _refuse_changed(adapter, draft, found)
    try:
        return adapter.publish(draft.target_id)
    except (OutcomeUnknown, TargetNotUnderstood):
        # Whatever goes wrong in looking says nothing of whether it is open.
        with suppress(TargetError):
            found = _now(adapter, draft)
            if found is not None and not found.is_draft:
                return found.state
        raise OutcomeUnknown(
            f"it is not known whether {draft.target_id} was published: no answer came, or none of"
            f" {adapter.title}'s; run it again, it looks first"
        ) from None


def _now(adapter: Publishing, draft: Offer) -> Offer | None:
    """As it is there now."""
    return next(iter(adapter.offers([Making("", adapter.offer, draft.target_id)])), None)


def _refuse_changed(adapter: Publishing, draft: Offer, found: Offer | None) -> None:
    """Nobody has said yes to what somebody made of it since."""
    if found is None:
        raise NoSuchRecord(f"{adapter.title} has no {adapter.offer} {draft.target_id} any more")
    if (found.places, found.reward, found.cost) != (draft.places, draft.reward, draft.cost):
        raise TargetRejected(
            f"somebody has changed {draft.target_id} meanwhile: {found.places:,} places at"
            f" {found.reward} cost {found.cost} now; it was not published. Run it again"
        )
