"""app.prolific.com for participants: a study's page, and the page that they come back to."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from html import escape
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from tests.fakes.prolific.people import COMPLETE, NotForYou, Participant
from tests.fakes.wire_server import Reply, Request

_COOKIE = "prolific_participant"
_HTML = "text/html; charset=utf-8"


class App:
    """What browsers get.

    `/studies/ID?participant=PID` reserves a place and shows the link to the study; the cookie that
    it sets says who comes back to `/submissions/complete?cc=CODE`.
    """

    def __init__(self, people: Mapping[str, Participant], lock: threading.RLock) -> None:
        self._people = people
        self._lock = lock

    def answer(self, request: Request) -> Reply:
        """The page, or 404."""
        parts = urlsplit(request.path)
        query = {name: each[0] for name, each in parse_qs(parts.query).items()}
        with self._lock:
            if parts.path == COMPLETE:
                return self._back(request, query.get("cc"))
            if parts.path.startswith("/studies/"):
                return self._study(request, parts.path.split("/")[2], query)
        if parts.path == "/start":
            return self._start(request)
        return _page(404, "Not found", "")

    def _study(self, request: Request, study_id: str, query: Mapping[str, str]) -> Reply:
        person = self._people.get(query.get("participant") or _remembered(request))
        if person is None:
            return _page(403, "Log in", "")
        place = person.place
        try:
            if place is None or place.submission.study_id != study_id:
                place = person.reserve(study_id)
        except (NotForYou, KeyError) as error:
            return _page(404, "This study is not for you", escape(str(error)))
        cookie = ("Set-Cookie", f"{_COOKIE}={person.id}; Path=/; SameSite=Lax")
        return _page(200, "Study", "<a id=open href=/start>Open study link</a>", cookie)

    def _start(self, request: Request) -> Reply:
        with self._lock:
            person = self._people.get(_remembered(request))
            place = person.place if person else None
            if place is None:
                return _page(404, "No study", "You are not in a study.")
            url = place.start() if place.status == "RESERVED" else place.url
        return Reply(302, b"", _HTML, headers=(("Location", url),))

    def _back(self, request: Request, code: str | None) -> Reply:
        person = self._people.get(_remembered(request))
        if person is None:
            return _page(403, "Log in", "")
        return Reply(200, person.land(code).encode(), _HTML)


def _remembered(request: Request) -> str:
    cookie = SimpleCookie(request.headers.get("cookie", "")).get(_COOKIE)
    return cookie.value if cookie else ""


def _page(status: int, title: str, body: str, *headers: tuple[str, str]) -> Reply:
    html = f"<!DOCTYPE html><title>{title}</title><h1>{title}</h1><p>{body}</p>"
    return Reply(status, html.encode(), _HTML, headers=headers)
