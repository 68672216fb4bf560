"""The host, listening."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mturk_exodus.serve.host.app import Settings, create_app
from mturk_exodus.serve.host.collecting import Collector, Keep, collect
from mturk_exodus.serve.host.desk import Desk
from mturk_exodus.serve.listening import anywhere, loopback, url_of
from mturk_exodus.serve.threads import quiet, running

_MOST_CONNECTIONS = 4_000
_KEEP_ALIVE_SECONDS = 30
_HEADERS_SECONDS = 20
_LAST_ANSWERS_SECONDS = 10
_SWITCH_SECONDS = 0.0005
"""Whoever writes holds everybody up, and waits for this long after each of its statements."""


def run(
    settings: Settings,
    desk: Desk,
    keep: Keep,
    *,
    host: str,
    port: int,
    collect_every: float,
    prepare: Callable[[], None],
    announce: Callable[[str], None],
) -> int:
    """Serve until Ctrl-C or SIGTERM, and collect; how many assignments came in at the very end.

    Args:
        settings: what the host is told. An empty origin is where it listens.
        desk: open.
        keep: writes answers into the archive.
        host: an address of this computer's.
        port: 0 takes a free one.
        collect_every: seconds.
        prepare: called once the port is ours, before anybody is answered.
        announce: told the address as soon as calls to it are answered.

    Raises:
        ServeError: the port or the address cannot be had.
        ArchiveError: at the end, the archive cannot be written.
        DeskUnavailable: at the end, the desk does not answer.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    with anywhere(host, port) as listener:
        url = url_of(host, listener)
        if not settings.place.origin:
            settings = replace(settings, place=replace(settings.place, origin=url))
        collector = Collector(desk, keep, collect_every)
        collector.start()
        try:
            prepare()
            config = _config(create_app(settings, desk))
            _Announced(config, lambda: announce(url)).run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            collector.stop()
    return collect(desk, keep)


@contextmanager
def background(settings: Settings, desk: Desk) -> Iterator[str]:
    """Serve on a free port of this computer while the context lasts, without collecting.

    Yields:
        Where it is reached; its pages go by the origin in the settings.
    """
    server = uvicorn.Server(_config(create_app(settings, desk)))
    with loopback("127.0.0.1", 0) as listener, running(server, listener):
        yield url_of("127.0.0.1", listener)


def _config(app: Any) -> uvicorn.Config:  # noqa: ANN401 - an ASGI application, as uvicorn has it
    return quiet(
        app,
        http=_Patient,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )


class _Announced(uvicorn.Server):
    """Tells when it has begun."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


class _Patient(H11Protocol):
    """Lets a connection go that does not say in time what it wants; uvicorn waits for ever.

    So it does for the rest of a request that it has answered already, and until its answer is read.
    """

    seconds: float = _HEADERS_SECONDS
    _waiting: asyncio.TimerHandle | None = None
    _watching: asyncio.TimerHandle | None = None
    _unread = (0, 0)
    _answers = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in H11Protocol
        super().connection_made(transport)
        self._wait()
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._is_owed():
            self._wait_no_more()
        elif self._waiting is None:
            self._wait()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._answers += 1
        if self.conn.their_state is h11.SEND_BODY and self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Once and again: let go whoever reads nothing of what waits."""
        left, answers = self.transport.get_write_buffer_size(), self._answers
        if left and (left, answers) == self._unread:
            self.transport.abort()
            return
        self._unread = left, answers
        self._watching = self.loop.call_later(self.seconds, self._watch)

    def _is_owed(self) -> bool:
        """Whether we wait for them: for a request, or for what is left of one that is answered."""
        if self.conn.their_state is h11.SEND_BODY:
            return self.conn.our_state is h11.DONE
        return self.conn.their_state is h11.IDLE

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if self._is_owed() and not self.transport.is_closing():
            self.transport.close()
