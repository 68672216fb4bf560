"""A small HTTP/1.1 server that can also misbehave on the wire."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import sys
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

_MAX_LINE = 65_536


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the server sends, and how badly.

    Attributes:
        wait: seconds to hold the reply back.
        flaw: "" sends it whole, "cut_body" closes half-way through, "reset" sends nothing.
        headers: beside those of the content.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    wait: float = 0.0
    flaw: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def read_request(stream: io.BufferedReader) -> Request | None:
    """The next request of a connection, or None when the client has ended it."""
    words = stream.readline(_MAX_LINE).decode("latin-1").split()
    if len(words) != 3:
        return None
    headers: dict[str, str] = {}
    while line := stream.readline(_MAX_LINE).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    body = stream.read(length)
    return Request(words[0], words[1], headers, body) if len(body) == length else None


class _Connection(socketserver.BaseRequestHandler):
    server: WireServer
    request: socket.socket

    def handle(self) -> None:
        # A client that is killed leaves a broken pipe, which is no fault of the server.
        with contextlib.suppress(OSError):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.request.makefile("rb") as stream:
                reset = self._converse(stream)
            if reset:
                # After the stream, which would keep the socket open beyond its close().
                linger = struct.pack("ii", 1, 0)
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.request.close()

    def _converse(self, stream: io.BufferedReader) -> bool:
        """Answer until the connection ends; whether it is to be reset."""
        while (request := read_request(stream)) is not None:
            reply = self.server.answer(request)
            if reply.wait and self.server.closing.wait(reply.wait):
                return False
            if reply.flaw == "reset":
                return True
            self._send(request, reply)
            if reply.flaw or request.headers.get("connection", "").lower() == "close":
                return False
        return False

    def _send(self, request: Request, reply: Reply) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
        head = (
            f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{more}"
            f"Content-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\n\r\n"
        ).encode("latin-1")
        body = reply.body if request.method != "HEAD" else b""
        if reply.flaw == "cut_body":
            body = body[: len(body) // 2]
        self.request.sendall(head + body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class WireServer(socketserver.ThreadingTCPServer):
    """Answers each request with what `answer` says; `errors` holds what `answer` raised.

    With `tls` it speaks HTTPS.
    """

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, answer: Callable[[Request], Reply], tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self._tls = tls
        self.closing = threading.Event()
        self.errors: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Connection)
        self._loop = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._loop.start()

    @property
    def url(self) -> str:
        """The server's address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection; the handshake is left to its own thread."""
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        wrapped = self._tls.wrap_socket(connection, True, do_handshake_on_connect=False)
        return wrapped, address

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Remember the connection, then give it a thread."""
        with self._open_lock:
            self._open.add(cast("socket.socket", request))
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Forget the connection and end it."""
        with self._open_lock:
            self._open.discard(cast("socket.socket", request))
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002
        """Keep what is a mistake in a test; what is the network's doing is nobody's."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)

    def close(self) -> None:
        """Stop listening, end every connection and wait for their threads."""
        self.closing.set()
        self.shutdown()
        self._loop.join()
        with self._open_lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self.server_close()
