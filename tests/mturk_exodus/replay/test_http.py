"""What adapters are handed: which requests are repeated, and what a reply means."""

from __future__ import annotations

import json
import ssl
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus.replay.masking import Mask

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

    def ask(server: Server, method: str = "GET", url: str = URL, **more: object) -> httpx.Response:
        client = http.client(server, secrets=[SECRET], sleep=waits.append)
        clients.append(client)
        return client.request(method, url, **more)  # type: ignore[arg-type]

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


@pytest.mark.parametrize(
    "asked",
    [
        *("soon", "-5", "", "nan", "1e9", "²"),
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
        "Mon, 01 Jan 2025 99999999999:00:00 GMT",
        "Mon, 01 Jan 2025 00:00:00 +99999999999",
    ],
)
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
        (407, errors.TargetRefused),
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


@pytest.mark.parametrize(
    "spelt",
    [
        r"k\u002d0123456789",
        r"\u006B-0123456789",
        r"\\u006b\\u002d0123456789",
        "k%2D0123456789",
        "%6b-012345678%39",
        "%256B-0123456789",
        "&#107;&#x2D;0123456789",
    ],
)
def test_no_secret_is_in_an_error_however_it_is_spelt(ask: Ask, spelt: str) -> None:
    with pytest.raises(errors.TargetRejected) as caught:
        ask(Server(response(400, f'{{"key": "{spelt}", "0": 1}}')), "POST")
    assert caught.value.reply == '{"key": "***", "0": 1}'


@pytest.mark.parametrize("secret", ['a/b"c', "é\N{GRINNING FACE}", "a+b=c&d<e>", "back\\slash"])
def test_a_secret_of_odd_characters_is_masked_as_programs_write_it(secret: str) -> None:
    in_json = json.dumps(secret)[1:-1]
    for spelt in (secret, in_json, json.dumps(in_json)[1:-1], quote(secret), escape(secret)):
        assert Mask([secret])(f"<{spelt}>") == "<***>"
    assert Mask([secret])(in_json.replace("/", r"\/")) == "***"


def test_no_secret_of_an_address_is_in_an_error_and_no_line_break(ask: Ask) -> None:
    with pytest.raises(errors.TargetRejected) as caught:
        ask(Server(response(400)), "POST", url=f"http://target.invalid/{SECRET}/a%0Ab?key={SECRET}")
    assert str(caught.value) == "POST /***/a%0Ab was answered with 400"


@pytest.mark.parametrize("charset", ["rot13", "hex", "idna", "utf-7", "nonsense", '"a\0b"'])
def test_no_encoding_that_a_reply_names_is_a_bug_here(ask: Ask, charset: str) -> None:
    headers = {"content-type": f"text/html; charset={charset}"}
    answer = httpx.Response(400, headers=headers, content=b"caf\xc3\xa9 \xff")
    with pytest.raises(errors.TargetRejected) as caught:
        ask(Server(answer), "POST")
    assert caught.value.reply == "café \N{REPLACEMENT CHARACTER}"


class Lost(httpx.SyncByteStream):
    """Ends too early."""

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"a"'
        raise httpx.ReadError("gone")


def lost(code: int) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(code, stream=Lost())


def test_a_reply_that_is_lost_midway_is_asked_for_again_where_that_is_safe(ask: Ask) -> None:
    server = Server(lost(200), lost(200), response(200, '{"a": 1}'))
    assert ask(server).json() == {"a": 1}
    with pytest.raises(errors.TargetUnavailable, match="the answer was lost"):
        ask(Server(lost(200)))
    once = Server(lost(201))
    with pytest.raises(errors.OutcomeUnknown, match="the answer was lost"):
        ask(once, "POST")
    assert len(once.asked) == 1


def test_a_refusal_counts_though_its_reason_is_lost_midway(ask: Ask) -> None:
    with pytest.raises(errors.TargetRejected) as caught:
        ask(Server(lost(400)), "POST")
    assert caught.value.reply == '{"a"'


def test_a_certificate_that_is_not_trusted_is_told_at_once(ask: Ask) -> None:
    trouble = httpx.ConnectError("x")
    trouble.__cause__ = OSError("x")
    trouble.__cause__.__cause__ = ssl.SSLCertVerificationError("x")
    trouble.__cause__.__cause__.verify_message = "self-signed certificate"
    server = Server(trouble)
    with pytest.raises(errors.TargetNotUnderstood, match=r"self-signed certificate.*SSL_CERT_FILE"):
        ask(server)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("407 Proxy Authentication Required", errors.TargetRefused),
        ("502 Bad Gateway", errors.TargetUnavailable),
    ],
)
def test_what_a_proxy_says_when_a_way_through_is_asked_for(
    ask: Ask, said: str, error: type[errors.TargetError]
) -> None:
    with pytest.raises(error, match="proxy") as caught:
        ask(Server(httpx.ProxyError(said)), "POST")
    assert type(caught.value) is error


@pytest.mark.parametrize("trouble", [UnicodeError("x"), OverflowError("x")])
def test_an_address_that_the_system_does_not_take_is_no_bug(ask: Ask, trouble: Exception) -> None:
    with pytest.raises(errors.TargetUnavailable, match="cannot be sent"):
        ask(Server(trouble))


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"headers": {"Authorization": "Schlüssel"}}, errors.AdapterBroken),
        ({"url": "http://target.invalid:port/"}, errors.AdapterBroken),
        ({"json": {"text": "\ud83d"}}, errors.TargetRejected),
        ({"params": {"text": "\ud83d"}}, errors.TargetRejected),
    ],
)
def test_what_is_no_request_is_not_sent(
    ask: Ask, more: dict[str, object], error: type[errors.ExodusError]
) -> None:
    server = Server(response(200))
    with pytest.raises(error):
        ask(server, "POST", **more)
    assert not server.asked


def test_replies_are_asked_for_as_they_can_be_read(ask: Ask) -> None:
    server = Server(response(200))
    ask(server)
    assert server.asked[0].headers["accept-encoding"] == "gzip"


def test_offline_sends_nothing() -> None:
    with http.client(http.Offline()) as client, pytest.raises(errors.AdapterBroken):
        client.get(URL)
