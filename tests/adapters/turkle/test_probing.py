"""Whether any worker could take a server over is found out, or it is said that it was not."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus_turkle.api import Api
from mturk_exodus_turkle.probing import PROBE, Probe

URL = "http://turkle.example.org"
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of nobody
FORM = '<input type="hidden" name="csrfmiddlewaretoken" value="abc">'
SESSION = "sessionid"

Answers = Callable[[httpx.Request], httpx.Response]


class Site:
    """As much of a Turkle as the probe meets.

    Args:
        logs_in: whether the right password opens a session.
        cookies: attributes of its cookies.
        for_all: whether whoever has logged in may use the API.
        by_password: whether a name and a password open the API, too.
        content_type: of its log-in page.
        refuses_posts: whether its log-in page lets no form through, as one behind a proxy.
    """

    def __init__(
        self,
        *,
        logs_in: bool = True,
        cookies: str = "",
        for_all: bool = False,
        by_password: bool = False,
        content_type: str = "text/html; charset=utf-8",
        refuses_posts: bool = False,
    ) -> None:
        self.logs_in, self.cookies, self.for_all = logs_in, cookies, for_all
        self.by_password, self.content_type = by_password, content_type
        self.refuses_posts = refuses_posts
        self.password = ""
        self.is_active = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path
        if request.headers.get("authorization", "").startswith("Token "):
            return self._asked_by_us(request)
        if path == "/login/":
            return self._log_in(request)
        if path == "/stats/":
            elsewhere = httpx.Response(302, headers={"Location": "/"})
            return httpx.Response(200, text="stats") if self._knows(request) else elsewhere
        is_let_in = (self._knows(request) and self.for_all) or self._is_named(request)
        return httpx.Response(200 if is_let_in else 403, json={"results": []})

    def _asked_by_us(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(404)
        said = httpx.Response(200, content=request.content).json()
        self.password = said.get("password", self.password)
        self.is_active = said.get("is_active", True)
        return httpx.Response(201, json={"id": 3, "username": PROBE})

    def _log_in(self, request: httpx.Request) -> httpx.Response:
        cookie = f"{SESSION}=nobody; Path=/{self.cookies}"
        headers = {"Content-Type": self.content_type, "Set-Cookie": cookie}
        if request.method == "GET":
            return httpx.Response(200, headers=headers, content=FORM.encode())
        if self.refuses_posts:
            return httpx.Response(403, text="CSRF verification failed.")
        is_right = parse_qs(request.content.decode())["password"] == [self.password]
        if not (self.logs_in and is_right):
            return httpx.Response(200, headers=headers, content=FORM.encode())
        headers["Set-Cookie"] = f"{SESSION}=ours; Path=/{self.cookies}"
        return httpx.Response(302, headers={**headers, "Location": "/"})

    def _knows(self, request: httpx.Request) -> bool:
        return f"{SESSION}=ours" in request.headers.get("cookie", "")

    def _is_named(self, request: httpx.Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        return self.by_password and b64decode(given).decode() == f"{PROBE}:{self.password}"


def probe(site: Site) -> None:
    """Try a site."""
    with http.client(httpx.MockTransport(site)) as client:
        Probe(Api(URL, TOKEN, client), client).check()


def test_a_server_whose_api_is_for_administrators_is_safe() -> None:
    site = Site()
    probe(site)
    assert not site.is_active, "our user can log in no more"


@pytest.mark.parametrize("how", ["for_all", "by_password"])
def test_a_server_whose_api_is_for_every_worker_is_not(how: str) -> None:
    site = Site(**{how: True})  # type: ignore[arg-type] # flags, by name
    with pytest.raises(errors.TargetRefused, match="IsAdminUser"):
        probe(site)
    assert not site.is_active


@pytest.mark.parametrize(
    "site",
    [
        pytest.param(Site(for_all=True, logs_in=False), id="its sessions begin before the log-in"),
        pytest.param(Site(for_all=True, cookies="; Secure"), id="its cookies are for HTTPS"),
        pytest.param(Site(for_all=True, refuses_posts=True), id="it takes our form for forged"),
    ],
)
def test_who_could_not_log_in_has_not_found_out_that_it_is_safe(site: Site) -> None:
    with pytest.raises(errors.TargetRefused, match="cannot be found out"):
        probe(site)
    assert not site.is_active


def test_a_page_may_name_any_encoding() -> None:
    probe(Site(content_type="text/html; charset=hex"))
