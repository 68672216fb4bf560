"""The key that pseudonyms are worked out with: a file of its own, readable by its owner alone."""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from mturk_exodus.errors import KeyRefused

_BYTES = 32
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}\s*", re.ASCII)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def key_at(path: Path) -> bytes:
    """The key in a file, which is made (mode 0600) if it is not there.

    Raises:
        KeyRefused: it holds no key, others may read it, or it cannot be read or written.
    """
    try:
        with suppress(FileExistsError):
            _make(path)
        return _read(path)
    except OSError as error:
        raise KeyRefused(f"the key {path} cannot be had: {error.strerror}") from error


def destroy(path: Path) -> None:
    """Remove a key. Copies of it, and what a disk keeps of removed files, are not reached.

    Raises:
        KeyRefused: it cannot be removed.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(b"\0" * os.fstat(file.fileno()).st_size)
            os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        raise KeyRefused(f"the key {path} cannot be destroyed: {error.strerror}") from error


def _make(path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_hex(_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise KeyRefused(f"others may read the key {path}; `chmod 600 {path}`, or name another")
    with path.open("rb") as file:
        text = file.read(_BYTES * 4).decode("ascii", "replace")
    if _HEXADECIMAL.fullmatch(text) is None:
        raise KeyRefused(f"{path} holds no key; name another file, and it will be made")
    return bytes.fromhex(text.strip())
