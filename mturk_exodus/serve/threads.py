"""Servers that say nothing, and one in a thread of its own, for programs that go on meanwhile."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from mturk_exodus.errors import ServeError

_LOOK_SECONDS = 0.005


def quiet(app: Any, **settings: Any) -> uvicorn.Config:  # noqa: ANN401 - as uvicorn has them
    """How every application of ours is served: nothing is logged, nothing said of the server.

    Args:
        app: an ASGI application with a lifespan. It says itself what a person should know.
        settings: what is its own, as `uvicorn.Config` takes it.
    """
    return uvicorn.Config(
        app,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        # Addresses hold people's ids: there is no access log.
        log_level=logging.CRITICAL,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        **settings,
    )


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
