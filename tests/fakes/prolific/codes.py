"""The rules of completion codes."""

from __future__ import annotations

from tests.fakes.prolific.account import Account, Record, Workspace

ACTIONS = {
    "AUTOMATICALLY_APPROVE": frozenset({"action"}),
    "MANUALLY_REVIEW": frozenset({"action"}),
    "ADD_TO_PARTICIPANT_GROUP": frozenset({"action", "participant_group"}),
    "REMOVE_FROM_PARTICIPANT_GROUP": frozenset({"action", "participant_group"}),
    "REQUEST_RETURN": frozenset({"action", "return_reason"}),
    "DYNAMIC_PAYMENT": frozenset({"action"}),
    "FIXED_SCREEN_OUT_PAYMENT": frozenset({"action", "fixed_screen_out_reward", "slots"}),
}
"""Each action with the members that it must have, and no others."""
ON_REQUEST = {"DYNAMIC_PAYMENT": "dynamic payment", "FIXED_SCREEN_OUT_PAYMENT": "screen out"}
"""Actions that support enables by workspace, and the feature's name in `Workspace.features`."""
_EXCLUSIVE = frozenset({"AUTOMATICALLY_APPROVE", "MANUALLY_REVIEW"})


def mistake(account: Account, workspace: Workspace, codes: object) -> str:
    """What is wrong with a study's completion codes, or ""."""
    if not isinstance(codes, list) or not codes:
        return "At least one completion code is required."
    if not all(isinstance(each, dict) for each in codes):
        return "Expected a list of objects."
    texts = [each.get("code") for each in codes]
    if len(texts) != len(set(map(str, texts))):
        return "Completion codes must be unique within a study."
    for each in codes:
        if wrong := _code_mistake(account, workspace, each, codes):
            return wrong
    return ""


def actions_of(code: Record) -> dict[str, Record]:
    """A code's actions by name."""
    return {each["action"]: each for each in code["actions"]}


def _code_mistake(account: Account, workspace: Workspace, code: Record, codes: list[Record]) -> str:
    whole = {"code", "code_type", "actions"} <= code.keys()
    if not whole or not isinstance(code["actions"], list) or not isinstance(code["code_type"], str):
        return "A completion code needs code, code_type and a list of actions."
    if code.get("actor", "participant") not in {"participant", "researcher"}:
        return "The actor is participant or researcher."
    if code["code"] is None:
        return _null_mistake(code, codes)
    if not isinstance(code["code"], str) or not code["code"].strip():
        return "A completion code may not be blank."
    return _actions_mistake(account, workspace, code["actions"])


def _actions_mistake(account: Account, workspace: Workspace, actions: list[Record]) -> str:
    for action in actions:
        if wrong := _action_mistake(account, workspace, action):
            return wrong
    if {each["action"] for each in actions} >= _EXCLUSIVE:
        return "A submission is approved automatically or reviewed, not both."
    return ""


def _null_mistake(code: Record, codes: list[Record]) -> str:
    participants = [each for each in codes if each.get("actor", "participant") == "participant"]
    if code["actions"] or participants != [code]:
        return "A null code must be the participant's only one, and without actions."
    return ""


def _action_mistake(account: Account, workspace: Workspace, action: object) -> str:
    if not isinstance(action, dict) or action.get("action") not in ACTIONS:
        return "There is no such action."
    name = action["action"]
    if action.keys() != ACTIONS[name]:
        return f"{name} takes {', '.join(sorted(ACTIONS[name]))}."
    if ON_REQUEST.get(name, "") not in {"", *workspace.features}:
        return f"You do not have permission to use this feature: {ON_REQUEST[name]}."
    if "participant_group" in action:
        group = account.groups.get(action["participant_group"])
        if group is None or group.is_deleted or group.workspace_id != workspace.id:
            return "The participant group does not exist in this workspace."
    if "slots" in action and (action["fixed_screen_out_reward"] < 10 or action["slots"] < 1):
        return "A screen out pays at least 10 and has at least one slot."
    return ""
