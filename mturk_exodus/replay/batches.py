"""What a plan yields, in the portions in which it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mturk_exodus.errors import AdapterBroken
from mturk_exodus.replay.adapter import Action, Limits

_FIRST = 500
"""Actions in the first batch."""


class Prepared(NamedTuple):
    """An action, what its payload and its requirements are known by, and its length in bytes."""

    action: Action
    payload_sha256: str
    requires_sha256: str
    size: int


Batch = list[Prepared]


def prepared(action: Action) -> Prepared:
    """An action with the digest of its payload, which is the same however it is ordered.

    Raises:
        AdapterBroken: JSON cannot hold it, or UTF-8 its key; or that holds a NUL.
    """
    try:
        text = _json([action.operation, action.payload])
        requires = "\n".join(action.requires).encode()
        _check(action.key)
    except (ValueError, TypeError, RecursionError) as error:
        raise AdapterBroken(
            f"a plan holds a {action.operation} that JSON cannot hold ({type(error).__name__});"
            " tell the adapter's authors"
        ) from error
    digest = hashlib.sha256(requires).hexdigest()
    return Prepared(action, hashlib.sha256(text).hexdigest(), digest, len(text))


def _check(key: str) -> None:
    key.encode()
    if "\0" in key:
        raise ValueError("SQLite's JSON ends there")


def _json(value: object) -> bytes:
    said = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return said.encode()


def batches(actions: Iterable[Prepared], limits: Limits) -> Iterator[Batch]:
    """Actions of one lane each time, after the batches that hold what they require.

    An action and those of its lane that require it come together, if the plan has them in a row.
    """
    lanes = _Lanes(limits)
    for one in actions:
        yield from lanes.put(one)
    yield from lanes.rest()


class _Lanes:
    """Batches that are being filled, by lane. None of them waits for another."""

    _MOST = 64
    _MOST_BYTES = 64_000_000

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, Batch] = {}
        self._sizes: dict[str, int] = {}
        self._lane_of: dict[str, str] = {}
        self._sent = 0

    def put(self, one: Prepared) -> Iterator[Batch]:
        """Add an action; what must go before it."""
        action = one.action
        if action.key in self._lane_of:
            raise AdapterBroken(f"a plan has one {action.operation} twice; tell its authors")
        needed = {self._lane_of[key] for key in action.requires if key in self._lane_of}
        for lane in needed - {action.lane}:
            yield from self._close(lane)
        if action.lane not in needed and self._is_full(action.lane):
            yield from self._close(action.lane)
        if action.lane not in self._open and len(self._open) >= self._MOST:
            yield from self._close(next(iter(self._open)))
        while sum(self._sizes.values()) > self._MOST_BYTES:
            others = [one for one in self._open if one != action.lane]
            if not others:
                break
            yield from self._close(max(others, key=self._sizes.__getitem__))
        self._open.setdefault(action.lane, []).append(one)
        self._sizes[action.lane] = self._sizes.get(action.lane, 0) + one.size
        self._lane_of[action.key] = action.lane

    def rest(self) -> Iterator[Batch]:
        """What is left, in the order in which it was begun."""
        for lane in list(self._open):
            yield from self._close(lane)

    def _is_full(self, lane: str) -> bool:
        """A batch is no larger than all before it together, so that the first is soon there."""
        batch = self._open.get(lane, ())
        return (
            len(batch) >= min(self._limits.actions, max(self._sent, _FIRST))
            or self._sizes.get(lane, 0) >= self._limits.payload_bytes
        )

    def _close(self, lane: str) -> Iterator[Batch]:
        batch = self._open.pop(lane)
        del self._sizes[lane]
        for one in batch:
            del self._lane_of[one.action.key]
        self._sent += len(batch)
        yield batch
