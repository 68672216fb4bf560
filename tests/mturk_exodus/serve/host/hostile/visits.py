"""How a visitor of `exodus host` asks, answers, and sends what no browser would."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.mturk_exodus.serve.host.participants import Service

MB = 2**20
HITS = 60
SUBMIT = "/mturk/externalSubmit"
NOT_OURS = "This link is not one of ours"
SCRIPT = "<script>alert(1)</script>"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OF_A_FORM = "Content-Type: application/x-www-form-urlencoded"
Texts = dict[str, str]


class Task:
    """A HIT that a participant has."""

    def __init__(self, page: httpx.Response) -> None:
        assert page.status_code == 200, page.text
        frame = re.search(r'<iframe [^>]*src="([^"]+)"', page.text)
        assert frame is not None
        self.frame = unescape(frame[1])
        said = parse_qs(urlsplit(self.frame).query)
        self.assignment_id = said["assignmentId"][0]
        after = re.search(r'data-after="/after/([^"]+)"', page.text)
        self.token = unescape(after[1]) if after else ""

    @property
    def is_preview(self) -> bool:
        """Whether it is nobody's."""
        return not self.token


def opened(client: httpx.Client, link: str, worker: str) -> Task:
    return Task(client.get(link, params={"PROLIFIC_PID": worker}))


def is_free(client: httpx.Client, link: str) -> bool:
    """Whether the one place of a HIT is; it is not afterwards."""
    return client.get(link, params={"PROLIFIC_PID": "somebody-else"}).status_code == 200


def sent(client: httpx.Client, fields: Texts) -> httpx.Response:
    return client.post(SUBMIT, data=fields)


def raw(service: Service, *parts: bytes, seconds: float = 10) -> bytes:
    """What comes back for bytes, until the other side is silent or closes."""
    with socket.create_connection(("127.0.0.1", service.port), seconds) as one:
        with suppress(ConnectionResetError, BrokenPipeError):  # it need not hear all of it
            for part in parts:
                one.sendall(part)
        return heard(one)


def heard(one: socket.socket) -> bytes:
    said = b""
    try:
        while part := one.recv(65536):
            said += part
            if b"</html>" in said:
                break
    except (TimeoutError, ConnectionResetError):
        pass
    return said


def head(*lines: str) -> bytes:
    said = ("POST /mturk/externalSubmit HTTP/1.1", "Host: h", *lines)
    return "\r\n".join(said).encode() + b"\r\n\r\n"
