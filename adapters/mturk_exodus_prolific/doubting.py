"""What would not work, though it could be made: what Prolific's filters lack, links to nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from mturk_exodus import pay
from mturk_exodus.replay.adapter import JSON, Action, Loss
from mturk_exodus_prolific.choosing import missing
from mturk_exodus_prolific.workplace import Workplace

_HERE = ("localhost", "127.0.0.1", "::1")


def doubts(items: Iterable[Action | Loss], place: Workplace) -> Iterator[str]:
    """A line for each thing.

    Args:
        items: a plan.
        place: where it would be made.
    """
    place.check_currency()
    yield from _of_wage(place)
    told: set[str] = set()
    for one in items:
        if isinstance(one, Action) and one.operation == "study":
            for line in _of_study(one.payload, place):
                if line not in told:
                    told.add(line)
                    yield line


def _of_study(payload: Mapping[str, JSON], place: Workplace) -> Iterator[str]:
    yield from missing(payload, place.filters_for(payload))
    yield from _of_link(payload["access_details"][0]["external_url"])


def _of_wage(place: Workplace) -> Iterator[str]:
    wage, planned = place.wage, place.terms.per_hour
    if wage.least != planned:
        yield (
            f"an hour must pay {pay.dollars(wage.least)} {wage.currency} at Prolific now, and the"
            f" plan says {pay.dollars(planned)}: --set least_per_hour={pay.dollars(wage.least)}"
        )
    yield (
        f"Prolific recommends {pay.dollars(wage.recommended)} {wage.currency} an hour; the minimum"
        f" is {pay.dollars(wage.least)}"
    )


def _of_link(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    if parts.hostname in _HERE:
        yield "links lead to this computer alone: make them with --public-url"
    elif parts.scheme != "https":
        yield f"links lead to {parts.hostname} by http: browsers and Prolific may refuse that"
