"""What a person decides of a plan: the settings that it depends on, understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mturk_exodus import pay
from mturk_exodus.errors import SettingMissing
from mturk_exodus.replay.adapter import Setting
from mturk_exodus_prolific.mapping.requirements import KINDS
from mturk_exodus_prolific.shapes import is_id

OWN = "own"
UNKNOWN = "unknown"
_ANY = "any"
_NONE = "none"
_AS_MTURK, _MINIMUM = "mturk", "minimum"
_CURRENCIES = ("USD", "GBP")
_DEVICES = ("desktop", "tablet", "mobile")
_MOST_MINUTES = 690
_MOST_RATE = 100

SETTINGS = (
    Setting(
        "links",
        "the file that `exodus host --links --json` printed",
        default="links.jsonl",
        to_plan=True,
    ),
    Setting(
        "project",
        "own, for one of the archive's own, or the id of one that is there",
        default=OWN,
        to_plan=True,
    ),
    Setting(
        "pay",
        "mturk, and a HIT type that paid less than the minimum is not made; or minimum, and its"
        " reward is raised to that",
        default=_AS_MTURK,
        to_plan=True,
    ),
    Setting(
        "least_per_hour",
        "the minimum of an hour, in the workspace's currency",
        default="8.00",
        to_plan=True,
    ),
    Setting(
        "minutes_per_hit",
        "how long a HIT takes where the archive does not say; unknown, and it is not made",
        default=UNKNOWN,
        to_plan=True,
    ),
    Setting("currency", "the workspace's: USD or GBP", default="USD", to_plan=True),
    Setting(
        "rate",
        "what a dollar of MTurk's is worth in that currency; none, if that is USD",
        default=_NONE,
        to_plan=True,
    ),
    Setting(
        "devices",
        "on which tasks can be done: desktop, tablet, mobile with commas between them, or any",
        default="desktop",
        to_plan=True,
    ),
    Setting(
        "filters",
        f"which requirements become filters: {', '.join(KINDS)} with commas between them, or none",
        default=",".join(KINDS),
        to_plan=True,
    ),
)
"""Those that a plan depends on."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings.

    Attributes:
        links: a file.
        project: an id; None for one of the archive's own.
        raises: whether a reward below the minimum is raised to it.
        per_hour: the minimum, in hundredths.
        seconds: that a HIT takes of which nobody knows; None if that is not said.
        currency: USD or GBP.
        rate: what a dollar is worth in it.
        devices: none if all will do.
        filters: kinds of requirements.
    """

    links: str
    project: str | None
    raises: bool
    per_hour: int
    seconds: int | None
    currency: str
    rate: Decimal
    devices: tuple[str, ...]
    filters: tuple[str, ...]

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Terms:
        """Understand settings.

        Raises:
            SettingMissing: one is not what it may be.
        """
        said = {one.name: settings.get(one.name, one.default or "") for one in SETTINGS}
        currency = _one_of("currency", said, _CURRENCIES)
        return cls(
            links=said["links"],
            project=_project(said["project"]),
            raises=_one_of("pay", said, (_AS_MTURK, _MINIMUM)) == _MINIMUM,
            per_hour=_per_hour(said["least_per_hour"]),
            seconds=_seconds(said["minutes_per_hit"]),
            currency=currency,
            rate=_rate(said["rate"], currency),
            devices=_several("devices", said, _DEVICES, _ANY),
            filters=_several("filters", said, KINDS, _NONE),
        )


def _project(said: str) -> str | None:
    if said == OWN:
        return None
    if not is_id(said):
        raise SettingMissing(f"project: {OWN}, or an id of 24 letters a-f and digits")
    return said


def _per_hour(said: str) -> int:
    found = pay.cents(said)
    if not found:
        raise SettingMissing("least_per_hour: an amount like 8.00")
    return found


def _seconds(said: str) -> int | None:
    if said == UNKNOWN:
        return None
    return int(_number("minutes_per_hit", said, _MOST_MINUTES) * 60)


def _rate(said: str, currency: str) -> Decimal:
    """Nobody is paid in another currency by a rate that nobody has said."""
    if currency == _CURRENCIES[0]:
        if said != _NONE:
            raise SettingMissing(f"rate: {_NONE}, where the currency is {currency}, as MTurk's is")
        return Decimal(1)
    if said == _NONE:
        raise SettingMissing("rate: say how many pounds a dollar of MTurk's is worth, 0.79 say")
    return _number("rate", said, _MOST_RATE)


def _number(name: str, said: str, most: int) -> Decimal:
    try:
        number = Decimal(said)
    except InvalidOperation:
        number = Decimal(0)
    if not (number.is_finite() and 0 < number <= most):
        raise SettingMissing(f"{name}: a number greater than 0, {most} at most")
    return number


def _one_of(name: str, said: Mapping[str, str], allowed: tuple[str, ...]) -> str:
    if said[name] not in allowed:
        raise SettingMissing(f"{name}: it may be {' or '.join(allowed)}")
    return said[name]


def _several(
    name: str, said: Mapping[str, str], allowed: tuple[str, ...], nothing: str
) -> tuple[str, ...]:
    if said[name] == nothing:
        return ()
    parts = [one.strip() for one in said[name].split(",")]
    if not set(parts) <= set(allowed):
        raise SettingMissing(f"{name}: {', '.join(allowed)} with commas between them, or {nothing}")
    return tuple(one for one in allowed if one in parts)
