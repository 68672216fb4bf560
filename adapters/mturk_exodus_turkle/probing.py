"""Finds out whether any worker could make himself an administrator.

A stock Turkle 3.1.0 lets whoever has logged in use its whole API: `PATCH /api/users/<own>/` with
`{"is_superuser": true}` is answered with 200. So a user of ours, who may do nothing, logs in and
asks for the list of users. Nobody knows the password, and the user is not active afterwards.
"""

from __future__ import annotations

import re
import secrets

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.http import REDIRECTING, REPEATABLE
from mturk_exodus_turkle import refusals
from mturk_exodus_turkle.api import Api

PROBE = "mturk_exodus_probe"

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{1,100})"').search


class Probe:
    """A user who tries what a worker could do.

    Args:
        api: of the server.
        client: what sends.
    """

    def __init__(self, api: Api, client: httpx.Client) -> None:
        self._api = api
        self._client = client
        self._is_safe = False

    def check(self) -> None:
        """See to it that workers' names may be brought there. It is asked once.

        Raises:
            TargetRefused: any worker could make himself an administrator; or nobody can tell.
        """
        if self._is_safe:
            return
        password = secrets.token_urlsafe(32)
        number = self._user(password)
        try:
            is_open = self._is_let_in(password)
        finally:
            self._client.cookies.clear()
            self._api.change_user(number, {"is_active": False})
        if is_open is None:
            raise errors.TargetRefused(refusals.UNTRIED)
        if is_open:
            raise errors.TargetRefused(refusals.INSECURE)
        self._is_safe = True

    def _user(self, password: str) -> int:
        found = self._api.user(PROBE)
        if found is None:
            return self._api.make_user({"username": PROBE, "password": password})
        self._api.change_user(found.id, {"password": password, "is_active": True})
        return found.id

    def _is_let_in(self, password: str) -> bool | None:
        """Whether a worker may use the API; None if it is not certain that one has asked."""
        self._client.cookies.clear()
        try:
            if not self._is_logged_in(password):
                return None
        except (errors.TargetRefused, errors.TargetRejected, errors.TargetNotUnderstood):
            return None
        return self._may_use_the_api(password)

    def _is_logged_in(self, password: str) -> bool:
        """Whether the session is our user's: then Turkle shows statistics, and else another page.
        That there is a cookie says nothing, and cookies for HTTPS alone do not come with HTTP.
        """
        address = f"{self._api.url}/login/"
        page = _TOKEN(_text(self._client.get(address)))
        if page is None:
            return False
        body = {"csrfmiddlewaretoken": page[1], "username": PROBE, "password": password}
        extensions = {**REDIRECTING, **REPEATABLE}
        self._client.post(address, data=body, headers={"Referer": address}, extensions=extensions)
        own = f"{self._api.url}/stats/"
        return self._client.get(own, extensions=dict(REDIRECTING)).is_success

    def _may_use_the_api(self, password: str) -> bool | None:
        """By the session; and by name and password, which a server may take instead."""
        try:
            self._client.get(
                f"{self._api.url}/api/users/",
                headers={"Accept": "application/json"},
                auth=(PROBE, password),
            )
        except errors.TargetRefused:
            return False
        except (errors.TargetRejected, errors.TargetNotUnderstood):
            return None
        return True


def _text(reply: httpx.Response) -> str:
    """Not reply.text: a reply names its encoding, and Python knows some that raise."""
    return reply.content.decode("utf-8", "replace")
