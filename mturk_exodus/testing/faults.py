"""What goes wrong between a client and a server: each a transport round another.

Requests are counted from 1. What is done to the one at `at` is done to each if `at` is None.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx


class Died(BaseException):
    """The program was killed here. Nothing that it ran may have caught this."""


class NetworkUsed(AssertionError):
    """Somebody sent a request who may not."""


class Fault(httpx.BaseTransport):
    """Passes everything on, and counts it.

    Attributes:
        requests: method and path of each.
    """

    def __init__(self, inner: httpx.BaseTransport, at: int | None = None) -> None:
        self.inner = inner
        self.at = at
        self.requests: list[str] = []

    @property
    def last(self) -> str:
        """The request that was struck."""
        return self.requests[self.at - 1] if self.at and self.at <= len(self.requests) else "none"

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, or what becomes of it."""
        request.read()
        self.requests.append(f"{request.method} {request.url.path}")
        if self.at in (None, len(self.requests)):
            return self.strike(request)
        return self.inner.handle_request(request)

    def strike(self, request: httpx.Request) -> httpx.Response:
        """What goes wrong."""
        return self.inner.handle_request(request)

    def close(self) -> None:
        """What it is round is used again."""


class Answered(Fault):
    """A reply that is no success.

    Args:
        inner: what it is round.
        at: the request that is answered so.
        status: 422, 500.
        processed: whether the request has been carried out all the same.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        at: int | None = None,
        *,
        status: int,
        processed: bool = False,
    ) -> None:
        super().__init__(inner, at)
        self.status = status
        self.processed = processed

    def strike(self, request: httpx.Request) -> httpx.Response:
        """A reply that repeats the request, its headers too, as careless servers do."""
        if self.processed:
            _read(self.inner.handle_request(request))
        return httpx.Response(self.status, text=f"{request.headers.raw!r}\n{request.url}\n")


class Throttled(Fault):
    """Every request is answered with 429 some times before it is let through."""

    def __init__(
        self, inner: httpx.BaseTransport, *, times: int | None = 2, retry_after: int = 7
    ) -> None:
        super().__init__(inner)
        self.times = times
        self.retry_after = retry_after
        self._refused = 0

    def strike(self, request: httpx.Request) -> httpx.Response:
        """429 with Retry-After, or the reply."""
        if self.times is None or self._refused < self.times:
            self._refused += 1
            headers = {"Retry-After": str(self.retry_after)}
            return httpx.Response(429, headers=headers, text=f"{request.headers.raw!r}")
        self._refused = 0
        return self.inner.handle_request(request)


class _BeforeOrAfter(Fault):
    """Strikes after the request was carried out, or before it arrived."""

    def __init__(
        self, inner: httpx.BaseTransport, at: int | None = None, *, processed: bool
    ) -> None:
        super().__init__(inner, at)
        self.processed = processed

    def carried_out(self, request: httpx.Request) -> None:
        """Carry it out, if that is what comes first."""
        if self.processed:
            _read(self.inner.handle_request(request))


class Lost(_BeforeOrAfter):
    """The connection breaks: after the request was carried out, or before it arrived."""

    def strike(self, request: httpx.Request) -> httpx.Response:
        """No reply. The error's words hold the request's headers."""
        self.carried_out(request)
        raise httpx.ReadError(f"the connection was lost: {request.headers.raw!r}", request=request)


class Dies(_BeforeOrAfter):
    """The program is killed, after the request was carried out or before it was sent."""

    def strike(self, request: httpx.Request) -> httpx.Response:
        """The end."""
        self.carried_out(request)
        raise Died


class Down(Fault):
    """Nothing answers."""

    def strike(self, request: httpx.Request) -> httpx.Response:
        """No connection."""
        raise httpx.ConnectError("nothing listens", request=request)


class Forbidden(Fault):
    """Nobody may send anything."""

    def __init__(self) -> None:
        super().__init__(httpx.BaseTransport())

    def strike(self, request: httpx.Request) -> httpx.Response:
        """Say who did."""
        raise NetworkUsed(f"{request.method} {request.url.path} was sent")


def positions(requests: int, tries: int) -> Sequence[int]:
    """Some of the numbers of so many requests, the first and the last among them."""
    if requests <= tries:
        return range(1, requests + 1)
    return sorted({1 + place * (requests - 1) // (tries - 1) for place in range(tries)})


def _read(response: httpx.Response) -> None:
    response.read()
    response.close()
