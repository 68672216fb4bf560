"""fees.toml: rules of MTurk's fee that differ from those published; people write it.

    [[fee]]
    since = "2019-01-01"
    share = 0.15
    many = 20

A rule holds from its day on, until the next. What it does not say is as in the rule before it:
here, the published one of 2015. `share`, `share_of_many` and `share_of_masters` are parts of 1;
`least` and `step` (what a fee is rounded to) are dollars; `many` is a number of assignments.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from mturk_exodus.audit import toml_tables
from mturk_exodus.audit.fees import PUBLISHED, Fees, Rule
from mturk_exodus.errors import FeesUnreadable

_MANY = "many"
_SHARES = ("share", "share_of_many", "share_of_masters")
_SMALLEST = Decimal("0.000001")
_LARGEST = 1_000


def read(path: Path) -> Fees:
    """The published rules with those of a file among them.

    Raises:
        FeesUnreadable: it cannot be read, or does not say what it must.
    """
    told: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(toml_tables.tables(path, "fee", FeesUnreadable), 1):
        where = f"fee {number} in {path}"
        since = _checked(where, one)
        if since in told:
            raise FeesUnreadable(f"{path} has two fees since {since}; leave one")
        told[since] = one
    return Fees(_together(told))


def _together(told: dict[str, dict[str, Any]]) -> tuple[Rule, ...]:
    published = {rule.since: rule for rule in PUBLISHED}
    rules = [PUBLISHED[0]]
    for since in sorted({*published, *told}):
        before = published.get(since, rules[-1])
        rules.append(replace(before, **{**told.get(since, {}), "since": since}))
    return tuple(rules[1:])


def _checked(where: str, told: dict[str, Any]) -> str:
    """Since when it holds; the numbers in it become exact."""
    known = [one.name for one in fields(Rule)]
    if unknown := sorted(told.keys() - set(known)):
        raise FeesUnreadable(
            f"{where} has {unknown[0]!r}, which is unknown; there are {', '.join(known)}"
        )
    since = _day(where, told.get("since"))
    for name in told.keys() - {"since"}:
        told[name] = _number(f"{name} of {where}", name, told[name])
    return since


def _day(where: str, value: object) -> str:
    try:
        # TOML has dates of its own; a text may be one as well.
        day = date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise FeesUnreadable(f'since of {where} must be a day, such as "2019-01-01"') from None
    if day < PUBLISHED[0].since:
        raise FeesUnreadable(f"since of {where} is before MTurk was: {PUBLISHED[0].since}")
    return day


def _number(which: str, name: str, value: object) -> int | Decimal:
    number = None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
    if name == _MANY:
        if number is None or isinstance(value, Decimal) or number < 1:
            raise FeesUnreadable(f"{which} must be a number of assignments")
        return int(number)
    least = _SMALLEST if name == "step" else Decimal(0)
    most = 1 if name in _SHARES else _LARGEST
    if number is None or not number.is_finite() or not least <= number <= most:
        kind = "a part of 1, such as 0.2" if name in _SHARES else "an amount of dollars, as 0.01"
        raise FeesUnreadable(f"{which} must be {kind}")
    return number
