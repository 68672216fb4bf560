"""Who may work: QualificationRequirements as Prolific's filters and participant groups.

Comparators and the ids of system qualifications: MTurk API reference, "QualificationRequirement".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mturk_exodus.replay.adapter import JSON, Fidelity
from mturk_exodus_prolific.mapping.countries import COUNTRIES
from mturk_exodus_prolific.mapping.predicates import POSITIVE, Predicate

COUNTRY, APPROVAL_RATE, APPROVALS = "country", "approval_rate", "approvals"
KINDS = (COUNTRY, APPROVAL_RATE, APPROVALS)
"""The filters that requirements can become."""
TITLES: Mapping[str, str] = {
    COUNTRY: "Current Country of Residence",
    APPROVAL_RATE: "Approval Rate",
    APPROVALS: "Number of previous submissions",
}
"""What Prolific calls them. Their ids change; titles are what its own tools look for."""

ADULT = "00000000000000000060"
_LOCALE = "00000000000000000071"
_PERCENT_APPROVED = "000000000000000000L0"
_NUMBER_APPROVED = "00000000000000000040"
_MASTERS = ("2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6")
_OTHER_RATES = (
    "00000000000000000000",
    "00000000000000000070",
    "000000000000000000E0",
    "000000000000000000S0",
)

_NOT_ASKED = "left out, as `filters` says"
_NO_COMPARATOR = "Prolific's filter has no such comparison"
_RATE = (
    "Prolific's rate counts other people's other work, and takes the upper end of what it may be"
)
_COUNT = (
    "the number is taken as it is, and a submission at Prolific is longer work than a HIT: few"
    " people have so many"
)
_PLACES = "what Prolific's filter has no name for is left out; `exodus plan --check` tells of it"
_REGION = "Prolific's filter knows countries, and no part of one"
_NO_PLACE = "Prolific's filter cannot leave out a part of a country"
_UNKNOWN_PLACE = "a country's code is none that is known"
_MASTER = "Prolific has no Masters"
_NO_RATE = "Prolific counts no such thing of its participants"
_STRANGE = (
    "it is none of the account's own qualification types, as the archive has them: choose one of"
    " Prolific's filters on its web page"
)
_EMPTY = (
    "a participant group stands for it, which is empty at first: nobody sees the study before"
    " people are in it"
)
_BLOCKING = "a participant group stands for it, which is empty at first and keeps nobody out"
_NEVER_SHOWN = "who does not have it does not see the study, where MTurk showed the HIT"
_UNREADABLE = "it cannot be read"


@dataclass
class Admission:
    """Who may take part.

    Attributes:
        filters: as payloads have them: by title, with what is chosen.
        allow: groups all of which a participant must be in.
        block: groups none of which a participant may be in.
        is_adult: whether the work may shock.
        losses: what does not arrive as it is.
    """

    filters: list[dict[str, JSON]] = field(default_factory=list)
    allow: list[Predicate] = field(default_factory=list)
    block: list[Predicate] = field(default_factory=list)
    is_adult: bool = False
    losses: dict[tuple[Fidelity, str], None] = field(default_factory=dict)

    def lose(self, fidelity: Fidelity, note: str) -> None:
        """Tell of a loss, once."""
        self.losses[fidelity, note] = None


def admission(said: str | None, own: Callable[[str], bool], kinds: tuple[str, ...]) -> Admission:
    """Who may take part in what has these requirements.

    Args:
        said: QualificationRequirements as JSON, or None.
        own: whether a qualification type is the account's.
        kinds: of KINDS; others become no filters.
    """
    found = Admission()
    for one in _requirements(said):
        _take(one, found, own, kinds)
    return found


def _requirements(said: str | None) -> Iterator[Mapping[str, Any]]:
    read = json.loads(said) if said else []
    yield from (one for one in read if isinstance(one, dict)) if isinstance(read, list) else ()


def _take(
    one: Mapping[str, Any],
    found: Admission,
    own: Callable[[str], bool],
    kinds: tuple[str, ...],
) -> None:
    type_id, comparator = str(one.get("QualificationTypeId")), str(one.get("Comparator"))
    if type_id == ADULT:
        found.is_adult = True
        return
    if type_id in _MASTERS or type_id in _OTHER_RATES:
        found.lose(Fidelity.UNSUPPORTED, _MASTER if type_id in _MASTERS else _NO_RATE)
        return
    if (one.get("ActionsGuarded") or "Accept") == "Accept":
        found.lose(Fidelity.APPROXIMATE, _NEVER_SHOWN)
    if type_id == _LOCALE:
        _locale(comparator, one.get("LocaleValues"), found, kinds)
    elif type_id == _PERCENT_APPROVED:
        _range(APPROVAL_RATE, _RATE, comparator, one.get("IntegerValues"), found, kinds)
    elif type_id == _NUMBER_APPROVED:
        _range(APPROVALS, _COUNT, comparator, one.get("IntegerValues"), found, kinds)
    elif own(type_id):
        _group(type_id, comparator, one.get("IntegerValues"), found)
    else:
        found.lose(Fidelity.MANUAL, _STRANGE)


def _range(
    kind: str, note: str, comparator: str, values: object, found: Admission, kinds: tuple[str, ...]
) -> None:
    numbers = _numbers(values)
    bounds = _BOUNDS.get(comparator)
    if kind not in kinds:
        found.lose(Fidelity.MANUAL, _NOT_ASKED)
    elif bounds is None or len(numbers) != 1:
        found.lose(Fidelity.UNSUPPORTED, _NO_COMPARATOR)
    else:
        found.filters.append({"title": TITLES[kind], **bounds(numbers[0])})
        found.lose(Fidelity.APPROXIMATE, note)


_BOUNDS: Mapping[str, Callable[[int], dict[str, int]]] = {
    "GreaterThan": lambda value: {"lower": value + 1},
    "GreaterThanOrEqualTo": lambda value: {"lower": value},
    "LessThan": lambda value: {"upper": value - 1},
    "LessThanOrEqualTo": lambda value: {"upper": value},
    "EqualTo": lambda value: {"lower": value, "upper": value},
}


def _locale(comparator: str, values: object, found: Admission, kinds: tuple[str, ...]) -> None:
    if COUNTRY not in kinds:
        found.lose(Fidelity.MANUAL, _NOT_ASKED)
        return
    inside = {"EqualTo": True, "In": True, "NotEqualTo": False, "NotIn": False}.get(comparator)
    if inside is None:
        found.lose(Fidelity.UNSUPPORTED, _NO_COMPARATOR)
        return
    names = list(dict.fromkeys(_countries(values, found, inside=inside)))
    if names:
        found.filters.append({"title": TITLES[COUNTRY], "in" if inside else "not_in": names})
        found.lose(Fidelity.APPROXIMATE, _PLACES)


def _countries(values: object, found: Admission, *, inside: bool) -> Iterator[str]:
    for one in values if isinstance(values, list) else ():
        code = one.get("Country") if isinstance(one, dict) else None
        name = COUNTRIES.get(str(code).upper())
        if name is None:
            found.lose(Fidelity.UNSUPPORTED, _UNKNOWN_PLACE)
        elif one.get("Subdivision") and not inside:
            found.lose(Fidelity.UNSUPPORTED, _NO_PLACE)
        else:
            if one.get("Subdivision"):
                found.lose(Fidelity.APPROXIMATE, _REGION)
            yield name


def _group(type_id: str, comparator: str, values: object, found: Admission) -> None:
    """Who must not have something is kept out by the group of those who have it."""
    predicate = Predicate(type_id, POSITIVE.get(comparator, comparator), _numbers(values))
    if not predicate.is_understood:
        found.lose(Fidelity.UNSUPPORTED, _UNREADABLE)
    elif comparator in POSITIVE:
        found.block.append(predicate)
        found.lose(Fidelity.MANUAL, _BLOCKING)
    else:
        found.allow.append(predicate)
        found.lose(Fidelity.MANUAL, _EMPTY)


def _numbers(values: object) -> tuple[int, ...]:
    listed = values if isinstance(values, list) else []
    return tuple(sorted({one for one in listed if type(one) is int}))
