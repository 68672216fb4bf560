"""What must be true of a worker's qualification: a participant group for each such thing.

A group at Prolific has members and no values, so that `score > 80` and `score > 90` are two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

BLOCKED = "group:blocked"
"""The key of the group of those whom the requester has blocked."""

POSITIVE: Mapping[str, str] = {
    "DoesNotExist": "Exists",
    "NotIn": "In",
    "NotEqualTo": "EqualTo",
}
"""Comparators that keep people out, by what is true of these."""

_SIGNS: Mapping[str, str] = {
    "LessThan": "<",
    "LessThanOrEqualTo": "≤",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": "≥",
    "EqualTo": "=",
    "In": "in",
}
_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "LessThan": lambda value, bound: value < bound,
    "LessThanOrEqualTo": lambda value, bound: value <= bound,
    "GreaterThan": lambda value, bound: value > bound,
    "GreaterThanOrEqualTo": lambda value, bound: value >= bound,
    "EqualTo": lambda value, bound: value == bound,
}


class Predicate(NamedTuple):
    """A qualification type, a comparator that lets people in, and what it compares with."""

    qualification_type_id: str
    comparator: str
    values: tuple[int, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether it can be told of whom it is true."""
        if self.comparator == "Exists":
            return True
        return bool(self.values) if self.comparator == "In" else self._has_bound

    @property
    def key(self) -> str:
        """The key of its group's action."""
        values = "".join(f":{value}" for value in self.values if self.comparator != "Exists")
        return f"group:{self.qualification_type_id}:{self.comparator}{values}"

    @property
    def words(self) -> str:
        """How people read it behind the qualification's name: ` ≥ 80`, or nothing."""
        if self.comparator == "Exists":
            return ""
        return f" {_SIGNS[self.comparator]} {', '.join(map(str, self.values))}"

    def holds(self, integer_value: int | None) -> bool:
        """Whether it is true of somebody who has the qualification with this value."""
        if self.comparator == "Exists":
            return True
        if integer_value is None:
            return False
        if self.comparator == "In":
            return integer_value in self.values
        return self._has_bound and _HOLDS[self.comparator](integer_value, self.values[0])

    @property
    def _has_bound(self) -> bool:
        return self.comparator in _HOLDS and len(self.values) == 1
