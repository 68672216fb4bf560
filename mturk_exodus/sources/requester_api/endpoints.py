"""Where MTurk's requester API lives."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from mturk_exodus.errors import RequesterError

REGION = "us-east-1"
"""The only region MTurk has; boto3 builds hosts that do not exist for any other."""

PRODUCTION = "https://mturk-requester.us-east-1.amazonaws.com"
SANDBOX = "https://mturk-requester-sandbox.us-east-1.amazonaws.com"

_HOST = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?|[0-9a-f:.]+")

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def choose(endpoint_url: str | None, *, sandbox: bool) -> str:
    """The URL to talk to.

    Raises:
        RequesterError: the URL is not one of an HTTP server.
    """
    if endpoint_url is None:
        return SANDBOX if sandbox else PRODUCTION
    try:
        parts = urlsplit(endpoint_url)
        parts.port  # noqa: B018 - raises ValueError where it is none
        name = parts.hostname or ""
        secrets = parts.username is not None or parts.query or parts.fragment
        usable = parts.scheme in ("http", "https") and not secrets and _HOST.fullmatch(name)
    except ValueError:
        usable = None
    if not usable:
        raise RequesterError(
            "--endpoint-url wants a URL such as http://127.0.0.1:7878, without user name or query"
        )
    return endpoint_url.rstrip("/").removesuffix(":443" if parts.scheme == "https" else ":80")


def host(endpoint: str) -> str:
    """The host of an endpoint's URL."""
    return urlsplit(endpoint).hostname or ""


def is_loopback(endpoint: str) -> bool:
    """Whether the endpoint is a program on this machine, such as `exodus serve`."""
    return host(endpoint) in LOOPBACK
