"""A frame in a real browser, behind a proxy that is all the network there is."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import trustme

from mturk_exodus.questions.showing import SANDBOX, Frame

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from playwright.sync_api import Frame as Shown

ORIGIN = "http://host.test"
SERVED = "https://host.test"
"""The origin of a real host, which `Network.services` names."""
ASSIGNMENT, HIT, WORKER = "3ASSIGNMENT", "3HIT", "A3WORKER"
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
PHONE = {"width": 390, "height": 800}
WINDOW = {"width": 1280, "height": 800}
OUTSIDE_PAGE = """<!doctype html><meta name=viewport content="width=device-width">
<form id=f method=post><input type=hidden name=assignmentId id=a><input name=code>
<button>Done</button></form><script>
const said = new URLSearchParams(location.search);
document.getElementById("a").value = said.get("assignmentId");
document.getElementById("f").action = `${said.get("turkSubmitTo")}/mturk/externalSubmit`;
</script>"""
"""A page of another site's, which an ExternalQuestion names; it posts to where it is told."""
_STEP = 50  # ms
_BROWSERS_OWN = "https://content-autofill.googleapis.com/"
"""What Chromium asks by itself about forms that it meets."""
_OF_A_CONNECTION = {"connection", "content-length", "keep-alive", "transfer-encoding"}
_SERVICE_SECONDS = 60
Pairs = list[tuple[str, str]]


@dataclass
class Network:
    """What the browser asks for.

    Attributes:
        documents: what the host serves, by path: headers and body.
        posts: what arrived at the host, as it came.
        elsewhere: the addresses that others were asked for; nobody but the host has anything.
        connected: whom a tunnel was made to, `name:port`, whether or not anything was asked there.
        services: the ports of real services, by the origins that they have for the browser.
        sites: pages of others, by address without query; who asks for them stands in `elsewhere`.
    """

    documents: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)
    posts: list[Pairs] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    services: dict[str, int] = field(default_factory=dict)
    sites: dict[str, str] = field(default_factory=dict)


class _Proxy(BaseHTTPRequestHandler):
    network: Network
    certificate: ssl.SSLContext
    protocol_version = "HTTP/1.1"
    timeout = 5
    _tunnel = ""

    def finish(self) -> None:
        """As it is, and for what was encrypted, too."""
        super().finish()
        self.connection.close()

    def do_CONNECT(self) -> None:
        """Be whoever is asked for: a connection alone, which browsers make ahead, asks nothing."""
        self.network.connected.append(self.path)
        self._reply(200, {}, "")
        try:
            self.connection = self.certificate.wrap_socket(self.connection, server_side=True)
        except OSError:
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self._tunnel = f"https://{self.path.removesuffix(':443')}"

    def do_GET(self) -> None:
        url = f"{self._tunnel}{self.path}"
        if port := self._port_of(url):
            self._forward(port, b"")
        elif url.startswith(f"{ORIGIN}/"):
            headers, body = self.network.documents.get(urlsplit(url).path, ({}, ""))
            self._reply(200 if body else 404, headers, body)
        else:
            self._note(url)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = sent.decode()
        url = f"{self._tunnel}{self.path}"
        if port := self._port_of(url):
            if self.path == "/mturk/externalSubmit":
                self.network.posts.append(parse_qsl(body, keep_blank_values=True))
            self._forward(port, sent)
        elif url == f"{ORIGIN}/mturk/externalSubmit":
            self.network.posts.append(parse_qsl(body, keep_blank_values=True))
            self._reply(200, {"Content-Type": "text/html"}, "<h1>Thank you</h1>")
        else:
            self._note(url)

    def do_OPTIONS(self) -> None:
        self._note(f"{self._tunnel}{self.path}")

    def _port_of(self, url: str) -> int | None:
        parts = urlsplit(url)
        return self.network.services.get(f"{parts.scheme}://{parts.netloc}")

    def _forward(self, port: int, body: bytes) -> None:
        """Ask the service, as a proxy before it does, and say what it says."""
        service = HTTPConnection("127.0.0.1", port, timeout=_SERVICE_SECONDS)
        try:
            asked = {name: value for name, value in self.headers.items() if _is_for_others(name)}
            service.request(self.command, self.path, body or None, asked)
            reply = service.getresponse()
            said = {name: value for name, value in reply.getheaders() if _is_for_others(name)}
            self._reply(reply.status, said, reply.read())
        finally:
            service.close()

    def _note(self, url: str) -> None:
        if not url.startswith(_BROWSERS_OWN):
            self.network.elsewhere.append(url)
        page = self.network.sites.get(url.partition("?")[0])
        if page is None:
            self._reply(404, {}, "")
        else:
            self._reply(200, {"Content-Type": "text/html; charset=utf-8"}, page)

    def _reply(self, status: int, headers: dict[str, str], body: str | bytes) -> None:
        sent = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "CONNECT":
            self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _is_for_others(header: str) -> bool:
    return header.lower() not in _OF_A_CONNECTION


