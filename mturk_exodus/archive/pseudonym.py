"""What stands for workers at targets: a digest of their id, with a key that is in the archive."""

from __future__ import annotations

import base64
import hashlib
import hmac

PSEUDONYM_KEY = "pseudonym_key"
"""The name of the key, as hexadecimal digits, in archive_info."""

_BYTES = 10


def pseudonym(key: bytes, worker_id: str) -> str:
    """16 letters and digits in lower case."""
    digest = hmac.digest(key, worker_id.encode(), hashlib.sha256)
    return base64.b32encode(digest[:_BYTES]).decode().lower()
