"""Filters of a study: whether they can be, and whom they let in."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.fakes.prolific.account import Account, Record, Workspace

_JOINING = frozenset({"and", "or"})


def mistake(account: Account, workspace: Workspace, chosen: object) -> str:
    """What is wrong with a list of filters, or ""."""
    if not isinstance(chosen, list):
        return "Expected a list of filters."
    for each in chosen:
        if wrong := _filter_mistake(account, workspace, each):
            return wrong
    return ""


def lets_in(account: Account, chosen: list[Record], participant_id: str) -> bool:
    """Whether all of them let a participant in, as groups and answers are now."""
    return all(_lets_in(account, each, participant_id) for each in chosen)


def _filter_mistake(account: Account, workspace: Workspace, one: object) -> str:
    if not isinstance(one, dict):
        return "A filter is an object."
    filter_id = one.get("filter_id")
    if filter_id in _JOINING:
        if not one.get("selected_filters"):
            return f"{filter_id} needs selected_filters."
        return mistake(account, workspace, one["selected_filters"])
    known = next((each for each in account.filters if each["filter_id"] == filter_id), None)
    if known is None:
        return f"There is no filter {filter_id}."
    if known["type"] == "range":
        return _range_mistake(known, one.get("selected_range"))
    return _values_mistake(account, workspace, known, one.get("selected_values"))


def _range_mistake(known: Record, chosen: object) -> str:
    name = known["filter_id"]
    if not isinstance(chosen, dict) or not chosen or not chosen.keys() <= {"lower", "upper"}:
        return f"{name} needs a selected_range with lower, upper or both."
    bounds = [each for each in chosen.values() if each is not None]
    if not bounds:
        return f"{name} needs at least one bound."
    for each in bounds:
        if not _is_of(each, known["data_type"]):
            return f"{name} takes bounds of type {known['data_type']}."
        if not known["min"] <= each <= known["max"]:
            return f"{name} is between {known['min']} and {known['max']}."
    if len(bounds) == 2 and chosen["lower"] > chosen["upper"]:
        return f"{name}: lower is above upper."
    return ""


def _is_of(value: object, data_type: str) -> bool:
    if data_type == "date":
        try:
            return isinstance(value, str) and bool(date.fromisoformat(value))
        except ValueError:
            return False
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (data_type == "float" and isinstance(value, float))


def _values_mistake(account: Account, workspace: Workspace, known: Record, values: object) -> str:
    name = known["filter_id"]
    if not isinstance(values, list) or not values:
        return f"{name} needs selected_values."
    groups = [
        each.id
        for each in account.groups.values()
        if each.workspace_id == workspace.id and not each.is_deleted
    ]
    allowed: set[str] = {
        "ChoiceID": set(known["choices"]),
        "ParticipantID": set(account.people),
        "StudyID": set(account.studies),
        "ParticipantGroupID": set(groups),
    }[known["data_type"]]
    for each in values:
        if each not in allowed:
            return f"{name} has no value {each!r}."
    return ""


def _lets_in(account: Account, one: Record, participant_id: str) -> bool:
    filter_id = one["filter_id"]
    if filter_id in _JOINING:
        nested = (_lets_in(account, each, participant_id) for each in one["selected_filters"])
        return any(nested) if filter_id == "or" else all(nested)
    answers = account.people[participant_id]
    if "selected_range" in one:
        return _within(answers.get(filter_id), one["selected_range"])
    listed = _listed(account, filter_id, one["selected_values"], participant_id)
    if listed is not None:
        return not listed if filter_id.endswith("_blocklist") else listed
    given = answers.get(filter_id)
    return bool({*(given if isinstance(given, list) else [given])} & {*one["selected_values"]})


def _listed(
    account: Account, filter_id: str, values: list[str], participant_id: str
) -> bool | None:
    """Whether a list names the participant; None where the filter is none of lists."""
    if filter_id.startswith("participant_group_"):
        return any(participant_id in account.groups[each].members for each in values)
    if filter_id.startswith("custom_"):
        return participant_id in values
    if filter_id.startswith("previous_studies_"):
        return any(
            each.participant_id == participant_id and each.study_id in values
            for each in account.submissions.values()
        )
    return None


def _within(answer: Any, chosen: Record) -> bool:  # noqa: ANN401 - a number or a date's text
    if answer is None:
        return False
    lower, upper = chosen.get("lower"), chosen.get("upper")
    return bool((lower is None or lower <= answer) and (upper is None or answer <= upper))
