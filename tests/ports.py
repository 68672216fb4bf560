"""Ports of this computer, for servers of tests."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

_FIRST, _LAST = 20_000, 32_767
"""Below those that a system gives to whoever connects: a server may end and come back to its port,
and nobody has taken it meanwhile.
"""


def free_port() -> int:
    """One that nobody listens at."""
    while True:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
