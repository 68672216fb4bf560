"""The bridge's key: a small file, which alone tells whose a token is."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from mturk_exodus.errors import BridgeError
from mturk_exodus.publishing import published

_BYTES = 32
_LARGEST = 1_000
_HEAD = "mturk-exodus bridge key 1: "
_WRITTEN = re.compile(f"{_HEAD}([0-9a-f]{{{2 * _BYTES}}})\\s*").fullmatch


def key_for(path: Path) -> bytes:
    """The key in a file; one that is made now, if there is no such file.

    Raises:
        BridgeError: what is there is no key, or cannot be read.
        OutputFailed: it cannot be written.
    """
    if not path.exists():
        with published(path, makes_folders=False) as to:
            to.write(f"{_HEAD}{secrets.token_hex(_BYTES)}\n")
    return existing_key(path)


def existing_key(path: Path) -> bytes:
    """The key in a file.

    Raises:
        BridgeError: there is none, or what is there is no key, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = _WRITTEN(file.read(_LARGEST).decode("ascii", "replace"))
    except FileNotFoundError:
        raise BridgeError(
            f"the bridge's key {path} is not there, and it alone tells whose a token is; put it"
            " back, or name it: --key"
        ) from None
    except OSError as error:
        raise BridgeError(f"the key {path} cannot be read: {error.strerror}") from None
    if found is None:
        raise BridgeError(f"{path} is no key of a bridge; it was left as it is. Name another --key")
    return bytes.fromhex(found[1])