class Stage:
    """One browser, in which frames are shown one after the other.

    Attributes:
        network: what it asks for, since the last frame was shown.
        page: the visitor's page.
        errors: what went wrong in its scripts.
    """

    def __init__(self, browser: Browser, proxy: str, network: Network) -> None:
        self._context = browser.new_context(proxy={"server": proxy}, ignore_https_errors=True)
        self._context.set_default_timeout(10_000)
        self.network = network
        self.page: Page = self._context.new_page()
        self.errors: list[str] = []

    def show(self, frame: Frame, *, preview: bool = False, phone: bool = False) -> Shown:
        """Show a frame as the host shows it; when its scripts have run."""
        assert frame.document is not None, frame.refused
        self._clear()
        wanted = {
            "assignmentId": PREVIEW if preview else ASSIGNMENT,
            "hitId": HIT,
            "workerId": WORKER,
            "turkSubmitTo": ORIGIN,
        }
        query = "&".join(f"{name}={quote(value, '')}" for name, value in wanted.items())
        around = (
            "<!doctype html><meta name=viewport content='width=device-width'>"
            "<body style='margin:0'>"
            f"<iframe sandbox='{SANDBOX}' src='/frame?{query}' "
            "style='border:0;width:100%;height:780px'></iframe>"
        )
        policy = {"Content-Security-Policy": f"frame-src {ORIGIN}", "Content-Type": "text/html"}
        self.network.documents.update(
            {"/hit": (policy, around), "/frame": (dict(frame.headers), frame.document)}
        )
        if phone:
            self.page.set_viewport_size(PHONE)  # type: ignore[arg-type] # a dict with both sides
        self.page.goto(f"{ORIGIN}/hit", wait_until="load")
        shown = self.page.frames[1]
        shown.wait_for_load_state("load")
        return shown

    def open(self, url: str, *, phone: bool = False) -> None:
        """Open an address of the real service in a new tab, the only one."""
        self._clear()
        self.page.set_viewport_size(PHONE if phone else WINDOW)  # type: ignore[arg-type] # as below
        self.page.goto(url, wait_until="load")

    def task(self) -> Shown:
        """What is in the frame of the page that was opened."""
        shown = self.page.frames[1]
        shown.wait_for_load_state("load")
        return shown

    def tab(self) -> Page:
        """One more tab of the same visitor's."""
        return self._context.new_page()

    def close(self) -> None:
        """Let go of all connections."""
        self._context.close()

    def posted(self, *, seconds: float = 5) -> Pairs:
        """What the page sent; nothing if it did not within that time."""
        self.wait(lambda: bool(self.network.posts), seconds)
        return self.network.posts[0] if self.network.posts else []

    def wait(self, is_so: object, seconds: float) -> None:
        """Let the browser go on until something is so, or the time is over."""
        assert callable(is_so)
        for _ in range(int(seconds * 1000 / _STEP)):
            if is_so():
                return
            self.page.wait_for_timeout(_STEP)

    def _clear(self) -> None:
        for page in self._context.pages:
            page.close()
        self.page = self._context.new_page()
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.on("pageerror", lambda error: self.errors.append(f"{error.stack or error}"))
        self.errors.clear()
        self.network.posts.clear()
        self.network.elsewhere.clear()
        self.network.connected.clear()


@contextmanager
def stage(browser: Browser) -> Iterator[Stage]:
    """A stage while its proxy runs."""
    network = Network()
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("anyone.invalid").configure_cert(certificate)
    handler = type("Proxy", (_Proxy,), {"network": network, "certificate": certificate})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    one = Stage(browser, f"http://127.0.0.1:{server.server_address[1]}", network)
    try:
        yield one
    finally:
        one.close()
        server.shutdown()
        server.server_close()
        thread.join()
