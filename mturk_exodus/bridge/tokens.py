"""Tokens: 100 bits that follow from a worker's id and a key, and from nothing else."""

from __future__ import annotations

import hashlib
import hmac
import re

LENGTH = 20
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter is taken for another one, or for a digit, when it is copied by hand."""
_BITS = 5
_GROUP = 5
_MISREAD = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]+")
_TOKEN = re.compile(f"[{_ALPHABET}]{{{LENGTH}}}").fullmatch
_LONGEST = 200


def token_of(key: bytes, worker_id: str) -> str:
    """A worker's token: 20 digits and capital letters.

    Args:
        key: the bridge's; without it nobody can work the token out.
        worker_id: MTurk's.
    """
    said = f"token\0{worker_id}".encode("utf-8", "replace")
    number = int.from_bytes(hmac.digest(key, said, hashlib.sha256), "big")
    return "".join(_ALPHABET[number >> (_BITS * place) & 31] for place in range(LENGTH))


def digest_of(key: bytes, token: str) -> bytes:
    """What is kept of a token: 32 bytes that do not tell it.

    Args:
        key: of the file that keeps it.
        token: as token_of gave it.
    """
    return hmac.digest(key, f"kept\0{token}".encode(), hashlib.sha256)


def spelled(token: str) -> str:
    """A token as people are shown it: `XXXXX-XXXXX-XXXXX-XXXXX`."""
    return "-".join(token[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def read(text: str) -> str | None:
    """The token that somebody typed or pasted; None if it cannot be one."""
    if len(text) > _LONGEST:
        return None
    token = _BETWEEN.sub("", text).upper().translate(_MISREAD)
    return token if _TOKEN(token) else None
