"""The host as an ASGI application: links in, pages out."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mturk_exodus.bridge import beside
from mturk_exodus.errors import ExodusError
from mturk_exodus.serve.host import html, words
from mturk_exodus.serve.host.answering import MOST_BYTES, NotTaken
from mturk_exodus.serve.host.bodies import BadBody, Bodies, Posted
from mturk_exodus.serve.host.bridging import Bridging
from mturk_exodus.serve.host.catalogue import Place
from mturk_exodus.serve.host.desk import Desk, DeskUnavailable, Reason, Refused
from mturk_exodus.serve.host.lines import Line
from mturk_exodus.serve.host.links import is_signed, unseal
from mturk_exodus.serve.host.panels import SIGNATURE, Panel
from mturk_exodus.serve.host.replies import FRAME, Replies, is_of_several, no_such_link, redirect
from mturk_exodus.serve.host.visits import NotGiven, Visits, now_in_utc
from mturk_exodus.serve.host.words import Words
from mturk_exodus.serve.host.works import Works
from mturk_exodus.serve.readers import Readers

_AT_THE_DESK = 8
"""Threads that wait for the desk to write something, at the same time: as many as its connections.
With more, all of them are later."""
_LOOKING = 4
"""Threads that only look something up: they need not stand in line with those who write."""
_PATIENCE_SECONDS = 20
_LOG = logging.getLogger(__name__)

_BAD_BODIES = {
    BadBody.TOO_LARGE: (words.TOO_LARGE, 413),
    BadBody.TOO_SLOW: (words.TOO_SLOW, 408),
    BadBody.TOO_MANY: (words.TOO_MANY, 503),
    BadBody.NO_FORM: (words.NOTHING_SENT, 400),
}


@dataclass(frozen=True)
class Settings:
    """What a host is told.

    Attributes:
        archive: whose HITs are shown.
        panel: where participants come from.
        place: where they come to.
    """

    archive: Path
    panel: Panel
    place: Place


def create_app(settings: Settings, desk: Desk, bodies: Bodies | None = None) -> Starlette:
    """The host. It reads the archive and never writes to it; `desk` is closed by its owner."""
    return _Host(settings, desk, bodies or Bodies()).app()


class _Host:
    def __init__(self, settings: Settings, desk: Desk, bodies: Bodies) -> None:
        self._panel = settings.panel
        self._desk = desk
        self._key = desk.key
        self._replies = Replies(settings.panel, settings.place, desk.key)
        self._readers = Readers(settings.archive)
        self._works = Works(self._readers, settings.place)
        self._visits = Visits(desk, self._works.find)
        self._bodies = bodies
        self._done = Line(_AT_THE_DESK, _PATIENCE_SECONDS).run
        self._seen = Line(_LOOKING, _PATIENCE_SECONDS).run
        self._bridging = Bridging(
            beside(settings.archive), settings.panel, desk.key, bodies, self._done, now_in_utc
        )

    def app(self) -> Starlette:
        get, post = ["GET"], ["POST"]
        app = Starlette(
            routes=[
                Route("/", _front, methods=get),
                Route("/health", self._health, methods=get),
                Route("/robots.txt", _robots, methods=get),
                Route("/pages/{name}", _file, methods=get),
                Route("/hit/{hit_id}/{signed}", self._one, methods=get + post),
                Route("/hits/{sealed}", self._several, methods=get + post),
                Route("/frame/{hit_id}/{signed}", self._frame, methods=get),
                Route("/mturk/externalSubmit", self._submit, methods=post),
                Route("/after/{token}", self._after, methods=get),
                Route("/return/{token}", self._return, methods=post),
                Route("/bridge/{signed}", self._bridging.page, methods=get + post),
            ],
            exception_handlers={
                404: _no_such_page,
                405: _no_such_page,
                DeskUnavailable: _not_now,
                ExodusError: _fail,
                sqlite3.Error: _fail,
                Exception: _fail,
            },
            lifespan=self._readers.lifespan,
        )
        # It would redirect to whatever the request's Host says.
        app.router.redirect_slashes = False
        return app

    async def _one(self, request: Request) -> Response:
        hit_id, signed = request.path_params["hit_id"], request.path_params["signed"]
        if not is_signed(self._key, "hit", hit_id, signed):
            return no_such_link()
        return await self._open(request, [hit_id])

    async def _several(self, request: Request) -> Response:
        hit_ids = unseal(self._key, "hits", request.path_params["sealed"])
        return no_such_link() if not hit_ids else await self._open(request, hit_ids)

    async def _open(self, request: Request, hit_ids: list[str]) -> Response:
        """Who only looks whether there is something takes no place from anybody."""
        if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        asked, path = request.query_params, request.url.path
        visit = self._panel.visit(asked, self._key)
        if request.method == "POST":
            return self._begin(request, is_known=visit is not None)
        if visit is None:
            return await self._preview(request, hit_ids[0])
        link = self._panel.address(path, asked, self._key)
        has_begun = self._panel.has_begun(asked, self._key)
        if not has_begun and await self._seen(lambda: self._visits.begins(visit, hit_ids)):
            work = await self._seen(lambda: self._works.find(hit_ids[0]))
            return self._replies.begin(work.title if work else None, len(hit_ids), link)
        came = await self._done(lambda: self._visits.come(visit, hit_ids))
        if isinstance(came, NotGiven):
            return self._replies.not_given(visit, came, is_several=len(hit_ids) > 1)
        return self._replies.task(came, len(hit_ids), link)

    def _begin(self, request: Request, *, is_known: bool) -> Response:
        """The button of the first page, which a panel's links have not."""
        if not is_known or not self._panel.signed:
            return no_such_link()
        path, asked = request.url.path, request.query_params
        return redirect(self._panel.address(path, asked, self._key, has_begun=True))

    async def _preview(self, request: Request, hit_id: str) -> Response:
        asked = request.query_params
        if SIGNATURE in asked or (self._panel.signed and self._panel.worker in asked):
            return no_such_link()
        work = await self._seen(lambda: self._works.find(hit_id))
        if work is None:
            return self._replies.refusal(Refused(Reason.NO_SUCH_HIT))
        return self._replies.preview(work)

    async def _frame(self, request: Request) -> Response:
        hit_id, signed = request.path_params["hit_id"], request.path_params["signed"]
        if not is_signed(self._key, FRAME, hit_id, signed):
            return no_such_link()
        work = await self._seen(lambda: self._works.find(hit_id))
        if work is None or work.frame.document is None:
            return html.words_page(words.CANNOT_BE_SHOWN, status=404, in_a_frame=True)
        return Response(work.frame.document, headers=dict(work.frame.headers))

    async def _submit(self, request: Request) -> Response:
        """Its memory is counted until the answer is stored."""
        async with self._bodies.posted(request) as posted:
            if isinstance(posted, BadBody):
                return _not_taken(*_BAD_BODIES[posted])
            return await self._store(_assignment_id(posted, request), posted)

    async def _store(self, assignment_id: str, posted: Posted) -> Response:
        try:
            stored = await self._done(lambda: self._visits.submit(assignment_id, posted))
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer goes back to its author
            _tell(error)
            if sum(len(name) + len(value) for name, value in posted) > MOST_BYTES:
                return _not_taken(*_BAD_BODIES[BadBody.TOO_LARGE])
            return await self._seen(lambda: self._replies.again(assignment_id, posted))
        if isinstance(stored, NotTaken):
            is_much = stored is not NotTaken.NOTHING
            return _not_taken(*_BAD_BODIES[BadBody.TOO_LARGE if is_much else BadBody.NO_FORM])
        if isinstance(stored, Refused):
            return self._replies.refused_answer(stored)
        return self._replies.stored()

    async def _after(self, request: Request) -> Response:
        """Where a participant goes on: to the next HIT of the visit, or back to the panel."""
        named = self._replies.named(request.path_params["token"])
        if named is None:
            return no_such_link()
        assignment_id, link = named
        done = await self._seen(lambda: self._visits.is_submitted(assignment_id))
        if done is None or is_of_several(link):
            return redirect(link)
        return self._replies.completed(done.visit)

    async def _return(self, request: Request) -> Response:
        named = self._replies.named(request.path_params["token"])
        if named is None:
            return no_such_link()
        assignment_id, link = named
        returned = await self._done(lambda: self._visits.give_back(assignment_id))
        if isinstance(returned, Refused):
            return self._replies.refusal(returned)
        hit_ids = self._of_several(link)
        has_others = await self._seen(lambda: self._visits.has_others(returned.visit, hit_ids))
        return self._replies.returned(returned, link, has_others=has_others)

    def _of_several(self, link: str) -> list[str]:
        """The HITs of a visit of several; none for a link to one."""
        sealed = urlsplit(link).path.removeprefix("/hits/")
        return (unseal(self._key, "hits", sealed) or []) if is_of_several(link) else []

    async def _health(self, _request: Request) -> Response:
        await self._seen(self._desk.answers)
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


def _assignment_id(posted: Posted, request: Request) -> str:
    """From the form, or from the address, where some pages put it."""
    in_form = next((value for name, value in posted if name == "assignmentId"), "")
    return in_form or request.query_params.get("assignmentId", "")


def _not_taken(said: Words, status: int) -> Response:
    return html.words_page(said, status=status, in_a_frame=True)


async def _front(_request: Request) -> Response:
    return html.words_page(words.FRONT)


async def _robots(_request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in html.FILES:
        return no_such_link()
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(html.file(name), headers=headers, media_type=html.FILES[name])


async def _no_such_page(_request: Request, _error: Exception) -> Response:
    return no_such_link()


async def _not_now(_request: Request, error: Exception) -> Response:
    _tell(error)
    return html.words_page(words.NOT_NOW, status=503)


async def _fail(_request: Request, error: Exception) -> Response:
    _tell(error)
    return html.words_page(words.NOT_NOW, status=500)


def _tell(error: Exception) -> None:
    """The operator is told what kind of thing went wrong and where, and nothing of anybody's."""
    if isinstance(error, ExodusError):
        _LOG.error("a visitor was not served: %s", error)
        return
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    _LOG.error("a visitor was not served: %s (%s)", type(error).__name__, place)
