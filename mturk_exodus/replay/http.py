"""The client that adapters are handed: it repeats what is safe, waits when told, keeps secrets.

Each habit is a transport round another, so that an adapter has none of them:

    Judging( Patient( Routed( httpx.HTTPTransport )))

A request is safe to repeat if it is a GET, HEAD, PUT or DELETE, or says so itself
(`extensions=REPEATABLE`). Any other is repeated only where it certainly did not arrive: there was
no connection, or the target said that it was too busy to look at it (429).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_any,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from mturk_exodus import errors

REPEATABLE: Mapping[str, Any] = {"mturk_exodus.repeatable": True}
"""The extensions of a request that does no more harm twice than once."""

LARGEST_REPLY = 256 * 1024 * 1024
"""Bytes, unpacked."""

_SAFE = {"GET", "HEAD", "PUT", "DELETE"}
_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
_TIMEOUT = httpx.Timeout(120, connect=10)
_DID_NOT_ARRIVE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_REPLY_KEPT = 2_000
_TOO_BUSY = 429

Sleep = Callable[[float], None]


def client(
    transport: httpx.BaseTransport | None = None,
    *,
    secrets: Collection[str] = (),
    sleep: Sleep = time.sleep,
) -> httpx.Client:
    """A client for an adapter.

    Args:
        transport: what sends; the network, past the proxies of the environment, if there is none.
        secrets: what no error may hold.
        sleep: seconds to wait before a request is repeated.
    """
    patient = Patient(Routed() if transport is None else transport, sleep)
    return httpx.Client(transport=Judging(patient, secrets), timeout=_TIMEOUT, trust_env=False)


class Judging(httpx.BaseTransport):
    """Makes of every reply that is no success the error that says what is to be done next.

    A redirection is none either: whoever follows it hands the key to another host.
    """

    def __init__(self, inner: httpx.BaseTransport, secrets: Collection[str] = ()) -> None:
        self._inner = inner
        self._secrets = sorted((one for one in secrets if one), key=len, reverse=True)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, read to its end.

        Raises:
            TargetUnavailable: it did not happen; later it may.
            OutcomeUnknown: it may have happened.
            TargetRejected: it was refused (4xx).
            TargetRefused: we were (401, 403).
            TargetNotUnderstood: the reply is too large, or sends us elsewhere.
        """
        what = f"{request.method} {request.url.path}"
        with _explained(request, what):
            response = _whole(self._inner.handle_request(request), what)
        if not response.is_success:
            raise self._judged(request, response, what)
        return response

    def close(self) -> None:
        """Close what it is round."""
        self._inner.close()

    def _judged(
        self, request: httpx.Request, response: httpx.Response, what: str
    ) -> errors.TargetError:
        code = response.status_code
        error = _kind(request, code)(f"{what} was answered with {code}{_MEANING.get(code, '')}")
        error.status_code = code
        error.reply = self._without_secrets(response.text)[:_REPLY_KEPT]
        return error

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


_MEANING = {
    401: " (the key is not accepted)",
    403: " (the key is not allowed to)",
    413: " (it is too large)",
    429: " (too busy); run the command again later",
}


def _kind(request: httpx.Request, code: int) -> type[errors.TargetError]:
    if code in (401, 403):
        return errors.TargetRefused
    if code == _TOO_BUSY:
        return errors.TargetUnavailable
    if httpx.codes.is_client_error(code) and code != httpx.codes.REQUEST_TIMEOUT:
        return errors.TargetRejected
    if httpx.codes.is_server_error(code) or code == httpx.codes.REQUEST_TIMEOUT:
        return errors.TargetUnavailable if _is_safe(request) else errors.OutcomeUnknown
    return errors.TargetNotUnderstood


def _is_safe(request: httpx.Request) -> bool:
    return request.method in _SAFE or REPEATABLE.items() <= request.extensions.items()


