"""Sockets to listen on, or one line that says why there is none."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from mturk_exodus.errors import ServeError

_DEFAULT = "127.0.0.1"
_BACKLOG = 1_024


def loopback(host: str, port: int) -> socket.socket:
    """A socket that only this computer reaches. 0 takes a free port.

    Raises:
        ServeError: the port or the address cannot be had.
    """
    return _listening(host, port, is_loopback=True)


def anywhere(host: str, port: int) -> socket.socket:
    """A socket at any address of this computer's.

    Raises:
        ServeError: the port or the address cannot be had.
    """
    return _listening(host, port, is_loopback=False)


def url_of(host: str, listener: socket.socket) -> str:
    """Where it is reached."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def _listening(host: str, port: int, *, is_loopback: bool) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if is_loopback and not ipaddress.ip_address(address[0]).is_loopback:
            raise ServeError(f"{host} is not this computer alone; serve on {_DEFAULT}")
        return _bound(family, address)
    except UnicodeError:
        raise ServeError(f"{host} is no address; try --host {_DEFAULT}") from None
    except OSError as error:
        raise ServeError(_refusal(host, port, error)) from error


def _bound(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named, and
    # socket.create_server names none: each reply would come 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} of {host} is taken, perhaps by this program, started before;"
            " stop that one, or name another --port"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"port {port} may not be taken without more rights; name a --port above 1023"
    return f"cannot listen on {host} ({error.strerror}); try --host {_DEFAULT}"
