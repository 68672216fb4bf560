"""Which way a request goes, and whom it trusts."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
import trustme

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus.replay.routes import Routed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Answers(BaseHTTPRequestHandler):
    """Says what it was asked for."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    """A connection that is given up is no error."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on this machine; its port."""
    server = Server(("127.0.0.1", 0), Answers)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def proxy() -> Iterator[int]:
    with serving() as port:
        yield port


def asked(url: str) -> str:
    with http.client(sleep=lambda _seconds: None) as client:
        return client.get(url).text


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_environments_proxy_is_asked(
    name: str, scheme: str, proxy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy is told the whole address."""
    monkeypatch.setenv(name, f"{scheme}127.0.0.1:{proxy}")
    assert asked("http://far.invalid/a") == "http://far.invalid/a"


@pytest.mark.parametrize(
    ("excepted", "url", "is_direct"),
    [
        ("localhost", "http://localhost/", True),
        ("localhost", "http://LOCALHOST:8080/", True),
        ("localhost:8080", "http://localhost:8080/", True),
        ("localhost:8080", "http://localhost:8081/", False),
        ("localhost:80", "http://localhost/", True),
        ("[::1]", "http://[::1]:8080/", True),
        ("::1", "http://[::1]:8080/", True),
        ("[::1]:8080", "http://[::1]:8080/", True),
        ("[::1]:8080", "http://[::1]/", False),
        ("x.invalid, .example.com", "http://a.example.com/", True),
        ("example.com", "http://badexample.com/", False),
        ("*", "http://far.invalid/", True),
        ("localhost", "http://far.invalid/", False),
    ],
)
def test_hosts_that_the_environment_excepts_are_asked_themselves(
    excepted: str, url: str, is_direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", excepted)
    sent: list[object] = []
    monkeypatch.setattr(httpx.HTTPTransport, "__init__", noting(sent))
    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda _self, _request: httpx.Response(200)
    )
    Routed().handle_request(httpx.Request("GET", url))
    assert sent == [None if is_direct else "http://127.0.0.1:9"]


def noting(sent: list[object]) -> Callable[..., None]:
    def made(_self: object, *, verify: ssl.SSLContext, proxy: object) -> None:
        assert verify.verify_mode is ssl.CERT_REQUIRED
        sent.append(proxy)

    return made


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "socks5://127.0.0.1:9",
        "httpfoo://x",
        "http://[bad",
        "http://user:S3KRIT@host:99999999",
        "http://",
        "http://-a..b",
        "http://a b",
    ],
)
def test_a_proxy_that_cannot_be_asked_is_not_gone_round(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with serving() as port:
        with pytest.raises(errors.SettingMissing, match=f"{name} names no proxy") as caught:
            asked(f"http://127.0.0.1:{port}/")
        assert "S3KRIT" not in str(caught.value)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert asked(f"http://127.0.0.1:{port}/there") == "/there"


@pytest.mark.parametrize("text", [None, "", "no certificate\n"])
def test_certificates_that_cannot_be_read(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "certificates.pem"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(errors.SettingMissing, match="SSL_CERT_FILE") as caught:
        asked("https://127.0.0.1:9/")
    assert str(file) in str(caught.value)


def test_a_server_of_ones_own_is_trusted_when_its_certificate_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(context)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving(context) as port:
        waits: list[float] = []
        with (
            http.client(sleep=waits.append) as client,
            pytest.raises(errors.TargetNotUnderstood, match=r"certificate.*SSL_CERT_FILE"),
        ):
            client.get(f"https://localhost:{port}/")
        assert not waits
        trusted = tmp_path / "authority.pem"
        authority.cert_pem.write_to_path(trusted)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert asked(f"https://localhost:{port}/there") == "/there"
