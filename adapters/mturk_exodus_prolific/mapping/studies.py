"""A HIT type as a study: what Prolific is told of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mturk_exodus.records import HIT
from mturk_exodus.replay.adapter import JSON, Fidelity
from mturk_exodus_prolific.mapping.links import Link
from mturk_exodus_prolific.mapping.pricing import Note, Price, allowed_minutes
from mturk_exodus_prolific.mapping.requirements import Admission
from mturk_exodus_prolific.mapping.terms import Terms
from mturk_exodus_prolific.mapping.texts import is_whole, paragraphs_of, title_of

_APPROVED_AFTER = 21 * 24 * 60 * 60
"""Seconds after which Prolific approves what nobody has looked at (its help)."""
_MARKER = 12
_ADULT_WORDS = "adult content"
_ADULT_DETAILS = "This study may contain adult content."
_REPLACED = "control characters, and what may be a worker's id, are replaced"
_SHORTENED = f"{_REPLACED}; a title is one line of 120 characters at most"
_DESCRIBED = f"{_REPLACED}, and what is beyond 5,000 characters is left out"
_REVIEWED = "a person must review it: Prolific approves at once, or after 21 days"


def marker_of(archive_id: str, key: str) -> str:
    """What a list of studies tells one of ours by."""
    digest = hashlib.sha256(f"{archive_id} {key}".encode()).hexdigest()
    return f"[exodus {digest[:_MARKER]}]"


def mark_of(archive_id: str, key: str) -> str:
    """What tells a study or a group from every other, once it is looked at by itself."""
    return f"mturk-exodus {archive_id} {key}"


def payload_of(
    hit: HIT,
    links: Sequence[Link],
    price: Price,
    admission: Admission,
    terms: Terms,
    *,
    code: str,
    archive_id: str,
    key: str,
) -> dict[str, JSON]:
    """A draft as its action has it: filters by their titles, groups by the keys of their actions.

    Args:
        hit: any of the type.
        links: each to equally many HITs.
        price: of each.
        admission: who may take part.
        terms: what a person decided.
        code: with which it is completed.
        archive_id: the archive's.
        key: the action's.
    """
    hits, title = links[0].hits, title_of(hit.title)
    approves = hit.auto_approval_delay_in_seconds == 0
    action = "AUTOMATICALLY_APPROVE" if approves else "MANUALLY_REVIEW"
    more = [f"There are {hits} tasks, one after the other."] if hits > 1 else []
    adult = is_adult(hit, admission)
    return {
        "name": title,
        "internal_name": f"{title} {marker_of(archive_id, key)}",
        "description": paragraphs_of(hit.description, *more) or paragraphs_of(title),
        "metadata": mark_of(archive_id, key),
        "access_details": [
            {"external_url": one.url, "total_allocation": one.places} for one in links
        ],
        "total_available_places": sum(one.places for one in links),
        "prolific_id_option": "url_parameters",
        "completion_codes": [
            {"code": code, "code_type": "COMPLETED", "actions": [{"action": action}]}
        ],
        "estimated_completion_time": price.minutes,
        "maximum_allowed_time": _allowed(hit, price, hits)[0],
        "reward": price.reward,
        "device_compatibility": list(terms.devices),
        "content_warnings": ["explicit"] if adult else [],
        "content_warning_details": _ADULT_DETAILS if adult else "",
        "filters": _filters(admission),
    }


def notes_of(hit: HIT, price: Price, hits: int) -> list[Note]:
    """What of a HIT type does not arrive as it is, but for its requirements."""
    notes = _allowed(hit, price, hits)[1]
    if hit.title is not None and title_of(hit.title) != hit.title:
        notes.append(("HIT.Title", Fidelity.APPROXIMATE, _SHORTENED))
    if not is_whole(hit.description):
        notes.append(("HIT.Description", Fidelity.APPROXIMATE, _DESCRIBED))
    delay = hit.auto_approval_delay_in_seconds
    if delay not in (0, _APPROVED_AFTER):
        notes.append(("HIT.AutoApprovalDelayInSeconds", Fidelity.APPROXIMATE, _REVIEWED))
    return notes


def is_adult(hit: HIT, admission: Admission) -> bool:
    """Whether the work may shock: it asks for adults, or says so as MTurk wanted it said."""
    said = f"{hit.title} {hit.description}".lower()
    return admission.is_adult or _ADULT_WORDS in said


def _allowed(hit: HIT, price: Price, hits: int) -> tuple[int, list[Note]]:
    return allowed_minutes(price.minutes, hit.assignment_duration_in_seconds, hits)


def _filters(admission: Admission) -> list[JSON]:
    found: list[JSON] = list(admission.filters)
    found += [{"allow": one.key} for one in dict.fromkeys(admission.allow)]
    block = [one.key for one in dict.fromkeys(admission.block)]
    return [*found, {"block": block}] if block else found
