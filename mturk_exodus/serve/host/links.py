"""Links that nobody can forge: what they say is signed with the desk's key.

A link to a HIT is the same for everybody, so that a panel can put its participants' ids into it.
What a page carries for one participant (which assignment, whose) is sealed for that one purpose.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

_SIGNATURE_BYTES = 16
_LONGEST = 8_192
"""Characters of a sealed text."""


def link(base_url: str, hit_ids: Sequence[str], key: bytes, parameters: Mapping[str, str]) -> str:
    """A link to one HIT, or to several that are worked on one after the other.

    Args:
        base_url: the public address of the host.
        hit_ids: in their order.
        key: the desk's.
        parameters: what the panel fills in, by name: `{"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}`.
            Braces and percent signs of such placeholders stay as they are.
    """
    if len(hit_ids) == 1:
        path = f"hit/{quote(hit_ids[0], safe='')}/{signature(key, 'hit', hit_ids[0])}"
    else:
        path = f"hits/{seal(key, 'hits', list(hit_ids))}"
    asked = urlencode(parameters, quote_via=quote, safe="{}%")
    return f"{base_url.rstrip('/')}/{path}{'?' if asked else ''}{asked}"


def signature(key: bytes, purpose: str, said: str) -> str:
    """What shows that we have said something for a purpose: 22 letters, digits, `-` and `_`."""
    digest = hmac.digest(key, f"{purpose}\0{said}".encode("utf-8", "replace"), hashlib.sha256)
    return urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode().rstrip("=")


def is_signed(key: bytes, purpose: str, said: str, signed: str) -> bool:
    """Whether the signature is ours. It takes as long however much of it is right."""
    right = signature(key, purpose, said).encode()
    return hmac.compare_digest(right, signed.encode("utf-8", "replace"))


def seal(key: bytes, purpose: str, values: Sequence[str]) -> str:
    """Texts as one text for addresses, which says them openly and cannot be changed."""
    said = urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")
    return f"{said}.{signature(key, purpose, said)}"


def unseal(key: bytes, purpose: str, sealed: str) -> list[str] | None:
    """The texts; None if we have not sealed them for that purpose."""
    said, dot, signed = sealed.rpartition(".")
    if not dot or len(sealed) > _LONGEST or not is_signed(key, purpose, said, signed):
        return None
    values: list[str] = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    return values
