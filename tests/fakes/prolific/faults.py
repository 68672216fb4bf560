"""What goes wrong between a client and Prolific, at will or by chance but repeatably."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.fakes.mturk_faults import Chance
from tests.fakes.prolific.wire import Refusal
from tests.fakes.wire_server import Reply

__all__ = ["AFTER", "BEFORE", "Chance", "Faults", "Throttle"]

_HTML = "text/html; charset=utf-8"
_GATEWAY = b"<html><head><title>Error</title></head><body>nginx</body></html>"
_PORTAL = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>"

BEFORE = ("server_error", "unavailable", "reset")
"""Faults that strike before anything is done: 500 as JSON, 503 as HTML, a closed connection."""
AFTER = ("lost", "lost_500", "lost_gateway", "not_json", "cut_json", "cut_body", "slow")
"""Faults of the answer alone: what was asked is done. `lost` closes the connection without one,
`lost_500` and `lost_gateway` answer 500 and 504, `slow` answers after `slow_seconds`."""


class Throttle(NamedTuple):
    """A burst of 429; `retry_after` is the header's very text, None sends none."""

    times: int
    operation: str | None = None
    retry_after: str | None = None


class _Due(NamedTuple):
    operation: str | None
    fault: str


@dataclass
class Faults:
    """Everything that can go wrong.

    Attributes:
        chances: by fault, how likely it is for each call (see BEFORE and AFTER).
        slow_seconds: how long a slow answer takes.
        throttled: bursts of 429 that are still to come, the first one first.
    """

    seed: int = 0
    chances: dict[str, Chance] = field(default_factory=dict)
    slow_seconds: float = 1.0
    throttled: list[Throttle] = field(default_factory=list)

    def __post_init__(self) -> None:
        unknown = set(self.chances) - {*BEFORE, *AFTER}
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        self._rng = random.Random(self.seed)  # noqa: S311 - chance that a test can repeat
        self._due: list[_Due] = []

    def next(self, operation: str | None, *faults: str) -> None:
        """Strike the next calls of that operation, or of any, with these, one after another.

        `ok` lets one pass.
        """
        for fault in faults:
            if fault not in {*BEFORE, *AFTER, "ok"}:
                raise ValueError(f"no such fault: {fault}")
            self._due.append(_Due(operation, fault))

    def throttle(
        self, times: int, operation: str | None = None, retry_after: str | None = None
    ) -> None:
        """Answer the next `times` calls of that operation, or of any, with 429."""
        self.throttled.append(Throttle(times, operation, retry_after))

    def refuse(self, operation: str) -> None:
        """Raise the 429 that is due to this call, if one is; it takes precedence."""
        for place, each in enumerate(self.throttled):
            if each.operation not in {None, operation}:
                continue
            left = each._replace(times=each.times - 1)
            self.throttled[place : place + 1] = [left] if left.times else []
            headers = (("Retry-After", each.retry_after),) if each.retry_after else ()
            raise Refusal(429, "Request was throttled.", "simple", headers)

    def strike(self, operation: str) -> str:
        """The name of the fault that strikes this call, or "" for none."""
        for place, due in enumerate(self._due):
            if due.operation in {None, operation}:
                del self._due[place]
                return "" if due.fault == "ok" else due.fault
        return next(
            (
                name
                for name in (*BEFORE, *AFTER)
                if name in self.chances and self.chances[name].strikes(operation, self._rng)
            ),
            "",
        )


INSTEAD: dict[str, Callable[[], Reply]] = {
    "server_error": lambda: Refusal(500, "Something went wrong.", "error").reply("error"),
    "unavailable": lambda: Reply(503, _GATEWAY, _HTML),
    "reset": lambda: Reply(503, b"", "text/plain", flaw="reset"),
    "lost": lambda: Reply(200, b"", flaw="reset"),
    "lost_500": lambda: Refusal(500, "Something went wrong.", "error").reply("error"),
    "lost_gateway": lambda: Reply(504, _GATEWAY, _HTML),
    "not_json": lambda: Reply(200, _PORTAL, _HTML),
}
"""What the client sees in place of the true reply."""
