"""What Prolific means when it says no.

It says so in four shapes:

    {"error": {"status", "error_code", "title", "detail"}}     mostly
    {"status", "error_code", "title", "detail"}                studies, submissions, costs
    {"message", "detail"}                                      features that are not enabled, 429
    {"type", "message", "issues": [...]}                       Task Builder

`detail` is a text, a list of them, or a list by field. Its words are passed on without ids and
addresses: they may be participants', or hold a link's signature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.shapes import like

NOT_ACCEPTED = (
    "Prolific does not accept the token; copy it again from app.prolific.com/researcher/tokens/"
)
NOT_ALLOWED = "the token's user may not do that in this workspace"
NOT_ENABLED = "Prolific has not enabled that for this workspace; its support can"
NO_MONEY = "the workspace's balance is too small; top it up on app.prolific.com and run it again"

_HIDDEN = re.compile(r"(?i)\b[a-f\d]{24}\b|\S*[/@]\S*|\b[a-f\d]{8}(?:-[a-f\d]{4}){3}-[a-f\d]{12}\b")
_FIELD = re.compile(r"[a-z_]{1,40}")
_QUOTED = 200
_MOST_COMPLAINTS = 5


def explained(error: errors.TargetError) -> errors.TargetError:
    """The error that says what a person can do."""
    code, said = error.status_code, reason(error.reply)
    if code == httpx.codes.UNAUTHORIZED:
        return like(error, errors.TargetRefused(NOT_ACCEPTED))
    if _is_not_enabled(said):
        return like(error, errors.TargetRejected(NOT_ENABLED))
    if code == httpx.codes.FORBIDDEN:
        return like(error, errors.TargetRefused(f"{NOT_ALLOWED}{_because(said)}"))
    if isinstance(error, errors.TargetRejected):
        if "insufficient funds" in said.lower():
            return like(error, errors.TargetRejected(NO_MONEY))
        if said:
            return like(error, errors.TargetRejected(f"Prolific refuses it: {said}"))
    return error


def reason(reply: str) -> str:
    """Why something was refused, in a line; nothing if it is in none of the four shapes."""
    try:
        said = json.loads(reply)
    except (ValueError, RecursionError):
        return ""
    if isinstance(said, dict) and isinstance(said.get("error"), dict):
        said = said["error"]
    if not isinstance(said, dict):
        return ""
    detail = said.get("issues") or said.get("detail") or said.get("message")
    return "; ".join(_complaints(detail))[:_QUOTED]


def _complaints(detail: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(detail, str):
        yield _line(detail)
    elif isinstance(detail, list):
        for one in detail[:_MOST_COMPLAINTS]:
            yield from _complaints(_issue(one) if isinstance(one, dict) else one)
    elif isinstance(detail, dict):
        named = [name for name in detail if _FIELD.fullmatch(name)]
        for name in named[:_MOST_COMPLAINTS]:
            yield f"{name}: {' '.join(_complaints(detail[name]))}"


def _issue(one: dict[str, Any]) -> str:
    """A complaint of Task Builder's, which counts pages, rows and columns from 0."""
    places = [f"{name} {one[name]}" for name in ("page", "row", "column") if name in one]
    return f"{', '.join(places)}: {one.get('message', '')}"


def _line(said: str) -> str:
    shown = " ".join(_HIDDEN.sub("…", said).split())
    return "".join(one for one in shown if one.isprintable())[:_QUOTED]


def _is_not_enabled(said: str) -> bool:
    """As Prolific's own command line tells it: by the two words."""
    return "permission" in said.lower() and "feature" in said.lower()


def _because(said: str) -> str:
    return f": {said}" if said else ""
