"""What Label Studio means when it says no.

Its replies quote what was sent (a task's data, a user's email), so that only what is known to hold
nothing of it is passed on.
"""

from __future__ import annotations

import json
import re

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.shapes import like

LATER = (
    "this Label Studio imports in the background, as its Enterprise edition does, and does not say"
    " what became of it; only the Community edition can be imported into so far"
)
NOT_ACCEPTED = (
    "Label Studio does not accept the access token; copy it again from Account & Settings"
)
_LEGACY_DISABLED = (
    "Label Studio accepts no legacy tokens; make a personal access token (Account & Settings,"
    " Personal Access Token), or have its owner switch legacy tokens on (Organization, API Tokens)"
)
TOO_LARGE = "it is larger than the server takes in one request"
PROJECT_GONE = "its project is no longer there; run the command again, which makes it anew"

_KNOWN = (
    ("key is expected in task data", "the labeling config shows what the task's data lacks"),
    ("in task data", "a value of the task's data is not what the labeling config shows"),
    ("Unknown annotator", "the user that stands for its worker is no longer there"),
    ("unique id already exists", "it is there already"),
    ("already exists", "it is there already"),
)
_FIELD = re.compile(r"[a-z_]{1,40}")
_QUOTED = 200


def explained(error: errors.TargetError) -> errors.TargetError:
    """The error that says what a person can do."""
    code, reply = error.status_code, error.reply
    if code == httpx.codes.UNAUTHORIZED:
        disabled = "legacy token authentication has been disabled" in reply
        return like(error, errors.TargetRefused(_LEGACY_DISABLED if disabled else NOT_ACCEPTED))
    if code == httpx.codes.INTERNAL_SERVER_ERROR and "cannot access body after reading" in reply:
        # That is how it says that a body is too large (HumanSignal/label-studio#6794).
        return like(error, errors.TargetRejected(TOO_LARGE))
    if code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return like(error, errors.TargetRejected(TOO_LARGE))
    if isinstance(error, errors.TargetRejected) and (reason := _reason(reply)):
        return like(error, errors.TargetRejected(f"Label Studio refuses it: {reason}"))
    return error


def is_there_already(error: errors.TargetRejected) -> bool:
    """Whether something was refused because of something of the same name."""
    codes = (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT)
    return error.status_code in codes and "already exists" in error.reply


def _reason(reply: str) -> str:
    """What a 400 is about. It looks so: `{"validation_errors": {"title": ["Ensure ..."]}}`."""
    for phrase, reason in _KNOWN:
        if phrase in reply:
            return reason
    try:
        complaints = json.loads(reply)["validation_errors"]
        fields = [name for name in complaints if _FIELD.fullmatch(name)]
        if fields == ["label_config"]:
            return f"labeling config: {_line(complaints['label_config'])}"
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return f"its {', '.join(fields[:5])}" if fields else ""


def _line(value: object) -> str:
    text = " ".join(str(value[0] if isinstance(value, list) and value else value).split())
    return "".join(one for one in text if one.isprintable())[:_QUOTED]
