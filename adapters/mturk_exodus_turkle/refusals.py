"""What Turkle means when it says no.

Its replies may quote what was sent, so that only what is known to hold nothing of it is passed on.
"""

from __future__ import annotations

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.shapes import like

NOT_ACCEPTED = (
    "Turkle does not accept the token, or its user is no administrator; make one for a superuser"
    " (Admin, Tokens)"
)
PROJECT_GONE = "its project or batch is no longer there; run the command again, which makes it anew"
NO_DELETION = "Turkle's API deletes nothing; delete it on Turkle's admin pages"
NO_CHANGE = "Turkle's API changes no task"
ADMINISTERS = (
    "an administrator of this Turkle is called like a worker, and is not taken for him; let"
    " pseudonyms stand for workers (workers: pseudonymous)"
)
LOCKED_OUT = "the user was there before, and may not log in; let him in on Turkle's admin pages"
INSECURE = (
    "any worker could make himself an administrator of this Turkle, whose API is open to all its"
    " users: in its settings, set REST_FRAMEWORK's DEFAULT_PERMISSION_CLASSES to"
    ' ["rest_framework.permissions.IsAdminUser"]; or accept that with --accept-insecure-target'
)
UNTRIED = (
    "whether any worker could make himself an administrator of this Turkle cannot be found out"
    " (a user with a name and a password could not log in at url, as a worker would); accept that"
    " with --accept-insecure-target"
)

_KNOWN = (
    ("already exists", "it is there already"),
    ("Template is too large", "its template is larger than TURKLE_TEMPLATE_LIMIT"),
    ("missing fields that are in the HTML template", "its project's template was changed"),
    ("does not contain any fields", "its template has no field"),
)


def explained(error: errors.TargetError) -> errors.TargetError:
    """The error that says what a person can do. A wrong token is answered with 403."""
    if error.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return like(error, errors.TargetRefused(NOT_ACCEPTED))
    if isinstance(error, errors.TargetRejected):
        for phrase, reason in _KNOWN:
            if phrase in error.reply:
                return like(error, errors.TargetRejected(f"Turkle refuses it: {reason}"))
    return error


def is_there_already(error: errors.TargetRejected) -> bool:
    """Whether something was refused because of something of the same name."""
    return error.status_code == httpx.codes.BAD_REQUEST and "already exists" in error.reply


def is_fenced_off(error: errors.TargetRejected) -> bool:
    """Whether rows were refused because the template wants a column that they lack."""
    return error.status_code == httpx.codes.BAD_REQUEST and "missing fields" in error.reply
