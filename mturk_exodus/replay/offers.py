"""What an adapter may have beside the contract, if people work at its target for money.

An *offer* is something that an import made and that people can be let in to: a study. Three
protocols, each for a command of its own; an adapter has those that its target can do.

    Publishes   `exodus publish`   people are let in to offers
    Collects    `exodus collect`   what became of those who came
    Pays        `exodus bonus`     money beyond the reward

Nothing here is repeated, waited for or written down by an adapter: that is done round it. Money is
Decimal, in whole units of its currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Protocol, runtime_checkable

from mturk_exodus.replay.adapter import JSON, Adapter, Making


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in whole units of a currency: `Decimal("1.50")` of USD."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """For people: `USD 1,234.50`, with more places if it has more."""
        places = max(2, -int(self.amount.normalize().as_tuple().exponent))
        return f"{self.currency} {self.amount:,.{places}f}"


@dataclass(frozen=True, slots=True)
class Offer:
    """What people can be let in to.

    Attributes:
        target_id: what the target calls it.
        title: as people see it.
        state: the target's word for how far it is.
        is_draft: whether nobody has been let in yet.
        places: for how many submissions it is.
        reward: of each.
        cost: of all of them, with fees and taxes.
    """

    target_id: str
    title: str
    state: str
    is_draft: bool
    places: int
    reward: Money
    cost: Money


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of somebody who was let in.

    Attributes:
        session_id: what the link told the host as the visit's id.
        worker_id: whose it is, as the link told the host, too.
        state: the target's word for how far it is.
        is_open: whether it is still under way, so that there is nothing to keep yet.
        record: what is kept of it.
    """

    session_id: str
    worker_id: str
    state: str
    is_open: bool
    record: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whose submission a bonus can be paid for.

    Attributes:
        session_id: the submission's.
        worker_id: whose it is.
    """

    session_id: str
    worker_id: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """Bonuses that a target is ready to pay, and has not paid.

    Attributes:
        set_up_id: what the target calls them.
        amount: what the recipients would get, as the target has understood it.
        fees: what the target would take.
        vat: the tax on that.
        total: what would leave the balance.
    """

    set_up_id: str
    currency: str
    amount: Decimal
    fees: Decimal
    vat: Decimal
    total: Decimal


@runtime_checkable
class Offers(Protocol):
    """What the three have in common.

    Attributes:
        offer: the operation of the actions that make offers: `study`.
        kept_as: the member with which everything begins that is kept of them. The source of files
            that has the adapter's name knows its records by it: `Submission`, with what the archive
            knows of it beside, or `Bonus`, in MTurk's members.
    """

    offer: ClassVar[str]
    kept_as: ClassVar[str]

    def balance(self) -> Money:
        """What can be spent now."""
        ...


@runtime_checkable
class Publishes(Offers, Protocol):
    """Lets people in."""

    def offers(self, makings: Sequence[Making], /) -> Iterator[Offer]:
        """These as they are now, without those that are gone. Nothing is changed."""
        ...

    def publish(self, target_id: str, /) -> str:
        """Let people in to a draft; its state then. It is sent once.

        Raises:
            TargetRejected: it was refused, for want of money say.
            OutcomeUnknown: people may have been let in: `offers` tells.
        """
        ...


@runtime_checkable
class Collects(Offers, Protocol):
    """Tells what became of those who came."""

    def submissions(self, making: Making, /) -> Iterator[Submission]:
        """All of an offer, in any order; one may come twice. None of what is gone."""
        ...


@runtime_checkable
class Pays(Offers, Protocol):
    """Pays what is beyond the reward.

    Attributes:
        most_at_once: how many recipients a set-up may have.
    """

    most_at_once: ClassVar[int]

    def recipients(self, target_id: str, /) -> Iterator[Recipient]:
        """Everyone whom a bonus can be paid to for an offer."""
        ...

    def received(self, session_ids: Sequence[str], /) -> Mapping[str, tuple[Decimal, ...]]:
        """The bonuses that were paid for each submission until now."""
        ...

    def set_up(self, target_id: str, amounts: Mapping[str, Decimal], /) -> SetUp:
        """Make ready to pay so much for each submission, by its id. Nothing is paid.

        Raises:
            TargetRejected: it was refused.
            OutcomeUnknown: it may be set up; nothing is paid all the same.
        """
        ...

    def pay(self, set_up_id: str, /) -> None:
        """Pay what is set up. It is sent once, and never again whatever the answer is.

        Raises:
            TargetRejected: it was refused, and nothing is paid.
            TargetRefused: as TargetRejected.
            TargetUnavailable: it did not arrive, and nothing is paid.
            OutcomeUnknown: it may be paid; `received` tells, after a while.
        """
        ...


class Publishing(Adapter, Publishes, Protocol):
    """An adapter whose target lets people in."""


class Collecting(Adapter, Collects, Protocol):
    """An adapter whose target tells what became of them."""


class Paying(Adapter, Pays, Protocol):
    """An adapter whose target pays them."""
