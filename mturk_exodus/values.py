"""What JSON holds, as what the archive's columns hold.

Times are ISO 8601 UTC with milliseconds and `Z`, money is exact decimal text, nested structures are
JSON text.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

Value = str | int | None

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ISO_8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
# SQLite's JSON functions refuse what is nested deeper than 1,000; MTurk's structures reach 4.
_DEEPEST = 100
_INT64 = range(-(2**63), 2**63)
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CanonicalTime(str):
    """A time that is known to be as the archive writes times; it is not looked at again."""

    __slots__ = ()


class InvalidRecord(ValueError):
    """A record that MTurk's model does not allow; the message names the member, not its value."""


def text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """Text as it is; a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD."""
    if not isinstance(value, str):
        raise InvalidRecord(f"is {json_type(value)}, not text")
    if value.isascii():
        return value
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)


def integer(value: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    """A whole number of at most 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
        raise InvalidRecord(f"is {json_type(value)}, not a whole number")
    return value


def boolean(value: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    """0 or 1."""
    if not isinstance(value, bool):
        raise InvalidRecord(f"is {json_type(value)}, not true or false")
    return int(value)


def money(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """US dollars as exact decimal text, as MTurk wrote it."""
    return _amount(text(value))


@lru_cache(1024)
def _amount(value: str) -> str:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidRecord("is not an amount of money") from None
    if not amount.is_finite() or abs(amount.adjusted()) > 18:  # noqa: PLR2004 - 18 digits
        raise InvalidRecord("is not an amount of money")
    return format(amount, "f")


def time(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """ISO 8601 UTC from epoch seconds (the wire) or from ISO 8601 text with a zone (dumps)."""
    if type(value) is CanonicalTime:
        return str(value)
    try:
        if isinstance(value, str):
            moment = _moment(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            moment = _EPOCH + timedelta(milliseconds=round(value * 1000))
        else:
            raise InvalidRecord(f"is {json_type(value)}, not a time")
        return iso(moment)
    except (ValueError, OverflowError) as error:
        if isinstance(error, InvalidRecord):
            raise
        raise InvalidRecord("is not a time") from None


def _moment(value: str) -> datetime:
    """The same on every Python: later ones read more forms, and a row's meaning must not change."""
    match = _ISO_8601.fullmatch(value)
    if match is None:
        raise InvalidRecord("is not a time")
    day, clock, fraction, zone = match.groups()
    if zone is None:
        raise InvalidRecord("is a time without a zone")
    offset = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '')[:6]:0<6}{offset}")


def structure(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """A nested structure or list as compact JSON."""
    if not isinstance(value, (dict, list)):
        raise InvalidRecord(f"is {json_type(value)}, not a structure")
    if not value:
        return "{}" if isinstance(value, dict) else "[]"
    if _is_deep(value, _DEEPEST):
        raise InvalidRecord("is nested too deep")
    return text(_compact(value))


def iso(moment: datetime) -> str:
    """The archive's one way to write a time: UTC, milliseconds, Z."""
    utc = moment.astimezone(timezone.utc)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """A time that is so written; Python 3.10 does not read the Z.

    Raises:
        ValueError: it is none.
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _is_deep(value: dict[Any, Any] | list[Any], depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    for item in inner:
        if isinstance(item, (dict, list)) and (depth == 1 or _is_deep(item, depth - 1)):
            return True
    return False


def json_type(value: object) -> str:
    """What kind of JSON value it is, in words."""
    names = {dict: "a structure", list: "a list", str: "text", bool: "true or false"}
    return names.get(type(value), "null" if value is None else "a number")
