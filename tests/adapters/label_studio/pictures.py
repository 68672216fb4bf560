"""A host of pictures at loopback, and how pictures look."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mturk_exodus.demo.png import png

GREY = (200, 200, 200)
HUELESS = 8
"""How far red, green and blue may be apart in what is called grey."""
_NAME = re.compile(r"/[a-z]+-(\d{1,4})x(\d{1,4})\.png").fullmatch


class Host(ThreadingHTTPServer):
    """Serves `/NAME-WIDTHxHEIGHT.png`, grey all over.

    Args:
        shares: whether it lets pages of other hosts use its pictures (CORS).
    """

    daemon_threads = True

    def __init__(self, *, shares: bool) -> None:
        self.shares = shares
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        size = _NAME(self.path)
        body = grey(int(size[1]), int(size[2])) if size else b""
        self.send_response(200 if size else 404)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        if self.server.shares:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@cache
def grey(width: int, height: int) -> bytes:
    """A picture as PNG."""
    return png([[GREY] * width] * height)


@contextmanager
def host(*, shares: bool) -> Iterator[Host]:
    """A host while it is there."""
    one = Host(shares=shares)
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.shutdown()
        one.server_close()
        thread.join()
