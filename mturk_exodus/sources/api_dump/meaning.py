"""What the members of a dumped record mean, in all the ways that people's programs write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from mturk_exodus import records
from mturk_exodus.archive.tables import TABLES
from mturk_exodus.records import CanonicalTime, InvalidRecord, Member
from mturk_exodus.sources.api_dump.python_reprs import scan
from mturk_exodus.sources.api_dump.shapes import FORMERLY
from mturk_exodus.sources.interface import Derived
from mturk_exodus.sources.java_dates import iso_of

_RECORDS = {table.name: table.record for table in TABLES}
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)
_DIGITS = re.compile(r"[-+]?\d{1,19}", re.ASCII)
# The first one is March 1973 in milliseconds, the year 5138 in seconds; the second, that again.
_MILLISECONDS = 1e11
_NO_TIME = 1e14
_LONGEST_TIME = 200
_CENTS = 2
_ONE_OF_MANY = {"IntegerValue": "IntegerValues", "LocaleValue": "LocaleValues"}


def derive(table: str, raw: Mapping[str, Any]) -> Derived:
    """A record's members as `records.from_wire` takes them, and those that mean nothing."""
    record = _RECORDS.get(table)
    if record is None or not isinstance(raw, Mapping):
        return Derived({})
    wire: dict[str, Any] = {}
    unreadable = []
    for _, member in records.members(record):
        name, value = _said(member, raw)
        if value is None or value == "":
            continue
        try:
            wire[member.name] = _read(member, value)
        except (InvalidRecord, ArithmeticError, TypeError, ValueError, RecursionError):
            unreadable.append(name)
    return Derived(wire, tuple(unreadable))


def _said(member: Member, raw: Mapping[str, Any]) -> tuple[str, Any]:
    """What a record calls a member, and what it says."""
    if member.of_files:
        return member.name, None
    for name in (member.name, *_FORMER.get(member.name, ())):
        if raw.get(name) is not None:
            return name, raw[name]
    return member.name, None


def _read(member: Member, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A value that the member's own converter takes."""
    if member.required and isinstance(value, str):
        value = value.strip()
    reader = _BY_NAME.get(member.name) or _READERS.get(member.convert)
    if reader is not None:
        value = reader(value)
    converted = member.convert(value)
    return CanonicalTime(converted) if member.convert is records.time else value


def _time(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return _time_of(value.strip()[:_LONGEST_TIME])
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) > _NO_TIME:
            raise InvalidRecord("is not a time")
        return value / 1000 if abs(value) > _MILLISECONDS else value
    return value


def _time_of(text: str) -> str:
    if text.startswith("datetime.datetime("):
        text = str(scan(text, 0)[0])
    match = _TIME.fullmatch(text)
    if match is None:
        java = iso_of(text)
        if java is None:
            raise InvalidRecord("is not a time")
        return java
    day, clock, fraction, zone = match.groups()
    return f"{day}T{clock}.{(fraction or '')[:6].ljust(6, '0')}{_offset(zone)}"


def _offset(zone: str) -> str:
    if zone in {"Z", "UTC", "GMT"}:
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _money(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """An amount; the API before 2017 says of which currency."""
    if isinstance(value, dict):
        if value.get("CurrencyCode", "USD") != "USD":
            raise InvalidRecord("is not in US dollars")
        return _money(value.get("Amount"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _with_cents(Decimal(repr(value)))
    return value.strip().removeprefix("$") if isinstance(value, str) else value


def _with_cents(amount: Decimal) -> str:
    """A number has lost the zeros that MTurk writes: 0.5 was 0.50."""
    text = records.money(str(amount))
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(_CENTS, '0')}"


def _integer(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A whole number; pandas makes a float of it where one is missing in its column."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        return int(value)
    return value


def _boolean(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    return value


def _structure(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    json.dumps(value, allow_nan=False)
    return value


def _requirements(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A list of requirements; the API before 2017 gives one alone without its list."""
    given = [value] if isinstance(value, dict) else value
    if isinstance(given, list):
        given = [_requirement(one) if isinstance(one, dict) else one for one in given]
    return _structure(given)


def _requirement(given: Mapping[str, Any]) -> dict[str, Any]:
    """A requirement, whose values are lists since 2017."""
    requirement: dict[str, Any] = {}
    for name, value in given.items():
        if name in _ONE_OF_MANY:
            values = value if isinstance(value, list) else [value]
            requirement[_ONE_OF_MANY[name]] = [_integer(one) for one in values]
        else:
            requirement[name] = _boolean(value) if name == "RequiredToPreview" else value
    return requirement


_FORMER = {
    "QualificationRequirements": ("QualificationRequirement",),
    **{now: (before,) for before, now in FORMERLY.items()},
}

_READERS: Mapping[Callable[[Any], records.Value], Callable[[Any], Any]] = {
    records.time: _time,
    records.money: _money,
    records.integer: _integer,
    records.boolean: _boolean,
    records.structure: _structure,
}
_BY_NAME = {"QualificationRequirements": _requirements}
