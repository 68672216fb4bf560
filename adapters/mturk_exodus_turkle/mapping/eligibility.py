"""Who may work on the HITs of a type, as far as an archive can tell.

MTurk's requirements must all be met; Turkle lets in whoever is in any of the groups. So they are
evaluated here, once, and the outcome is one group.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mturk_exodus import records
from mturk_exodus.replay.adapter import RecordReader

Granted = Mapping[str, records.Qualification]
Requirement = Mapping[str, Any]

_ABOUT = {
    "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH": "Masters",
    "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6": "Masters",
    "00000000000000000040": "the number of approved HITs",
    "00000000000000000071": "the worker's place",
    "00000000000000000060": "adult content",
    "000000000000000000L0": "the share of approved assignments",
    "00000000000000000000": "the share of submitted assignments",
    "00000000000000000070": "the share of abandoned assignments",
    "000000000000000000E0": "the share of returned assignments",
    "000000000000000000S0": "the share of rejected assignments",
}
"""MTurk's own qualification types (API reference, QualificationRequirement), and earlier ones."""

_COMPARED: Mapping[str, Callable[[int, list[int]], bool]] = {
    "LessThan": lambda value, given: value < given[0],
    "LessThanOrEqualTo": lambda value, given: value <= given[0],
    "GreaterThan": lambda value, given: value > given[0],
    "GreaterThanOrEqualTo": lambda value, given: value >= given[0],
    "EqualTo": lambda value, given: value == given[0],
    "NotEqualTo": lambda value, given: value != given[0],
    "In": lambda value, given: value in given,
    "NotIn": lambda value, given: value not in given,
}


@dataclass(frozen=True)
class Eligible:
    """Who may work.

    Attributes:
        workers: their ids; None for everybody.
        not_evaluated: what the requirements ask for that the archive does not tell.
    """

    workers: frozenset[str] | None
    not_evaluated: tuple[str, ...]


class Eligibility:
    """What an archive tells of workers' qualifications."""

    def __init__(self, archive: RecordReader) -> None:
        self._known = {
            one.qualification_type_id for one in archive.every(records.QualificationType)
        }
        self._granted: dict[str, dict[str, records.Qualification]] = defaultdict(dict)
        for one in archive.every(records.Qualification):
            if one.status != "Revoked":
                self._granted[one.qualification_type_id][one.worker_id] = one

    def workers(self) -> set[str]:
        """Whoever has been granted anything."""
        return {worker for some in self._granted.values() for worker in some}

    def of(self, requirements: str, workers: Iterable[str]) -> Eligible:
        """Who of the workers meets requirements, all of those that can be evaluated."""
        able = [(one, self._test(one)) for one in _read(requirements)]
        tests = [test for _, test in able if test is not None]
        unknown = dict.fromkeys(self._about(one) for one, test in able if test is None)
        if not tests:
            return Eligible(None, tuple(unknown))
        fit = frozenset(one for one in workers if all(test(one) for test in tests))
        return Eligible(fit, tuple(unknown))

    def _test(self, requirement: Requirement) -> Callable[[str], bool] | None:
        kind = str(requirement.get("QualificationTypeId"))
        comparator = requirement.get("Comparator")
        if not self._tells_of(kind):
            return None
        granted = self._granted.get(kind, {})
        if comparator in ("Exists", "DoesNotExist"):
            return lambda worker: (worker in granted) == (comparator == "Exists")
        compare, given = _COMPARED.get(str(comparator)), _values(requirement)
        if compare is None or not given:
            return None
        return lambda worker: _meets(granted.get(worker), compare, given)

    def _tells_of(self, kind: str) -> bool:
        return kind not in _ABOUT and (kind in self._known or kind in self._granted)

    def _about(self, requirement: Requirement) -> str:
        kind = str(requirement.get("QualificationTypeId"))
        if self._tells_of(kind):
            return "a qualification by a condition that cannot be read"
        about = _ABOUT.get(kind, "another's qualification")
        return f"{about}, of which the archive tells nothing"


def _meets(
    one: records.Qualification | None, compare: Callable[[int, list[int]], bool], given: list[int]
) -> bool:
    """Whoever has not been granted a qualification meets no condition on its value."""
    return one is not None and one.integer_value is not None and compare(one.integer_value, given)


def _values(requirement: Requirement) -> list[int]:
    """IntegerValues, or the one IntegerValue of MTurk's API before 2017; none if they are none."""
    one = requirement.get("IntegerValue")
    given = requirement.get("IntegerValues", [] if one is None else [one])
    if isinstance(given, list) and all(type(each) is int for each in given):
        return given
    return []


def _read(requirements: str) -> list[Requirement]:
    try:
        said = json.loads(requirements)
    except (ValueError, RecursionError):
        return [{}]
    some = said if isinstance(said, list) else [said]
    return [one if isinstance(one, dict) else {} for one in some]
