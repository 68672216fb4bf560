"""Posted forms, read within limits of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import parse_qsl

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from mturk_exodus.serve.host.answering import MOST_BYTES, MOST_FIELDS

LONGEST_BODY = 3 * MOST_BYTES + 2**20
"""Bytes. A byte takes three in a form that is urlencoded."""
_ALL_BODIES = 128 * 2**20
"""Bytes of all bodies that are read, or being stored, at the same time."""
_HEARD_OUT = 4 * LONGEST_BODY
"""Bytes. Whoever sends too much is heard out for a while, so that the refusal arrives."""
_FREE = 2**15
"""Bytes of each body that count for nothing: whoever fills the budget keeps no short answer out."""
_AT_ONCE = 2**16
"""Bytes. Others need not wait while so few are taken apart."""
_SECONDS = 60.0
_URLENCODED = "application/x-www-form-urlencoded"

Posted = list[tuple[str, str]]


class BadBody(str, Enum):
    """Why a body is no form."""

    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    TOO_MANY = "others send too much at the moment"
    NO_FORM = "not a form"


class Bodies:
    """Reads bodies, all of them within one budget of memory."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._held = 0

    @asynccontextmanager
    async def posted(self, request: Request) -> AsyncIterator[Posted | BadBody]:
        """Names and values, in the order of the form. While the context lasts, they count."""
        take = _Take(self)
        try:
            yield await self._posted(request, take)
        finally:
            self._held -= take.size

    async def _posted(self, request: Request, take: _Take) -> Posted | BadBody:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _URLENCODED:
            return BadBody.NO_FORM
        try:
            body = await asyncio.wait_for(_read(request, take), self._seconds)
        except asyncio.TimeoutError:
            return BadBody.TOO_SLOW
        except ClientDisconnect:
            return BadBody.NO_FORM
        if isinstance(body, BadBody):
            return body
        if len(body) <= _AT_ONCE:
            return _fields(body)
        return await anyio.to_thread.run_sync(_fields, body)

    def hold(self, size: int) -> bool:
        """Whether there is room for so many bytes more."""
        if self._held + size > _ALL_BODIES:
            return False
        self._held += size
        return True


class _Take:
    """What one body takes of the budget."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._free = _FREE
        self.size = 0

    def __call__(self, size: int) -> bool:
        free = min(size, self._free)
        self._free -= free
        size -= free
        if not self._bodies.hold(size):
            return False
        self.size += size
        return True


async def _read(request: Request, take: _Take) -> bytes | BadBody:
    body, size, refused = bytearray(), 0, None
    async for part in request.stream():
        size += len(part)
        if size > LONGEST_BODY:
            refused = BadBody.TOO_LARGE
        elif refused is None and not take(len(part)):
            refused = BadBody.TOO_MANY
        if refused is None:
            body += part
        elif size > _HEARD_OUT:
            break
    return refused or bytes(body)


def _fields(body: bytes) -> Posted | BadBody:
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS + 1,
        )
    except ValueError:
        return BadBody.TOO_LARGE
