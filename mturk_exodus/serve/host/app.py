"""The host as an ASGI application: links in, pages out."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from mturk_exodus.errors import ExodusError
from mturk_exodus.serve.host import html, words
from mturk_exodus.serve.host.answering import NotTaken
from mturk_exodus.serve.host.bodies import BadBody, Bodies, Posted
from mturk_exodus.serve.host.catalogue import Place, Work
from mturk_exodus.serve.host.desk import Desk, DeskUnavailable, Reason, Refused, Visit
from mturk_exodus.serve.host.links import is_signed, seal, signature, unseal
from mturk_exodus.serve.host.origins import origin_of
from mturk_exodus.serve.host.panels import SIGNATURE, Panel
from mturk_exodus.serve.host.visits import Given, NotGiven, Visits
from mturk_exodus.serve.host.words import Words
from mturk_exodus.serve.host.works import Works
from mturk_exodus.serve.readers import Readers

PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
"""MTurk's assignmentId of a HIT that is looked at and not accepted."""
_AT_THE_DESK = 16
"""Threads that wait for the desk to write something, at the same time."""
_LOOKING = 8
"""Threads that only look something up: they need not stand in line with those who write."""
_VISIT, _FRAME = "visit", "frame"
_UNTITLED = "A task"
_LOG = logging.getLogger(__name__)
T = TypeVar("T")

