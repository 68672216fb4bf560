"""A bridge for tests, and a process that redeems until it is killed.

python support.py PATH NAME
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from mturk_exodus.bridge import Bridge, Redemption, token_of

KEY = bytes(range(32))
WORKERS = tuple(f"A{number:04}WORKER" for number in range(400))
NOON = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)
ONE, TWO = "5a9d64f5f6dfdd0001eaa73d", "5a9d64f5f6dfdd0001eaa73e"

_BREATH = 0.01


def token(worker_id: str = WORKERS[0]) -> str:
    """A worker's."""
    return token_of(KEY, worker_id)


def built(path: Path, workers: Sequence[str] = WORKERS) -> Bridge:
    """A bridge at `path` for these workers."""
    bridge = Bridge.create(path, KEY)
    assert bridge.invite(map(token, workers)) == len(workers)
    return bridge


def later(**length: float) -> datetime:
    """Some time after noon."""
    return NOON + timedelta(**length)


def participant_of(worker_id: str, name: str) -> str:
    """Who redeems a worker's token in the process `name`."""
    return f"{worker_id}-{name}"


def main(path: str, name: str) -> None:
    """Redeem all tokens in an order of its own, a minute after each other, and say whose were
    redeemed.
    """
    bridge = Bridge.open(Path(path))
    order = sorted(WORKERS, key=lambda worker_id: token_of(name.encode(), worker_id))
    for minute, worker_id in enumerate(order):
        participant_id = participant_of(worker_id, name)
        got = bridge.redeem(token(worker_id), participant_id, "prolific", later(minutes=minute))
        if got is Redemption.REDEEMED:
            sys.stdout.write(f"{participant_id}\n")
            sys.stdout.flush()
        time.sleep(_BREATH)  # SQLite's waiting is not fair: who never pauses keeps others out


if __name__ == "__main__":
    main(*sys.argv[1:])
