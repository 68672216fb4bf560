"""What adapters are handed: which requests are repeated, and what a reply means."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[..., httpx.Response]

URL = "http://target.invalid/api/things"
SECRET = "k-0123456789"  # noqa: S105 - nobody's

Answer = httpx.Response | Exception


class Server(httpx.BaseTransport):
    """Gives its answers one after another, the last one for ever."""

    def __init__(self, *answers: Answer | Callable[[], Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        given = answer() if callable(answer) else answer
        if isinstance(given, Exception):
            raise given
        return given


def response(code: int, text: str = "{}", **headers: str) -> Callable[[], httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.Response(code, text=text, headers=named)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def ask(waits: list[float]) -> Iterator[Callable[..., httpx.Response]]:
    clients = []

    def ask(server: Server, method: str = "GET", **more: object) -> httpx.Response:
        client = http.client(server, secrets=[SECRET], sleep=waits.append)
        clients.append(client)
        return client.request(method, URL, **more)  # type: ignore[arg-type]

    yield ask
    for client in clients:
        client.close()


def test_a_success_is_handed_through(ask: Ask) -> None:
    assert ask(Server(response(201, '{"id": 7}')), "POST").json() == {"id": 7}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "trouble",
    [response(500), response(502), response(503), httpx.ReadError("x"), httpx.ReadTimeout("x")],
    ids=["500", "502", "503", "read error", "time out"],
)
def test_what_is_safe_is_repeated(
    ask: Ask, waits: list[float], method: str, trouble: Answer
) -> None:
    server = Server(trouble, trouble, response(200))
    assert ask(server, method).status_code == 200
    assert (len(server.asked), len(waits)) == (3, 2)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "trouble",
    [
        response(500),
        response(504),
        response(408),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
        httpx.WriteError("x"),
        httpx.ReadTimeout("x"),
    ],
    ids=["500", "504", "408", "read error", "protocol", "write error", "time out"],
)
def test_what_may_have_happened_is_not_repeated(ask: Ask, method: str, trouble: Answer) -> None:
    server = Server(trouble)
    with pytest.raises(errors.OutcomeUnknown):
        ask(server, method)
    assert len(server.asked) == 1


@pytest.mark.parametrize("trouble", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")])
def test_what_did_not_arrive_is_repeated_whatever_it_is(ask: Ask, trouble: Answer) -> None:
    server = Server(trouble, response(201))
    assert ask(server, "POST").status_code == 201
    with pytest.raises(errors.TargetUnavailable, match=r"nothing answers at target\.invalid"):
        ask(Server(trouble), "POST")


def test_a_post_that_says_so_is_repeated(ask: Ask) -> None:
    server = Server(response(500), response(200))
    assert ask(server, "POST", extensions=dict(http.REPEATABLE)).status_code == 200


def test_a_target_that_is_too_busy_is_given_the_time_that_it_asks_for(
    ask: Ask, waits: list[float]
) -> None:
    soon, late = response(429, retry_after="7"), response(429, retry_after="99999")
    server = Server(soon, late, response(200))
    assert ask(server, "POST").status_code == 200
    assert waits == [7.0, 120.0]


def test_a_date_in_the_past_asks_for_no_time(ask: Ask, waits: list[float]) -> None:
    ask(Server(response(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), response(200)))
    assert waits == [0.0]


@pytest.mark.parametrize("asked", ["soon", "-5", "", "nan", "1e9", "²"])
def test_nonsense_asks_for_no_certain_time(ask: Ask, waits: list[float], asked: str) -> None:
    server = Server(
        lambda: httpx.Response(429, headers=[(b"retry-after", asked.encode())]), response(200)
    )
    ask(server)
    assert 0 <= waits[0] <= 30


def test_who_is_always_too_busy_is_unavailable(ask: Ask) -> None:
    server = Server(response(429))
    with pytest.raises(errors.TargetUnavailable, match="too busy") as caught:
        ask(server, "POST")
    assert (caught.value.status_code, len(server.asked)) == (429, 6)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, errors.TargetRejected),
        (404, errors.TargetRejected),
        (409, errors.TargetRejected),
        (413, errors.TargetRejected),
        (401, errors.TargetRefused),
        (403, errors.TargetRefused),
        (301, errors.TargetNotUnderstood),
        (307, errors.TargetNotUnderstood),
    ],
)
def test_what_a_reply_means(ask: Ask, code: int, error: type[errors.TargetError]) -> None:
    server = Server(response(code, "why not", location="http://elsewhere.invalid/"))
    with pytest.raises(error) as caught:
        ask(server, "POST")
    assert type(caught.value) is error
    assert (caught.value.status_code, caught.value.reply) == (code, "why not")
    assert len(server.asked) == 1


def test_a_safe_request_that_never_succeeds_did_not_happen(ask: Ask) -> None:
    with pytest.raises(errors.TargetUnavailable) as caught:
        ask(Server(response(500, "disk full")))
    assert caught.value.reply == "disk full"


def test_no_secret_is_in_an_error(ask: Ask) -> None:
    server = Server(response(400, f"bad key {SECRET}!" + "x" * 5000))
    with pytest.raises(errors.TargetRejected) as caught:
        ask(server, "POST", headers={"Authorization": f"Token {SECRET}"}, params={"key": SECRET})
    assert SECRET not in str(caught.value)
    assert SECRET not in caught.value.reply
    assert len(caught.value.reply) == 2000
    with pytest.raises(errors.TargetUnavailable) as other:
        ask(Server(httpx.LocalProtocolError(f"Illegal header value {SECRET}")))
    assert SECRET not in str(other.value)


def test_a_reply_is_bounded(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_REPLY", 1000)
    with pytest.raises(errors.TargetNotUnderstood, match="too large"):
        ask(Server(response(200, "x" * 1001)))


def test_a_reply_is_bounded_unpacked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_REPLY", 100_000)
    packed = gzip.compress(b"x" * 1_000_000)
    assert len(packed) < 10_000
    headers = {"content-encoding": "gzip"}
    stream = httpx.ByteStream(packed)
    with pytest.raises(errors.TargetNotUnderstood, match="too large"):
        ask(Server(lambda: httpx.Response(200, headers=headers, stream=stream)))


def test_a_packed_reply_is_unpacked_once(ask: Ask) -> None:
    packed = httpx.ByteStream(gzip.compress(b'{"a": 1}'))
    headers = {"content-encoding": "gzip"}
    got = ask(Server(lambda: httpx.Response(200, headers=headers, stream=packed)))
    assert got.json() == {"a": 1}


def test_a_reply_that_cannot_be_unpacked_is_not_understood(ask: Ask) -> None:
    headers = {"content-encoding": "gzip"}
    with pytest.raises(errors.TargetNotUnderstood, match="cannot be unpacked"):
        ask(
            Server(
                lambda: httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"no gzip"))
            )
        )


def test_offline_sends_nothing() -> None:
    with http.client(http.Offline()) as client, pytest.raises(errors.AdapterBroken):
        client.get(URL)


def test_the_environments_proxy_is_asked_but_for_hosts_that_it_excepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "localhost")
    routed = http.Routed()
    sent = []

    def handle(self: httpx.HTTPTransport, _request: httpx.Request) -> httpx.Response:
        sent.append(self)
        return httpx.Response(200)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    for url in ("http://far.invalid/", "http://localhost/"):
        routed.handle_request(httpx.Request("GET", url))
    routed.close()
    assert sent[0] is not sent[1]
