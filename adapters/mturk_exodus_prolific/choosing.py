"""Whom a study is for: a payload's filters as Prolific takes them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Receipt
from mturk_exodus_prolific.mapping.requirements import APPROVAL_RATE, APPROVALS, COUNTRY, TITLES
from mturk_exodus_prolific.shapes import Filter

ALLOW, BLOCK = "participant_group_allowlist", "participant_group_blocklist"
"""Filters of participant groups (API reference, "Filters")."""

_IDS: Mapping[str, tuple[str, ...]] = {
    TITLES[COUNTRY]: ("current-country-of-residence",),
    TITLES[APPROVAL_RATE]: ("approval_rate",),
    TITLES[APPROVALS]: ("approval_numbers", "total_approvals"),
}
"""Ids that were seen, should a title be another."""

_OTHERWISE = "the filters that it has change: --set filters=... leaves one out"

Payload = Mapping[str, JSON]


def filters_of(
    payload: Payload, known: Sequence[Filter], receipts: Mapping[str, Receipt]
) -> list[JSON]:
    """The filters of a study.

    Args:
        payload: the study's.
        known: what Prolific has.
        receipts: of the groups.

    Raises:
        TargetRejected: Prolific has no such filter, or none of what is chosen.
    """
    return [_resolved(one, known, receipts) for one in payload["filters"]]


def missing(payload: Payload, known: Sequence[Filter]) -> Iterator[str]:
    """A line for each thing that Prolific's filters do not have."""
    for one in payload["filters"]:
        if "title" in one:
            yield from _missing(one, known)


def _missing(one: Payload, known: Sequence[Filter]) -> Iterator[str]:
    found = _filter(one["title"], known)
    if found is None:
        yield f"Prolific has no filter {one['title']!r}; {_OTHERWISE}"
        return
    keys = _keys(found)
    for name in one.get("in", one.get("not_in", ())):
        if _folded(name) not in keys:
            yield f"Prolific's filter {found.title!r} has no {name}: it is left out"


def _resolved(one: Payload, known: Sequence[Filter], receipts: Mapping[str, Receipt]) -> JSON:
    if "allow" in one:
        return {"filter_id": ALLOW, "selected_values": [receipts[one["allow"]].target_id]}
    if "block" in one:
        ids = [receipts[key].target_id for key in one["block"]]
        return {"filter_id": BLOCK, "selected_values": ids}
    found = _filter(one["title"], known)
    if found is None:
        raise errors.TargetRejected(f"Prolific has no filter {one['title']!r}; {_OTHERWISE}")
    if "in" in one or "not_in" in one:
        return {"filter_id": found.id, "selected_values": _chosen(one, found)}
    bounds = {name: one[name] for name in ("lower", "upper") if name in one}
    return {"filter_id": found.id, "selected_range": bounds}


def _chosen(one: Payload, found: Filter) -> list[str]:
    """The keys of what is chosen, in the order of Prolific's own list."""
    names = {_folded(name) for name in one.get("in", one.get("not_in", ()))}
    inside = "in" in one
    keys = [key for name, key in _keys(found).items() if (name in names) == inside]
    if not keys:
        raise errors.TargetRejected(
            f"Prolific's filter {found.title!r} has nothing of what is chosen: nobody could take"
            f" part; {_OTHERWISE}"
        )
    return keys


def _filter(title: str, known: Sequence[Filter]) -> Filter | None:
    """By its title, or by an id that was seen."""
    same = next((one for one in known if _folded(one.title) == _folded(title)), None)
    return same or next((one for one in known if one.id in _IDS.get(title, ())), None)


def _keys(found: Filter) -> dict[str, str]:
    return {_folded(label): key for key, label in found.choices.items()}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
