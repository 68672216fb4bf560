"""Origins of addresses, as they may stand in a policy."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST = re.compile(
    r"[a-z0-9](?:[a-z0-9._-]{0,250}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]", re.ASCII
).fullmatch
_DEFAULTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str | None:
    """Scheme, host and port, spelled as browsers compare them; None if a browser is not sent there.

    A name with other letters than ASCII must be given as `xn--`.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    host = f"[{host}]" if ":" in host else host
    if parts.scheme not in _DEFAULTS or _HOST(host) is None:
        return None
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port is not None and port != _DEFAULTS[parts.scheme] else ""
    )
