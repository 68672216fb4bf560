"""The HTTP side: AWS JSON 1.1 in, bodies and errors out, and the files that workers uploaded.

Any Authorization header is accepted, and none is needed: there is nothing to protect beyond the
loopback interface, where whoever can connect can read the archive's file or is let in on
purpose. What keeps web pages out is the Host header, which must name loopback.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mturk_exodus.archive import Archive
from mturk_exodus.errors import ExodusError
from mturk_exodus.serve import refusals
from mturk_exodus.serve.operations import answer
from mturk_exodus.serve.readers import Readers
from mturk_exodus.serve.refusals import MTurkError

_LONGEST_BODY = 1024 * 1024
# Whoever sends too much is heard out for a while, or the refusal would be lost with the connection.
_LONGEST_PATIENCE = 8 * _LONGEST_BODY
_LOOPBACK = re.compile(r"(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_TARGET = "MTurkRequesterServiceV20170117."
_AWS_JSON = "application/x-amz-json-1.1"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_BAD_REQUEST = 400
_NOT_FOUND = 404
_LOG = logging.getLogger(__name__)


def create_app(path: Path) -> Starlette:
    """The archive at `path` as an ASGI application. It reads, and never writes."""
    return _Endpoint(path).app()


class _Endpoint:
    def __init__(self, path: Path) -> None:
        self._readers = Readers(path)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._call, methods=["POST"]),
                Route("/uploads/{place:path}", self._upload, methods=["GET"]),
            ],
            middleware=[Middleware(_LoopbackOnly)],
            exception_handlers={
                MTurkError: _refuse,
                HTTPException: _refuse_http,
                ClientDisconnect: _let_go,
                ExodusError: _fail,
                sqlite3.Error: _fail,
                Exception: _fail,
            },
            lifespan=self._readers.lifespan,
        )

    async def _call(self, request: Request) -> Response:
        operation = _operation(request)
        parameters = _parameters(await _body(request))
        base_url = f"http://{request.headers['host']}"
        body = await self._readers.ask(
            lambda archive: answer(archive, operation, parameters, base_url)
        )
        return _aws_json(body)

    async def _upload(self, request: Request) -> Response:
        file = _file(request.scope["raw_path"])
        size = await self._readers.ask(lambda archive: _size(archive, file))
        headers = {
            **_HEADERS,
            "Content-Disposition": "attachment",
            "Content-Length": str(size),
        }
        return StreamingResponse(
            self._parts(file), headers=headers, media_type="application/octet-stream"
        )

    async def _parts(self, file: _File) -> AsyncIterator[bytes]:
        part = -1
        while found := await self._readers.ask(partial(_part, file=file, after=part)):
            part, content = found
            yield content


class _File(NamedTuple):
    assignment_id: str
    question_identifier: str


def _file(raw_path: bytes) -> _File:
    """Which file a path names; it is a key of the archive's, and no path of any file system."""
    try:
        places = [unquote(place, errors="strict") for place in raw_path.decode("ascii").split("/")]
        _, _, assignment_id, question = places
    except ValueError:
        raise HTTPException(_NOT_FOUND) from None
    return _File(assignment_id, question)


def _size(archive: Archive, file: _File) -> int:
    row = archive.connection.execute(
        "select size_in_bytes from uploads where assignment_id = ? and question_identifier = ?",
        file,
    ).fetchone()
    if row is None:
        raise HTTPException(_NOT_FOUND)
    return int(row[0])


def _part(archive: Archive, file: _File, after: int) -> tuple[int, bytes] | None:
    row: tuple[int, bytes] | None = archive.connection.execute(
        "select part, content from upload_parts where assignment_id = ?"
        " and question_identifier = ? and part > ? order by part limit 1",
        [*file, after],
    ).fetchone()
    return row


def _operation(request: Request) -> str:
    target = request.headers.get("x-amz-target", "")
    if not target.startswith(_TARGET):
        raise refusals.unknown_operation()
    return target.removeprefix(_TARGET)


async def _body(request: Request) -> bytes:
    body = bytearray()
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= _LONGEST_BODY:
            body += part
        elif size > _LONGEST_PATIENCE:
            break
    if size > _LONGEST_BODY:
        raise MTurkError(
            "RequestEntityTooLargeException",
            f"A request has at most {_LONGEST_BODY} bytes.",
            None,
            413,
        )
    return bytes(body)


def _parameters(body: bytes) -> dict[str, object]:
    try:
        parameters = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise refusals.not_json() from None
    if not isinstance(parameters, dict):
        raise refusals.not_json()
    return parameters


def _aws_json(body: str, status: int = 200) -> Response:
    headers = {**_HEADERS, "x-amzn-RequestId": str(uuid.uuid4())}
    return Response(body, status, headers=headers, media_type=_AWS_JSON)


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, MTurkError)  # noqa: S101 - it is registered for that alone
    return _aws_json(error.body, error.status)


async def _refuse_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return _aws_json(json.dumps({"__type": "NotFound", "Message": error.detail}), error.status_code)


async def _let_go(_request: Request, _error: Exception) -> Response:
    return Response(status_code=_BAD_REQUEST)  # that nobody will read


async def _fail(_request: Request, error: Exception) -> Response:
    # The person at the terminal is told what the client is not.
    expected = isinstance(error, (ExodusError, sqlite3.Error))
    _LOG.error(
        "a call was not answered: %s: %s",
        type(error).__name__,
        error,
        exc_info=None if expected else error,
    )
    fault = refusals.service_fault()
    return _aws_json(fault.body, fault.status)


class _LoopbackOnly:
    """Answers only those who call us by a loopback name.

    A web page that has its own name resolved to 127.0.0.1 would be let read everything otherwise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _LOOPBACK.fullmatch(
            Request(scope).headers.get("host", "")
        ):
            refusal = MTurkError(
                "AccessDeniedException", "The Host header must name loopback.", None, 403
            )
            await _aws_json(refusal.body, refusal.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)
