"""Ports of this computer, for servers of tests."""

from __future__ import annotations

import socket


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
