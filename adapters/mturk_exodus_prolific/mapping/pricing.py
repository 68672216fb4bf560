"""What a visit takes and pays. No reward is raised or cut without a word."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil, sqrt

from mturk_exodus import pay
from mturk_exodus.replay.adapter import Fidelity
from mturk_exodus_prolific.mapping.terms import Terms

_LONGEST = 690
"""Minutes of the longest study: what it is allowed at least is then still less than a day."""
_A_DAY = 24 * 60

Note = tuple[str, Fidelity, str]
"""A field, how much of it survives, and why."""

_REWARD, _TIME = "HIT.Reward", "Assignment.SubmitTime"
_DURATION = "HIT.AssignmentDurationInSeconds"
_NO_TIME = (
    "nobody knows how long it takes, so that it is not made: say --set minutes_per_hit=...,"
    " as you would pay for it"
)
_LONG = f"it takes longer than the {_LONGEST} minutes that a study may be said to take"
_UNPAID = "nobody knows what it paid"


@dataclass(frozen=True, slots=True)
class Price:
    """What is said to participants of a visit.

    Attributes:
        minutes: that it takes.
        reward: hundredths of the currency.
    """

    minutes: int
    reward: int


def price_of(
    reward: str | None, hits: int, seconds: int | None, terms: Terms
) -> tuple[Price | None, list[Note]]:
    """The price of a visit, or None if it is not made; and what is to be told of it.

    Args:
        reward: of one HIT, in dollars.
        hits: in the visit.
        seconds: that one HIT took.
        terms: what a person decided.
    """
    if seconds is None:
        seconds = terms.seconds
    if seconds is None:
        return None, [(_TIME, Fidelity.MANUAL, _NO_TIME)]
    said = pay.minutes(seconds, hits)
    minutes = min(said, _LONGEST)
    notes: list[Note] = [(_TIME, Fidelity.APPROXIMATE, _LONG)] if said > minutes else []
    least, paid = pay.least(said, terms.per_hour), _converted(reward, hits, terms)
    if paid is not None and paid >= least:
        return Price(minutes, paid), notes + _exchanged(reward, hits, paid, terms)
    what = _what(paid, hits, said, least, terms)
    if not terms.raises:
        return None, [*notes, (_REWARD, Fidelity.MANUAL, f"{what}: not made")]
    raised = f"{what}: raised to that, as `pay` says"
    return Price(minutes, least), [*notes, (_REWARD, Fidelity.APPROXIMATE, raised)]


def allowed_minutes(minutes: int, duration: int | None, hits: int) -> tuple[int, list[Note]]:
    """How long a participant may take, and what is to be told of it.

    Prolific allows 2 + 2t + 2√t minutes at least, and less than a day (API reference,
    "maximum_allowed_time"; the guide to submissions).

    Args:
        minutes: that it takes.
        duration: AssignmentDurationInSeconds.
        hits: in the visit.
    """
    floor = ceil(2 + 2 * minutes + 2 * sqrt(minutes))
    if duration is None:
        return floor, []
    wanted = ceil(duration * hits / 60)
    allowed = max(floor, min(wanted, _A_DAY - 1))
    if allowed == wanted:
        return allowed, []
    why = "less than a day is allowed" if allowed < wanted else "more is allowed for what it takes"
    return allowed, [(_DURATION, Fidelity.APPROXIMATE, f"{why} at Prolific")]


def _converted(reward: str | None, hits: int, terms: Terms) -> int | None:
    cents = pay.cents(reward)
    if not cents:
        return None
    return int((cents * hits * terms.rate).quantize(Decimal(1), ROUND_HALF_UP))


def _exchanged(reward: str | None, hits: int, paid: int, terms: Terms) -> list[Note]:
    cents = pay.cents(reward) or 0
    if terms.currency == "USD" and paid == cents * hits:
        return []
    said = f"${pay.dollars(cents * hits)} is {_money(paid, terms)}, at the rate of {terms.rate}"
    return [(_REWARD, Fidelity.APPROXIMATE, said)]


def _what(paid: int | None, hits: int, minutes: int, least: int, terms: Terms) -> str:
    """Both figures."""
    hour, needed = _money(terms.per_hour, terms), _money(least, terms)
    got = _UNPAID if paid is None else f"it paid {_money(paid, terms)}"
    visit = f"a visit of {hits} HITs" if hits > 1 else "a HIT"
    return f"{got}, and {visit} of {minutes} min must pay {needed} at {hour} an hour"


def _money(amount: int, terms: Terms) -> str:
    return f"{'$' if terms.currency == 'USD' else '£'}{pay.dollars(amount)}"