@contextmanager
def _explained(request: httpx.Request, what: str) -> Iterator[None]:
    """Httpx's errors as ours. Their own words may hold headers, and so secrets."""
    host = request.url.host
    try:
        yield
    except _DID_NOT_ARRIVE:
        raise errors.TargetUnavailable(
            f"nothing answers at {host}; is the address right, and the server running?"
        ) from None
    except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.ProxyError):
        raise errors.TargetUnavailable(f"{what} cannot be sent to {host} as it is") from None
    except httpx.TransportError as error:
        kind = errors.TargetUnavailable if _is_safe(request) else errors.OutcomeUnknown
        raise kind(f"{what}: the answer was lost ({type(error).__name__})") from None
    except httpx.DecodingError:
        raise errors.TargetNotUnderstood(f"{what}: the answer cannot be unpacked") from None


def _whole(response: httpx.Response, what: str) -> httpx.Response:
    """The same reply, unpacked and in memory, unless it is too large for that."""
    body = bytearray()
    try:
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST_REPLY:
                raise errors.TargetNotUnderstood(f"{what}: the answer is too large")
    finally:
        response.close()
    headers = [
        (name, value)
        for name, value in response.headers.raw
        if name.lower() not in (b"content-encoding", b"content-length", b"transfer-encoding")
    ]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body))


class Patient(httpx.BaseTransport):
    """Repeats what is safe to repeat, after a while that grows, or that the target asks for."""

    def __init__(self, inner: httpx.BaseTransport, sleep: Sleep) -> None:
        self._inner = inner
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The first reply that is worth having, or the last."""
        retrying = Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_pause,
            retry=retry_any(
                retry_if_exception(lambda error: _may_be_repeated(request, error)),
                retry_if_result(lambda response: _is_worth_repeating(request, response)),
            ),
            before_sleep=_let_go,
            retry_error_callback=_last,
        )
        response: httpx.Response = retrying(self._inner.handle_request, request)
        return response

    def close(self) -> None:
        """Close what it is round."""
        self._inner.close()


def _may_be_repeated(request: httpx.Request, error: BaseException) -> bool:
    if isinstance(error, _DID_NOT_ARRIVE):
        return True
    lost = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
    return isinstance(error, lost) and _is_safe(request)


def _is_worth_repeating(request: httpx.Request, response: httpx.Response) -> bool:
    code = response.status_code
    return code == _TOO_BUSY or (httpx.codes.is_server_error(code) and _is_safe(request))


def _let_go(state: RetryCallState) -> None:
    """A reply that nobody reads would keep its connection."""
    if state.outcome is not None and not state.outcome.failed:
        state.outcome.result().close()


_GROWING = wait_random_exponential(multiplier=0.5, max=30)


def _pause(state: RetryCallState) -> float:
    outcome = state.outcome
    if outcome is not None and not outcome.failed:
        asked = _asked_for(outcome.result().headers.get("retry-after", ""))
        if asked is not None:
            return min(asked, _LONGEST_WAIT)
    return _GROWING(state)


def _asked_for(header: str) -> float | None:
    """The seconds of a Retry-After header, which has seconds or a date (RFC 9110, 10.2.3)."""
    if header.isdecimal():
        return float(header[:9])
    try:
        then = parsedate_to_datetime(header)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
    return max(0.0, (then - datetime.now(timezone.utc)).total_seconds())


def _last(state: RetryCallState) -> Any:  # noqa: ANN401 - tenacity's signature
    """What the last attempt gave; tenacity would wrap it in an error of its own."""
    return state.outcome.result() if state.outcome else None


class Routed(httpx.BaseTransport):
    """The network, by the proxies that the environment names for a host."""

    def __init__(self) -> None:
        self._direct = httpx.HTTPTransport()
        self._proxies = {
            scheme: httpx.HTTPTransport(proxy=url)
            for scheme, url in getproxies().items()
            if scheme in ("http", "https") and url.startswith("http")
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply."""
        proxy = self._proxies.get(request.url.scheme)
        direct = proxy is None or proxy_bypass(request.url.host)
        return (self._direct if direct or proxy is None else proxy).handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        for transport in (self._direct, *self._proxies.values()):
            transport.close()


class Offline(httpx.BaseTransport):
    """Sends nothing: for whoever only makes a plan, which asks nobody."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse."""
        raise errors.AdapterBroken(
            f"a plan must ask nobody, and this one asked {request.url.host}; tell its authors"
        )