_STATUS = {Reason.NO_SUCH_ASSIGNMENT: 404, Reason.NO_SUCH_HIT: 404, Reason.TOO_LONG: 413}
_CONFLICT = 409
_BAD_BODIES = {
    BadBody.TOO_LARGE: (words.TOO_LARGE, 413),
    BadBody.TOO_SLOW: (words.TOO_SLOW, 408),
    BadBody.TOO_MANY: (words.NOT_NOW, 503),
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
        self._origin = settings.place.origin
        self._key = desk.key
        self._readers = Readers(settings.archive)
        self._works = Works(self._readers, settings.place)
        self._visits = Visits(desk, self._works.find)
        self._bodies = bodies
        self._at_the_desk = anyio.CapacityLimiter(_AT_THE_DESK)
        self._looking = anyio.CapacityLimiter(_LOOKING)

    def app(self) -> Starlette:
        get, post = ["GET"], ["POST"]
        app = Starlette(
            routes=[
                Route("/", _front, methods=get),
                Route("/health", _health, methods=get),
                Route("/robots.txt", _robots, methods=get),
                Route("/pages/{name}", _file, methods=get),
                Route("/hit/{hit_id}/{signed}", self._one, methods=get),
                Route("/hits/{sealed}", self._several, methods=get),
                Route("/frame/{hit_id}/{signed}", self._frame, methods=get),
                Route("/mturk/externalSubmit", self._submit, methods=post),
                Route("/after/{token}", self._after, methods=get),
                Route("/return/{token}", self._return, methods=post),
            ],
            exception_handlers={
                404: _no_such_page,
                405: _no_such_page,
                DeskUnavailable: _not_now,
                ExodusError: _fail,
                sqlite3.Error: _fail,
                Exception: _fail,
            },
            lifespan=self._lifespan,
        )
        # It would redirect to whatever the request's Host says.
        app.router.redirect_slashes = False
        return app

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self._readers.start()
        try:
            yield
        finally:
            self._readers.close()

    async def _one(self, request: Request) -> Response:
        hit_id, signed = request.path_params["hit_id"], request.path_params["signed"]
        if not is_signed(self._key, "hit", hit_id, signed):
            return _no_such_link()
        return await self._open(request, [hit_id])

    async def _several(self, request: Request) -> Response:
        hit_ids = unseal(self._key, "hits", request.path_params["sealed"])
        return _no_such_link() if not hit_ids else await self._open(request, hit_ids)

    async def _open(self, request: Request, hit_ids: list[str]) -> Response:
        """Who only looks whether there is something takes no place from anybody."""
        if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        visit = self._panel.visit(request.query_params, self._key)
        if visit is None:
            return await self._preview(request, hit_ids[0])
        came = await self._done(lambda: self._visits.come(visit, hit_ids))
        if isinstance(came, NotGiven):
            return self._not_given(visit, came, is_several=len(hit_ids) > 1)
        return self._task(came, len(hit_ids), self._address(request))

    async def _preview(self, request: Request, hit_id: str) -> Response:
        asked = request.query_params
        if SIGNATURE in asked or (self._panel.signed and self._panel.worker in asked):
            return _no_such_link()
        work = await self._seen(lambda: self._works.find(hit_id))
        if work is None:
            return self._refusal(Refused(Reason.NO_SUCH_HIT), None)
        if work.frame.refused is not None:
            return html.words_page(words.CANNOT_BE_SHOWN, status=404)
        parameters = {"assignmentId": PREVIEW, "hitId": hit_id}
        return self._framed(work, parameters, None)

    def _task(self, given: Given, count: int, link: str) -> Response:
        parameters = {
            "assignmentId": given.assignment.assignment_id,
            "hitId": given.work.hit_id,
            "workerId": given.assignment.worker_id,
            "turkSubmitTo": self._origin,
        }
        place = f"{given.number} of {count}" if count > 1 else None
        return self._framed(given.work, parameters, (given, link, place))

    def _framed(
        self,
        work: Work,
        parameters: Mapping[str, str],
        visit: tuple[Given, str, str | None] | None,
    ) -> Response:
        address = work.frame.address(parameters)
        sources = ["'self'"] if address is None else [origin_of(address) or "'none'"]
        if address is None:
            signed = signature(self._key, _FRAME, work.hit_id)
            address = f"/frame/{work.hit_id}/{signed}?{urlencode(parameters)}"
        given, link, place = visit or (None, "", None)
        assignment = given.assignment if given else None
        return html.task_page(
            work.title or _UNTITLED,
            address,
            is_external=work.frame.url is not None,
            frame_sources=[*sources, self._origin],
            assignment=assignment,
            token=self._token(assignment.assignment_id, link) if assignment else "",
            place=place,
        )

    async def _frame(self, request: Request) -> Response:
        hit_id, signed = request.path_params["hit_id"], request.path_params["signed"]
        if not is_signed(self._key, _FRAME, hit_id, signed):
            return _no_such_link()
        work = await self._seen(lambda: self._works.find(hit_id))
        if work is None or work.frame.document is None:
            return html.words_page(words.CANNOT_BE_SHOWN, status=404, in_a_frame=True)
        return Response(work.frame.document, headers=dict(work.frame.headers))

    async def _submit(self, request: Request) -> Response:
        posted = await self._bodies.posted(request)
        if isinstance(posted, BadBody):
            said, status = _BAD_BODIES[posted]
            return html.words_page(said, status=status, in_a_frame=True)
        assignment_id = _assignment_id(posted, request)
        try:
            stored = await self._done(lambda: self._visits.submit(assignment_id, posted))
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer goes back to its author
            _tell(error)
            others = [one for one in posted if one[0] != "assignmentId"]
            again = [("assignmentId", assignment_id), *others]
            return html.again_page(words.NOT_NOW, self._origin, again)
        if isinstance(stored, NotTaken):
            is_much = stored is not NotTaken.NOTHING
            said, status = (words.TOO_LARGE, 413) if is_much else (words.NOTHING_SENT, 400)
            return html.words_page(said, status=status, in_a_frame=True)
        if isinstance(stored, Refused):
            return self._refusal(stored, None, in_a_frame=True)
        return html.submitted_page(words.STORED, self._origin)

    async def _after(self, request: Request) -> Response:
        """Where a participant goes on: to the next HIT of the visit, or back to the panel."""
        named = unseal(self._key, _VISIT, request.path_params["token"])
        if named is None:
            return _no_such_link()
        assignment_id, link = named
        done = await self._seen(lambda: self._visits.is_submitted(assignment_id))
        if done is None or link.startswith("/hits/"):
            return _redirect(link)
        visit = Visit(
            worker_id=done.worker_id,
            panel=done.panel,
            study_id=done.study_id,
            session_id=done.session_id,
        )
        return self._completed(visit)

    async def _return(self, request: Request) -> Response:
        named = unseal(self._key, _VISIT, request.path_params["token"])
        if named is None:
            return _no_such_link()
        returned = await self._done(lambda: self._visits.give_back(named[0]))
        if isinstance(returned, Refused):
            return self._refusal(returned, None)
        visit = Visit(
            worker_id=returned.worker_id,
            study_id=returned.study_id,
            session_id=returned.session_id,
        )
        return html.words_page(words.RETURNED, way_out=self._panel.way_out(visit))

    def _not_given(self, visit: Visit, came: NotGiven, *, is_several: bool) -> Response:
        if came.refused is None:
            way_out = self._panel.way_out(visit)
            return html.words_page(words.CANNOT_BE_SHOWN, status=404, way_out=way_out)
        if is_several and came.progress.is_complete:
            return self._completed(visit)
        is_done_here = came.progress.here > 0
        return self._refusal(came.refused, visit, is_done_here=is_done_here)

    def _refusal(
        self,
        refused: Refused,
        visit: Visit | None,
        *,
        in_a_frame: bool = False,
        is_done_here: bool = False,
    ) -> Response:
        """Why there is nothing to do. Who has done it in this visit may have missed the way on."""
        said = words.OF_REFUSALS[refused.reason]
        if refused.reason is Reason.DONE and visit is not None and is_done_here:
            completed = self._panel.completed(visit)
            return html.words_page(
                said, way_out=completed, way_out_says="Finish", in_a_frame=in_a_frame
            )
        status = _STATUS.get(refused.reason, _CONFLICT)
        way_out = None if in_a_frame else self._panel.way_out(visit)
        return html.words_page(said, status=status, way_out=way_out, in_a_frame=in_a_frame)

    def _completed(self, visit: Visit) -> Response:
        address = self._panel.completed(visit)
        return html.words_page(words.THANKS) if address is None else _redirect(address)

    def _token(self, assignment_id: str, link: str) -> str:
        return seal(self._key, _VISIT, [assignment_id, link])

    def _address(self, request: Request) -> str:
        """What was opened, to be opened again for the next HIT."""
        said = {
            name: value
            for name, value in request.query_params.items()
            if name in self._panel.parameters
        }
        return f"{request.url.path}?{urlencode(said)}"

    async def _done(self, work: Callable[[], T]) -> T:
        """What may have to wait for its turn to write."""
        return await anyio.to_thread.run_sync(work, limiter=self._at_the_desk)

    async def _seen(self, work: Callable[[], T]) -> T:
        """What only reads."""
        return await anyio.to_thread.run_sync(work, limiter=self._looking)


def _assignment_id(posted: Posted, request: Request) -> str:
    """From the form, or from the address, where some pages put it."""
    in_form = next((value for name, value in posted if name == "assignmentId"), "")
    return in_form or request.query_params.get("assignmentId", "")


def _redirect(address: str) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(address, 303, headers)


def _no_such_link() -> Response:
    return html.words_page(words.NO_SUCH_LINK, status=404)


async def _front(_request: Request) -> Response:
    return html.words_page(
        Words("Nothing to see here", "Tasks are opened by the links that lead to them.")
    )


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def _robots(_request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in html.FILES:
        return _no_such_link()
    headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(html.file(name), headers=headers, media_type=html.FILES[name])


async def _no_such_page(_request: Request, _error: Exception) -> Response:
    return _no_such_link()


async def _not_now(_request: Request, error: Exception) -> Response:
    _tell(error)
    return html.words_page(words.NOT_NOW, status=503)


async def _fail(_request: Request, error: Exception) -> Response:
    _tell(error)
    return html.words_page(words.NOT_NOW, status=500)


def _tell(error: Exception) -> None:
    """The operator is told what kind of thing went wrong, and nothing of anybody's."""
    text = f": {error}" if isinstance(error, ExodusError) else ""
    _LOG.error("a visitor was not served: %s%s", type(error).__name__, text)
