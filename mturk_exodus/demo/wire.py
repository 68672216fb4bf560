"""Ids and times in the form in which MTurk's replies carry them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

ID_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SECOND = 1000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def moment(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Milliseconds since the epoch of a time of 2026, UTC."""
    when = datetime(2026, month, day, hour, minute, tzinfo=timezone.utc)
    return (when - _EPOCH) // timedelta(milliseconds=1)


def epoch(milliseconds: int) -> float:
    """A time as JSON 1.1 gives it: a number of seconds, with a fraction where there is one."""
    seconds, rest = divmod(milliseconds, SECOND)
    return milliseconds / SECOND if rest else seconds


def between(rng: Random, first: int, last: int) -> int:
    """A time in `first`..`last`; most are whole seconds, like most of MTurk's."""
    chosen = rng.randint(first, max(first, last))
    whole = chosen - chosen % SECOND
    return whole if whole >= first and happens(rng, 0.7) else chosen


def happens(rng: Random, share: float) -> bool:
    """True in `share` of the cases."""
    return rng.random() < share


def new_id(rng: Random) -> str:
    """An id of 30 characters, as HITs, assignments, HIT types and qualification types have."""
    return "3" + "".join(rng.choices(ID_ALPHABET, k=29))


def worker_ids(rng: Random, count: int) -> list[str]:
    """`count` different invented worker ids: an A and 12 or 13 characters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["A" + "".join(rng.choices(ID_ALPHABET, k=rng.choice((12, 13))))] = None
    return list(found)


def pick_workers(rng: Random, pool: list[str], count: int) -> list[str]:
    """`count` different workers of `pool`: a few do most of the work, as everywhere."""
    picked: dict[str, None] = {}
    while len(picked) < count:
        picked[pool[int(len(pool) * rng.random() ** 2)]] = None
    return list(picked)
