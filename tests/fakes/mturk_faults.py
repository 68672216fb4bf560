"""What goes wrong between a client and MTurk, by chance but repeatably."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mturk_exodus.demo.account import WireRecord
    from tests.fakes.mturk_wire import Params, RecordKey

CHANCES = ("service_fault", "unavailable", "reset", "not_json", "cut_body", "cut_json", "hang")
UPLOAD = "download"
"""The pseudo-operation of fetching an uploaded file; only a fault that names it touches it."""


@dataclass
class TokenBucket:
    """Lets `rate` calls a second through, and up to `burst` at once; a refused call is free."""

    rate: float
    burst: float
    operations: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)
        self._filled = time.monotonic()

    def take(self) -> bool:
        """Whether a call may pass now."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class Chance:
    """How likely a fault is.

    Attributes:
        operations: the only ones that it strikes; None is every API operation.
        at_most: how often it strikes before it stops.
    """

    probability: float
    operations: frozenset[str] | None = None
    at_most: int | None = None

    def strikes(self, operation: str, rng: random.Random) -> bool:
        """Whether the fault strikes this call."""
        applies = operation != UPLOAD if self.operations is None else operation in self.operations
        if not applies or self.at_most == 0 or rng.random() >= self.probability:
            return False
        if self.at_most is not None:
            self.at_most -= 1
        return True


@dataclass
class Faults:
    """Everything that can go wrong; a plain number is the chance for every operation.

    Attributes:
        service_fault: 500 with ServiceFault.
        unavailable: 503 with an HTML body.
        reset: the connection is reset before any reply.
        not_json: 200 with the HTML page of a captive portal.
        cut_body: the body ends before its Content-Length, and so does the connection.
        cut_json: half of the JSON under a Content-Length that agrees with it.
        hang: the reply comes after `hang_seconds`.
        poison: by operation, the ids (HITId, AssignmentId, ...) that always answer 500.
        mangle: by record key, what is served in place of the record.
    """

    seed: int = 0
    throttle: TokenBucket | None = None
    service_fault: float | Chance = 0.0
    unavailable: float | Chance = 0.0
    reset: float | Chance = 0.0
    not_json: float | Chance = 0.0
    cut_body: float | Chance = 0.0
    cut_json: float | Chance = 0.0
    hang: float | Chance = 0.0
    hang_seconds: float = 1.0
    poison: dict[str, set[str]] = field(default_factory=dict)
    mangle: dict[RecordKey, Callable[[WireRecord], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)  # noqa: S311

    def strike(self, operation: str, params: Params) -> str:
        """The name of the fault that strikes this call, or "" for none."""
        if self._throttled(operation):
            return "throttle"
        for name in CHANCES:
            value: float | Chance = getattr(self, name)
            chance = value if isinstance(value, Chance) else Chance(value)
            if chance.probability > 0 and chance.strikes(operation, self._rng):
                return name
        poisoned = self.poison.get(operation, set())
        given = {each for each in params.values() if isinstance(each, str)}
        return "poison" if poisoned & given else ""

    def _throttled(self, operation: str) -> bool:
        bucket = self.throttle
        if bucket is None or operation == UPLOAD:
            return False
        if bucket.operations is not None and operation not in bucket.operations:
            return False
        return not bucket.take()
