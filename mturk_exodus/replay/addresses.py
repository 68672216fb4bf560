"""Which addresses can be asked at all."""

from __future__ import annotations

import re

import httpx

from mturk_exodus import errors

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*(%[a-z0-9._-]+)?", re.IGNORECASE)
_LAST_PORT = 65_535


def parsed(text: str) -> httpx.URL | None:
    """An address of the web with a host that can be looked up; None for anything else.

    httpx takes more than the system does: it looks hosts up by their IDNA form, which refuses
    empty labels and long ones with an error that is none of the network's.
    """
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
        host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        return None
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    return url if url.port is None or 0 < url.port <= _LAST_PORT else None


def problem(url: str) -> str | None:
    """Why something is not just the address of a server; None if it is."""
    if not url.lower().startswith(("http://", "https://")):
        return "must begin with https:// (or http://), as in your browser"
    if parsed(url) is None:
        return "names no host that can be asked; it must look like http://localhost:8080"
    if "?" in url or "#" in url or "@" in url.split("/")[2]:
        return "must be nothing but an address, without name and password, ? and #"
    return None


def base(url: str) -> str:
    """A server's address without a slash at its end.

    Raises:
        SettingMissing: it is none, or holds more than one. What it holds is not said.
    """
    url = url.strip().rstrip("/")
    why = problem(url)
    if why is not None:
        raise errors.SettingMissing(f"url {why}")
    return url
