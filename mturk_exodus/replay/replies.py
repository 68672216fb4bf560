"""A reply is read to its end, within bounds, before anybody looks at it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import cast

import httpx

LARGEST_REPLY = 256 * 1024 * 1024
"""Bytes, packed as well as unpacked."""

LARGEST_REFUSAL = 1_000_000
"""Bytes of a reply that is no success; the rest of it is left unread."""

LONGEST_REPLY = 15 * 60.0
"""Seconds that the body of a reply may take, however steadily it comes."""

_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_STEP = 64 * 1024
_NO_LONGER_TRUE = (b"content-encoding", b"content-length", b"transfer-encoding")

Clock = Callable[[], float]


class Unreadable(httpx.DecodingError):
    """There is a reply, but it is too large, or cannot be unpacked."""


class TooSlow(httpx.TransportError):
    """A reply that comes, but does not end. Nobody waits for a second one."""


class Whole(httpx.BaseTransport):
    """Replies are in memory and unpacked.

    httpx would unpack a part at once, whatever comes of it, and as many times as a reply says:
    2 KB can hold 1 GB.

    Args:
        inner: what sends.
        now: seconds, from whenever.
    """

    def __init__(self, inner: httpx.BaseTransport, now: Clock) -> None:
        self._inner = inner
        self._now = now

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply. Of one that is no success the beginning, as far as it can be read.

        Raises:
            Unreadable: it is too large, or packed otherwise than it says, or than is asked for.
            TransportError: it does not end, or ends too early.
        """
        response = self._inner.handle_request(request)
        try:
            body = self._body(response)
        finally:
            response.close()
        headers = [
            (name, value)
            for name, value in response.headers.raw
            if name.lower() not in _NO_LONGER_TRUE
        ]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body))

    def close(self) -> None:
        """Close what it is round."""
        self._inner.close()

    def _body(self, response: httpx.Response) -> bytearray:
        body = bytearray()
        if response.is_success:
            for part in _bounded(self._parts(response)):
                body += part
            return body
        with suppress(httpx.TransportError, Unreadable):
            for part in self._parts(response):
                body += part
                if len(body) >= LARGEST_REFUSAL:
                    break
        return body[:LARGEST_REFUSAL]

    def _parts(self, response: httpx.Response) -> Iterator[bytes]:
        raw = _bounded(_timed(cast("httpx.SyncByteStream", response.stream), self._now))
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            return raw
        if coding not in _CODINGS:
            raise Unreadable("the answer is packed in a way that nobody asked for")
        return _unpacked(raw, _CODINGS[coding])


def _timed(parts: Iterable[bytes], now: Clock) -> Iterator[bytes]:
    end = now() + LONGEST_REPLY
    for part in parts:
        if now() > end:
            raise TooSlow("it took too long")
        yield part


def _bounded(parts: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST_REPLY:
            raise Unreadable("the answer is too large")
        yield part


def _unpacked(parts: Iterable[bytes], wbits: int) -> Iterator[bytes]:
    """What is packed, a step at a time.

    Raises:
        Unreadable: it is not packed so.
        RemoteProtocolError: its end is missing.
    """
    packed = _Packed(wbits)
    try:
        for part in parts:
            yield from packed.unpacked(part)
        yield from packed.rest()
    except zlib.error:
        raise Unreadable("the answer cannot be unpacked") from None


class _Packed:
    """One packed text, or several one after another (RFC 1952, 2.2)."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._one = zlib.decompressobj(wbits)
        self._begun = False

    def unpacked(self, part: bytes) -> Iterator[bytes]:
        left = part
        while left:
            self._begun = True
            if self._one.eof:
                self._one = zlib.decompressobj(self._wbits)
            yield self._one.decompress(left, _STEP)
            left = self._one.unconsumed_tail or self._one.unused_data

    def rest(self) -> Iterator[bytes]:
        """The few bytes that zlib may hold back."""
        yield self._one.flush()
        if self._begun and not self._one.eof:
            raise httpx.RemoteProtocolError("the packed answer is cut off")
