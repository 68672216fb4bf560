"""What can change of a study once it is published."""

from __future__ import annotations

from tests.fakes.prolific.account import Account, Record, Study
from tests.fakes.prolific.rules import mistakes
from tests.fakes.prolific.taskflow import grown
from tests.fakes.prolific.wire import Refusal, invalid

AFTER_PUBLISHING = frozenset(
    {
        *("internal_name", "total_available_places", "access_details"),
        *("submissions_config", "data_collection_metadata", "completion_codes"),
    }
)
"""The fields that can still change; each has its own rule."""


def amend(account: Account, study: Study, given: Record) -> None:
    """Change what can still change of a published study.

    Raises:
        Refusal: 400.
    """
    if extra := sorted(given.keys() - AFTER_PUBLISHING):
        raise invalid(**dict.fromkeys(extra, "It cannot be changed once it is published."))
    fields = study.fields | {name: given[name] for name in ("internal_name",) if name in given}
    if "submissions_config" in given:
        merged = (fields["submissions_config"] or {}) | given["submissions_config"]
        fields |= {"submissions_config": merged}
    if "completion_codes" in given:
        fields |= {"completion_codes": _with_slots(fields, given["completion_codes"])}
    if "data_collection_metadata" in given:
        fields |= {"data_collection_metadata": _more_annotators(fields, given)}
    fields |= grown(fields, given)
    if wrong := mistakes(account, account.workspaces[study.workspace_id], fields):
        raise Refusal(400, wrong)
    more = fields["total_available_places"] > study.places
    study.fields = fields
    if more and study.status in {"COMPLETED", "AWAITING REVIEW"}:
        study.status, study.stopped = "ACTIVE", False


def _with_slots(fields: Record, given: list[Record]) -> list[Record]:
    """Codes with the slots that are given; nothing else of a published code can change."""
    changed = {each.get("code"): each for each in given}
    if changed.keys() - {each["code"] for each in fields["completion_codes"]}:
        raise invalid(completion_codes="Codes cannot be added once it is published.")
    codes = []
    for each in fields["completion_codes"]:
        slots = {
            action["action"]: action["slots"]
            for action in changed.get(each["code"], {}).get("actions", [])
            if "slots" in action
        }
        actions = [
            action | ({"slots": slots[action["action"]]} if action["action"] in slots else {})
            for action in each["actions"]
        ]
        codes.append(each | {"actions": actions})
    return codes


def _more_annotators(fields: Record, given: Record) -> Record:
    held: Record = fields.get("data_collection_metadata") or {}
    wanted: Record = given["data_collection_metadata"]
    if wanted.get("annotators_per_task", 0) < held.get("annotators_per_task", 1):
        raise invalid(data_collection_metadata="annotators_per_task can only be increased.")
    return held | wanted
