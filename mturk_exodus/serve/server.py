"""Opening the endpoint: in the foreground for a person, in the background for a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from mturk_exodus.archive import Archive
from mturk_exodus.serve.endpoint import create_app
from mturk_exodus.serve.listening import loopback, url_of
from mturk_exodus.serve.threads import quiet, running

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7878

_MOST_CONNECTIONS = 256
_LAST_ANSWERS_SECONDS = 1


def serve(
    path: Path,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve the archive at `path` until Ctrl-C.

    Args:
        path: the archive.
        host: a loopback address, or a name for one.
        port: 0 takes a free one.
        announce: told the URL as soon as calls to it are answered.

    Raises:
        ServeError: the port or the address cannot be had.
        ArchiveError: the archive cannot be read.
        KeyboardInterrupt: Ctrl-C, once everything is closed.
    """
    _check(path)
    with loopback(host, port) as listener:
        if announce is not None:
            announce(url_of(host, listener))
        _server(path).run(sockets=[listener])


@contextmanager
def background(path: Path, host: str = DEFAULT_HOST) -> Iterator[str]:
    """Serve the archive at `path` on a free port, in a thread, while the context lasts.

    Yields:
        The URL, for boto3's `endpoint_url`.

    Raises:
        ServeError: the address cannot be had.
        ArchiveError: the archive cannot be read.
    """
    _check(path)
    with loopback(host, 0) as listener:
        url = url_of(host, listener)
        with running(_server(path), listener):
            yield url


def _check(path: Path) -> None:
    """Say what is wrong with the archive before anything is opened."""
    Archive.open(path, read_only=True).close()


def _server(path: Path) -> uvicorn.Server:
    return uvicorn.Server(
        quiet(
            create_app(path),
            http="h11",
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
        )
    )
