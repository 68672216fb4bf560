"""Looks what is at Prolific already, and in which state.

A project is known by its title, which holds a digest of the archive's id; a group by its
description; a study by the end of its internal name, which lists give, and then by its metadata,
which they do not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Action, Receipt
from mturk_exodus_prolific.choosing import filters_of
from mturk_exodus_prolific.mapping.planning import PROJECT
from mturk_exodus_prolific.shapes import Study
from mturk_exodus_prolific.workplace import Workplace

Receipts = Mapping[str, Receipt]
Payload = Mapping[str, JSON]

_MARKER = "[exodus "
_NAMING = "external_url"


def of(actions: Iterable[Action], operation: str) -> list[Action]:
    """The actions of an operation."""
    return [one for one in actions if one.operation == operation]


def bears_mark_of(mark: object, key: str) -> bool:
    """Whether a metadata or a description says that something is the one of a key."""
    is_ours = isinstance(mark, str) and mark.startswith("mturk-exodus ")
    return is_ours and str(mark).split(" ", 2)[2:] == [key]


class Looking:
    """Looks at a workspace."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._api = place.api

    def find(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        """Which have happened, by their marks."""
        found = self._projects(of(actions, "project"))
        found |= self._groups(of(actions, "group"))
        return found | self._studies(of(actions, "study"), {**receipts, **found})

    def held(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        """What is there of those that have a receipt, in the shape of their payloads."""
        known = [one for one in actions if one.key in receipts]
        payloads = self._held_projects(of(known, "project"), receipts)
        payloads |= self._held_groups(of(known, "group"), receipts)
        for one in of(known, "study"):
            study = self._api.study(receipts[one.key].target_id)
            if study is not None:
                payloads[one.key] = self.payload(one, study, receipts)
        return payloads

    def payload(self, action: Action, study: Study, receipts: Receipts) -> Payload:
        """What a study says, as its action would say it: filters that choose the same people are
        the action's own.
        """
        there = {
            name: _as_sent(value, study.members.get(name)) for name, value in action.payload.items()
        }
        there["filters"] = self._filters(action, study, receipts)
        return there

    def _filters(self, action: Action, study: Study, receipts: Receipts) -> JSON:
        held = study.members.get("filters") or []
        try:
            wanted = filters_of(action.payload, self._place.filters_for(action.payload), receipts)
        except (errors.TargetRejected, KeyError):
            return held
        return action.payload["filters"] if _alike(wanted) == _alike(held) else held

    def _projects(self, actions: Sequence[Action]) -> dict[str, Receipt]:
        if not actions:
            return {}
        ids: dict[str, str] = {}
        for one in self._api.projects(self._place.workspace_id):
            ids.setdefault(one.title, one.id)
        return _receipts((one.key, ids.get(one.payload["title"])) for one in actions)

    def _groups(self, actions: Sequence[Action]) -> dict[str, Receipt]:
        if not actions:
            return {}
        ids: dict[str, str] = {}
        for one in self._api.groups(self._place.workspace_id):
            if not one.is_deleted:
                ids.setdefault(one.description, one.id)
        return _receipts((one.key, ids.get(one.payload["description"])) for one in actions)

    def _studies(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        """The oldest, if there are two of one key. What was sent and not answered may still come:
        Prolific has no way to call it off.
        """
        if not actions or (self._place.terms.project is None and PROJECT not in receipts):
            return {}
        wanted = {_marker(one.payload["internal_name"]): one for one in actions}
        found: dict[str, Receipt] = {}
        for one in self._api.studies(self._place.project_id(receipts)):
            action = wanted.get(_marker(one.internal_name))
            if action is not None and self._is_of(one.id, action):
                found[action.key] = Receipt(action.key, one.id, found=True)
        return found

    def _is_of(self, study_id: str, action: Action) -> bool:
        study = self._api.study(study_id)
        return study is not None and study.members.get("metadata") == action.payload["metadata"]

    def _held_projects(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        if not actions:
            return {}
        titles = {one.id: one.title for one in self._api.projects(self._place.workspace_id)}
        ids = {one.key: receipts[one.key].target_id for one in actions}
        return {key: {"title": titles[one]} for key, one in ids.items() if one in titles}

    def _held_groups(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        payloads: dict[str, Payload] = {}
        for one in actions:
            group = self._api.group(receipts[one.key].target_id)
            if group is not None and not group.is_deleted:
                payloads[one.key] = {"name": group.name, "description": group.description}
        return payloads


def _receipts(ids: Iterable[tuple[str, str | None]]) -> dict[str, Receipt]:
    return {key: Receipt(key, one, found=True) for key, one in ids if one is not None}


def _marker(internal_name: str) -> str:
    """The end of an internal name, `[exodus 0123456789ab]`, which a person may write behind."""
    _, marker, rest = internal_name.rpartition(_MARKER)
    return f"{marker}{rest.partition(']')[0]}" if marker else ""


def _as_sent(sent: JSON, there: JSON) -> JSON:
    """What Prolific has, without what it adds: an empty thing may be null there, what is listed may
    have members that we have no say in (a code's actor), and come in another order.
    """
    if there is None and sent in ("", []):
        return sent
    if isinstance(sent, dict) and isinstance(there, dict):
        return {name: _as_sent(sent[name], there[name]) for name in sent if name in there}
    if not isinstance(sent, list) or not isinstance(there, list) or len(sent) != len(there):
        return there
    found = [_as_sent(*two) for two in zip(_sorted(sent), _sorted(there), strict=True)]
    return sent if found == _sorted(sent) else there


def _sorted(several: list[JSON]) -> list[JSON]:
    """In an order that is the same for what is listed otherwise: links by their addresses."""
    return sorted(several, key=lambda one: str(one.get(_NAMING) if isinstance(one, dict) else one))


def _alike(filters: JSON) -> list[str]:
    """Filters that choose the same people are the same, in whatever order they are told."""
    return sorted(json.dumps(_plain(one), sort_keys=True) for one in filters)


def _plain(one: JSON) -> JSON:
    if not isinstance(one, dict):
        return one
    said = {name: value for name, value in one.items() if value is not None}
    if isinstance(said.get("selected_values"), list):
        said["selected_values"] = sorted(map(str, said["selected_values"]))
    return said
