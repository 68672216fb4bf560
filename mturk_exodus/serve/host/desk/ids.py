"""Ids and texts from outside, checked, and ids of our own."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable
from datetime import datetime, timezone

from mturk_exodus.serve.host.desk.outcomes import DELAYS, DURATIONS, MOST_PLACES, OfferedHIT, Visit
from mturk_exodus.values import from_iso, iso

LONGEST_TEXT = 200
LONGEST_HIT_ID = 64
MOST_AMONG = 1_000
"""HITs of one visit."""

_ID_LENGTH = 30
_LETTERS = string.ascii_uppercase + string.digits
_ASSIGNMENT_ID = re.compile(r"3[A-Z0-9]{29}", re.ASCII).fullmatch
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]").search


def new_assignment_id() -> str:
    """30 characters that begin with 3, as MTurk's do; 149 bits of chance."""
    # One draw, and not one for each letter: others wait for their turn meanwhile.
    number, letters = secrets.randbelow(len(_LETTERS) ** (_ID_LENGTH - 1)), []
    for _ in range(_ID_LENGTH - 1):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "3" + "".join(letters)


def is_assignment_id(text: str) -> bool:
    """Whether it may be one of ours."""
    return _ASSIGNMENT_ID(text) is not None


def is_text(text: str, longest: int = LONGEST_TEXT) -> bool:
    """Whether a text from outside is one that an id can be."""
    return 0 < len(text) <= longest and not _CONTROLS(text)


def is_hit_id(text: str) -> bool:
    """Whether it may be a HIT's."""
    return is_text(text, LONGEST_HIT_ID)


def is_visit(visit: Visit) -> bool:
    """Whether all that a visitor says of herself is what it may be."""
    others = (visit.panel, visit.study_id, visit.session_id)
    return is_text(visit.worker_id) and all(not one or is_text(one) for one in others)


def checked(hit: OfferedHIT) -> OfferedHIT:
    """The same HIT.

    Raises:
        ValueError: a member of it cannot be.
    """
    is_sound = (
        is_hit_id(hit.hit_id)
        and (hit.hit_type_id is None or is_text(hit.hit_type_id))
        and 0 <= hit.places <= MOST_PLACES
        and hit.assignment_duration_in_seconds in DURATIONS
        and hit.auto_approval_delay_in_seconds in DELAYS
    )
    if not is_sound:
        raise ValueError("a HIT cannot be offered like that: its id, places or times")
    return hit


def some(hit_ids: Iterable[str]) -> list[str]:
    """HITs that a visitor may have one of: each once, in order, those that may be ids."""
    given = list(dict.fromkeys(hit_ids))
    if len(given) > MOST_AMONG:
        raise ValueError(f"more than {MOST_AMONG} HITs are too many for one visit")
    return [hit_id for hit_id in given if is_hit_id(hit_id)]


def written(moment: datetime) -> str:
    """A time as the tables have it: ISO 8601 UTC with milliseconds; the order is that of time.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a zone may be any")
    return iso(moment)


def moment_of(text: str) -> datetime:
    """A time out of the tables."""
    return from_iso(text).astimezone(timezone.utc)
