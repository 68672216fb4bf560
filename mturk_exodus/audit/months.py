"""Months along an axis, those without anything among them; years where months are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_MOST = 180


def between(first: str, last: str) -> list[str]:
    """Every month from one to another, `YYYY-MM` both."""
    begin, end = _number(first), _number(last)
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(begin, end + 1)]


def axis(months: Iterable[str]) -> tuple[str, ...]:
    """What stands along it: months, or years, or, if even these are too many, those that count."""
    counted = sorted(set(months))
    if not counted:
        return ()
    if _number(counted[-1]) - _number(counted[0]) < _MOST:
        return tuple(between(counted[0], counted[-1]))
    first, last = int(counted[0][:4]), int(counted[-1][:4])
    if last - first < _MOST:
        return tuple(f"{year:04}" for year in range(first, last + 1))
    return tuple(sorted({month[:4] for month in counted}))


def along(places: tuple[str, ...], by_month: Mapping[str, int]) -> tuple[int, ...]:
    """What each place of the axis has."""
    sums = dict.fromkeys(places, 0)
    length = len(places[0]) if places else 0
    for month, number in by_month.items():
        sums[month[:length]] += number
    return tuple(sums.values())


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1
