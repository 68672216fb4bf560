"""A server in a thread of its own, for programs that go on meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from mturk_exodus.errors import ServeError

_LOOK_SECONDS = 0.005


@contextmanager
def running(server: uvicorn.Server, listener: socket.socket) -> Iterator[None]:
    """Serve while the context lasts.

    Raises:
        ServeError: it does not start.
    """
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="serve", daemon=True
    )
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise ServeError("the server did not start; try again")
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        server.should_exit = True
        thread.join()
