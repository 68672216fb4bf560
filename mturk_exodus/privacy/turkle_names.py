"""What an archive calls Turkle's workers, and what Turkle and its files call them."""

from __future__ import annotations

import re

_HOME = "turkle-"
_NUMBERED = re.compile(rf"({_HOME}[0-9a-f]{{8}}-)([0-9]+)", re.ASCII).fullmatch


def numbered(worker_id: str) -> tuple[str, str] | None:
    """`turkle-0123abcd-` and `17` of a worker who is known by a number that counts within a batch;
    None of anybody else. HITs and assignments may have the same number, and no text says whose it
    is.
    """
    found = _NUMBERED(worker_id)
    return None if found is None else (found[1], found[2])


def named(worker_id: str) -> tuple[str, str] | None:
    """`turkle-` and `bob` of a worker who is `bob` at Turkle; None of anybody else."""
    own = worker_id.removeprefix(_HOME)
    return None if own in ("", worker_id) or numbered(worker_id) else (_HOME, own)
