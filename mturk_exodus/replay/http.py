"""The client that adapters are handed: it repeats what is safe, waits when told, keeps secrets.

Each habit is a transport round another, so that an adapter has none of them:

    Judging( Patient( Whole( Routed )))

A request is safe to repeat if it is a GET, HEAD, PUT or DELETE, or says so itself
(`extensions=REPEATABLE`). Any other is repeated only where it certainly did not arrive: there was
no connection, or the target said that it was too busy to look at it (429).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

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
from mturk_exodus.replay.masking import Mask
from mturk_exodus.replay.replies import Clock, Unreadable, Whole
from mturk_exodus.replay.routes import Routed

REPEATABLE: Mapping[str, Any] = {"mturk_exodus.repeatable": True}
"""The extensions of a request that does no more harm twice than once."""

REDIRECTING: Mapping[str, Any] = {"mturk_exodus.redirecting": True}
"""The extensions of a request that is answered by being sent elsewhere: nobody goes there."""

_SAFE = {"GET", "HEAD", "PUT", "DELETE"}
_ATTEMPTS = 6
_LONGEST_WAIT = 120.0
_TIMEOUT = httpx.Timeout(120, connect=10)
_DID_NOT_ARRIVE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CANNOT_BE_SENT = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, UnicodeError, OverflowError)
_REPLY_KEPT = 2_000
_TOO_BUSY = 429
_UNKNOWN_TO_THE_PROXY = 407

Sleep = Callable[[float], None]


def client(
    transport: httpx.BaseTransport | None = None,
    *,
    secrets: Collection[str] = (),
    sleep: Sleep = time.sleep,
    now: Clock = time.monotonic,
) -> httpx.Client:
    """A client for an adapter.

    Args:
        transport: what sends; the network, past the proxies of the environment, if there is none.
        secrets: what no error may hold.
        sleep: seconds to wait before a request is repeated.
        now: seconds, by which a reply is told to take too long.
    """
    patient = Patient(Whole(Routed() if transport is None else transport, now), sleep)
    return _Client(
        transport=Judging(patient, secrets),
        # What httpx would ask for depends on what else is installed.
        headers={"Accept-Encoding": "gzip"},
        timeout=_TIMEOUT,
        trust_env=False,
    )


class _Client(httpx.Client):
    def build_request(self, *args: Any, **kwargs: Any) -> httpx.Request:  # noqa: ANN401 - httpx's
        """The request.

        Raises:
            AdapterBroken: no request has such an address, or such headers.
            TargetRejected: it holds half a character.
        """
        try:
            return super().build_request(*args, **kwargs)
        except httpx.InvalidURL:
            raise errors.AdapterBroken(
                "the adapter asks for an address that is none; tell its authors"
            ) from None
        except UnicodeEncodeError as error:
            if error.encoding == "ascii":
                raise errors.AdapterBroken(
                    "the adapter sends a header that is not ASCII; tell its authors"
                ) from None
            raise errors.TargetRejected("it holds half a character") from None


class Judging(httpx.BaseTransport):
    """Makes of every reply that is no success the error that says what is to be done next.

    A redirection is none either: whoever follows it hands the key to another host.
    """

    def __init__(self, inner: httpx.BaseTransport, secrets: Collection[str] = ()) -> None:
        self._inner = inner
        self._masked = Mask(secrets)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, read to its end.

        Raises:
            TargetUnavailable: it did not happen; later it may.
            OutcomeUnknown: it may have happened.
            TargetRejected: it was refused (4xx).
            TargetRefused: we were (401, 403, 407).
            TargetNotUnderstood: the reply is too large, or sends us elsewhere, or comes from who
                cannot prove to be the target.
            SettingMissing: the environment names a proxy, or certificates, that cannot be used.
        """
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        what = self._masked(f"{request.method} {path}")
        with _explained(request, what):
            response = self._inner.handle_request(request)
        if not response.is_success and not _is_expected(request, response):
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
        # Not response.text: the reply names its encoding, and Python knows some that raise.
        error.reply = self._masked(response.content.decode("utf-8", "replace"))[:_REPLY_KEPT]
        return error


def _is_expected(request: httpx.Request, response: httpx.Response) -> bool:
    return response.is_redirect and REDIRECTING.items() <= request.extensions.items()


_MEANING = {
    401: " (the key is not accepted)",
    403: " (the key is not allowed to)",
    407: " by a proxy (which wants a name and a password: http://name:password@host:port)",
    413: " (it is too large)",
    429: " (too busy); run the command again later",
}


def _kind(request: httpx.Request, code: int) -> type[errors.TargetError]:
    if code in (401, 403, _UNKNOWN_TO_THE_PROXY):
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
    except _DID_NOT_ARRIVE as error:
        raise _not_reached(host, _distrust(error)) from None
    except httpx.ProxyError as error:
        raise _not_let_through(what, str(error)) from None
    except _CANNOT_BE_SENT:
        raise errors.TargetUnavailable(f"{what} cannot be sent to {host} as it is") from None
    except httpx.TransportError as error:
        kind = errors.TargetUnavailable if _is_safe(request) else errors.OutcomeUnknown
        raise kind(f"{what}: the answer was lost ({type(error).__name__})") from None
    except Unreadable as error:
        raise errors.TargetNotUnderstood(f"{what}: {error}") from None


def _not_reached(host: str, distrust: str | None) -> errors.TargetError:
    if distrust is None:
        return errors.TargetUnavailable(
            f"nothing answers at {host}; is the address right, and the server running?"
        )
    return errors.TargetNotUnderstood(
        f"{host} cannot prove who it is: {distrust}; if it is a server of your own, put its"
        " certificate into a file and name that in the environment's SSL_CERT_FILE"
    )


def _not_let_through(what: str, why: str) -> errors.TargetError:
    if why.startswith(str(_UNKNOWN_TO_THE_PROXY)):
        meaning = _MEANING[_UNKNOWN_TO_THE_PROXY]
        return errors.TargetRefused(f"{what} was answered with {_UNKNOWN_TO_THE_PROXY}{meaning}")
    return errors.TargetUnavailable(f"{what}: the proxy does not let it through")


def _distrust(error: BaseException | None) -> str | None:
    """What is wrong with the certificate, if it is that."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


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
            retry_error_callback=_last,
        )
        response: httpx.Response = retrying(self._inner.handle_request, request)
        return response

    def close(self) -> None:
        """Close what it is round."""
        self._inner.close()


def _may_be_repeated(request: httpx.Request, error: BaseException) -> bool:
    if isinstance(error, _DID_NOT_ARRIVE):
        return _distrust(error) is None
    lost = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
    return isinstance(error, lost) and _is_safe(request)


def _is_worth_repeating(request: httpx.Request, response: httpx.Response) -> bool:
    code = response.status_code
    return code == _TOO_BUSY or (httpx.codes.is_server_error(code) and _is_safe(request))


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
        then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
        return max(0.0, (then - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, OverflowError):
        return None


def _last(state: RetryCallState) -> Any:  # noqa: ANN401 - tenacity's signature
    """What the last attempt gave; tenacity would wrap it in an error of its own."""
    return state.outcome.result() if state.outcome else None


class Offline(httpx.BaseTransport):
    """Sends nothing: for whoever only makes a plan, which asks nobody."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse."""
        raise errors.AdapterBroken(
            f"a plan must ask nobody, and this one asked {request.url.host}; tell its authors"
        )
