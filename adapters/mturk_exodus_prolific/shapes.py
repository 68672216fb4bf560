"""What Prolific answers, as far as we look at it. Whatever else comes is not understood.

All amounts are in hundredths of the workspace's currency (cents, pence), as in its replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from mturk_exodus.replay.shapes import JSON, Members, Shapes

_SHAPES = Shapes("Prolific")
parsed = _SHAPES.parsed
members = _SHAPES.members
items = _SHAPES.items
text = _SHAPES.text
not_understood = _SHAPES.not_understood

_LARGEST = 10**12
"""Of an amount, in cents."""

is_id = re.compile(r"[a-f\d]{24}", re.ASCII).fullmatch
"""Whether a text is an id of Prolific's (API reference, "Submissions")."""


@dataclass(frozen=True, slots=True)
class Named:
    """A workspace or a project."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A workspace's wallet; what is available is not held for studies that are published."""

    currency: str
    total: int
    available: int


@dataclass(frozen=True, slots=True)
class Wage:
    """What an hour must pay at least, and what Prolific recommends."""

    currency: str
    least: int
    recommended: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs: the participants' part, Prolific's and the tax on that. Fees may have a
    fraction of a cent.
    """

    currency: str
    rewards: Decimal
    fees: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.rewards + self.fees + self.tax


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter; its choices by key, and none if it is a range."""

    id: str
    title: str
    kind: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """A participant group. One that was deleted is still there to be read."""

    id: str
    name: str
    description: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class StudyShort:
    """A study as lists give it."""

    id: str
    name: str
    internal_name: str
    status: str


@dataclass(frozen=True, slots=True)
class Study:
    """A study; its members by their names there."""

    id: str
    status: str
    members: Members

    @property
    def is_draft(self) -> bool:
        """Whether nobody can see it yet, and everything of it can be changed."""
        return self.status == "UNPUBLISHED"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a participant did, or is doing, in a study.

    Attributes:
        status: RESERVED, ACTIVE, TIMED-OUT, AWAITING REVIEW, APPROVED, PARTIALLY APPROVED,
            RETURNED, REJECTED, SCREENED OUT, or one that we do not know.
        entered_code: with which it ended; None if without one.
        bonus_payments: that were paid; only a submission that was asked for by itself says them.
        raw: as it came.
    """

    id: str
    participant_id: str
    status: str
    started_at: str | None
    completed_at: str | None
    entered_code: str | None
    bonus_payments: tuple[int, ...]
    raw: Members


@dataclass(frozen=True, slots=True)
class BonusSet:
    """Bonuses that are set up, and not paid before they are told to be. Prolific's own example has
    fees of 283.34 cents.
    """

    id: str
    study_id: str
    amount: Decimal
    fees: Decimal
    vat: Decimal
    total: Decimal


def named(value: JSON, what: str) -> Named:
    """A workspace or a project."""
    one = members(value, what)
    return Named(identifier(one.get("id"), what), text(one.get("title"), what))


def balance(value: JSON, what: str) -> Balance:
    """What `/balance/` answers."""
    one = members(value, what)
    return Balance(
        text(one.get("currency_code"), what),
        whole(one.get("total_balance"), what),
        whole(one.get("available_balance"), what),
    )


def wage(value: JSON, what: str) -> Wage:
    """One of `/reward-recommendations/`."""
    one = members(value, what)
    return Wage(
        text(one.get("currency"), what),
        whole(one.get("min_reward_per_hour"), what),
        whole(one.get("recommended_reward_per_hour"), what),
    )


def cost(value: JSON, what: str) -> Cost:
    """One half of `/studies/{id}/cost/`: `rewards` or `bonuses`."""
    one = members(value, what)
    parts = [members(one.get(name), what) for name in ("rewards", "fees", "tax")]
    amounts = [amount(part.get("amount"), what) for part in parts]
    return Cost(text(parts[0].get("currency"), what), *amounts)


def filter_(value: JSON, what: str) -> Filter:
    """One of `/filters/`."""
    one = members(value, what)
    choices = one.get("choices") or {}
    return Filter(
        text(one.get("filter_id"), what),
        text(one.get("title"), what),
        text(one.get("type"), what),
        {key: text(label, what) for key, label in members(choices, what).items()},
    )


def group(value: JSON, what: str) -> Group:
    """One of `/participant-groups/`."""
    one = members(value, what)
    return Group(
        identifier(one.get("id"), what),
        text(one.get("name"), what),
        text(one.get("description") or "", what),
        one.get("is_deleted") is True,
    )


def study_short(value: JSON, what: str) -> StudyShort:
    """A study of a list."""
    one = members(value, what)
    return StudyShort(
        identifier(one.get("id"), what),
        text(one.get("name"), what),
        text(one.get("internal_name") or "", what),
        text(one.get("status"), what),
    )


def study(value: JSON, what: str) -> Study:
    """A study by itself."""
    one = members(value, what)
    return Study(identifier(one.get("id"), what), text(one.get("status"), what), one)


def submission(value: JSON, what: str) -> Submission:
    """A submission: in a list its participant is `participant_id` and its code `study_code`, by
    itself `participant` and `entered_code`.
    """
    one = members(value, what)
    bonuses = items(one.get("bonus_payments") or [], what)
    return Submission(
        identifier(one.get("id"), what),
        text(one.get("participant_id") or one.get("participant"), what),
        text(one.get("status"), what),
        _text_or_none(one.get("started_at"), what),
        _text_or_none(one.get("completed_at"), what),
        _text_or_none(one.get("entered_code") or one.get("study_code"), what),
        tuple(whole(each, what) for each in bonuses),
        one,
    )


def bonus_set(value: JSON, what: str) -> BonusSet:
    """What setting up bonuses is answered with."""
    one = members(value, what)
    return BonusSet(
        text(one.get("id"), what),
        text(one.get("study"), what),
        *(amount(one.get(name), what) for name in ("amount", "fees", "vat", "total_amount")),
    )


def identifier(value: JSON, what: str) -> str:
    """An id, which can stand in a path."""
    return value if isinstance(value, str) and is_id(value) else not_understood(what)


def whole(value: JSON, what: str) -> int:
    """A whole number, `800` or `800.0`: Prolific's own records have both."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        not_understood(what)
    return value


def amount(value: JSON, what: str) -> Decimal:
    """A number of cents, with a fraction or without."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        not_understood(what)
    # A number of JSON's may have any length; NaN is not even less than infinity.
    if not abs(value) <= _LARGEST:
        not_understood(what)
    return Decimal(str(value))


def _text_or_none(value: JSON, what: str) -> str | None:
    return None if value is None else text(value, what)
