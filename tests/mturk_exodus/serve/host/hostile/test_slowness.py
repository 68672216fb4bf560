"""Who is slow, asks and does not read, or comes and says nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from mturk_exodus.serve.host.app import Settings, create_app
from mturk_exodus.serve.host.bodies import Bodies
from mturk_exodus.serve.host.catalogue import Place
from mturk_exodus.serve.host.desk import Desk, OfferedHIT
from mturk_exodus.serve.host.links import link as link_to
from mturk_exodus.serve.host.panels import PANELS
from mturk_exodus.serve.host.server import _config, _Patient
from mturk_exodus.serve.listening import anywhere, url_of
from tests.mturk_exodus.serve.host.hostile.visits import OF_A_FORM, Task, head, heard
from tests.mturk_exodus.serve.host.participants import archive_of


class _Hurried(_Patient):
    seconds = 0.5


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A host in this process that waits half a second for anything; a link of its, and its port."""
    path = tmp_path / "mturk.db"
    (hit_id,) = archive_of(path, 1, 9)
    with Desk.open(tmp_path / "desk") as desk, anywhere("127.0.0.1", 0) as listener:
        desk.offer([OfferedHIT(hit_id=hit_id, places=9, assignment_duration_in_seconds=3600)])
        url = url_of("127.0.0.1", listener)
        app = create_app(Settings(path, PANELS["prolific"], Place(url)), desk, Bodies(seconds=0.5))
        config = _config(app)
        config.http = _Hurried
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield link_to(url, [hit_id], desk.key, {}), listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def is_let_go(one: socket.socket, drip: bytes, seconds: float = 8) -> bool:
    """Whether the other side closes, although a byte comes now and then."""
    until = time.monotonic() + seconds
    one.settimeout(0.1)
    while time.monotonic() < until:
        if is_closed_after(one, drip):
            return True
    return False


def is_closed_after(one: socket.socket, drip: bytes) -> bool:
    try:
        if drip:
            one.sendall(drip)
        while one.recv(65536):
            pass
    except TimeoutError:
        return False
    except (ConnectionResetError, BrokenPipeError):
        pass
    return True


FORM_OF_100 = head(OF_A_FORM, "Content-Length: 100")


@pytest.mark.parametrize(
    ("said", "drip"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\n", b""),
        (b"GET /health HTTP/1.1\r\nHost: h\r\nX: ", b"y"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\n\r\nGET /hea", b"l"),
        (FORM_OF_100, b""),
        (FORM_OF_100, b"a"),
        (head("Content-Type: text/plain", "Content-Length: 1000"), b"a"),
        (b"POST /return/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", b"a"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=[
        "nothing",
        "empty lines",
        "half a head",
        "a head by bytes",
        "a second head by bytes",
        "no body",
        "a body by bytes",
        "a body that is not read, by bytes",
        "a body behind a refusal, by bytes",
        "chunks that nobody asked for",
    ],
)
def test_who_is_too_slow_is_let_go(hurried: tuple[str, int], said: bytes, drip: bytes) -> None:
    link, port = hurried
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(said)
        got = httpx.get(f"{link}?PROLIFIC_PID=quick", trust_env=False)
        assert got.status_code == 200  # others are served meanwhile
        assert is_let_go(slow, drip)


def test_a_slow_body_is_told_that_it_is(hurried: tuple[str, int]) -> None:
    with socket.create_connection(("127.0.0.1", hurried[1]), 10) as slow:
        slow.sendall(FORM_OF_100 + b"a=b")
        said = heard(slow)
    assert said.startswith(b"HTTP/1.1 408")
    assert b"did not arrive in time" in said


def test_who_is_quick_may_stay(hurried: tuple[str, int]) -> None:
    """A connection that is used now and then outlives the time for a request."""
    with httpx.Client(trust_env=False) as client:
        for _ in range(4):
            assert Task(client.get(f"{hurried[0]}?PROLIFIC_PID=quick")).token
            time.sleep(0.4)


class _Unread(asyncio.Transport):
    """A connection whose other side reads so much between two looks."""

    def __init__(self, left: int, reads: int) -> None:
        super().__init__()
        self.looked = asyncio.Event()
        self.is_aborted = False
        self._left, self._reads, self._looks = left, reads, 0

    def get_write_buffer_size(self) -> int:
        self._left = max(0, self._left - self._reads)
        self._looks += 1
        if self._looks == 5:
            self.looked.set()
        return self._left

    def abort(self) -> None:
        self.is_aborted = True
        self.looked.set()

    def close(self) -> None:
        """Nothing more is looked at."""


@pytest.mark.parametrize(
    ("left", "reads", "aborted"), [(9, 0, True), (90, 1, False), (0, 0, False)]
)
def test_an_answer_that_nobody_reads_is_not_kept(left: int, reads: int, *, aborted: bool) -> None:
    async def scenario() -> bool:
        stuck = _Unread(left, reads)
        config = uvicorn.Config(Starlette(), http=_Hurried, lifespan="off")
        config.load()
        one = _Hurried(config, ServerState(), {}, asyncio.get_running_loop())
        one.seconds = 0.01
        one.transport = stuck
        one._watch()
        await asyncio.wait_for(stuck.looked.wait(), 10)
        one.connection_lost(None)
        return stuck.is_aborted

    assert asyncio.run(scenario()) is aborted


def test_who_asks_and_does_not_read_is_let_go(hurried: tuple[str, int]) -> None:
    asked = b"GET /pages/visitor.css HTTP/1.1\r\nHost: a\r\n\r\n" * 400
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(8)
        one.connect(("127.0.0.1", hurried[1]))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            one.sendall(asked * 1_000)
