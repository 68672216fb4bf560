"""What targets answer, for adapters to read: what has another shape is not understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import httpx

from mturk_exodus import errors

JSON = Any
Members = Mapping[str, JSON]

Error = TypeVar("Error", bound=errors.TargetError)


def encoded(body: JSON) -> bytes:
    """The JSON of a request.

    Raises:
        TargetRejected: it holds what is none.
    """
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        raise errors.TargetRejected("it holds what is no JSON: half a character, or NaN") from None


class Shapes:
    """The shapes that JSON has.

    Every method takes what was being read, for a person, and raises TargetNotUnderstood.

    Args:
        title: what the target is called.
    """

    def __init__(self, title: str) -> None:
        self._title = title

    def parsed(self, content: bytes, what: str) -> JSON:
        """The JSON of a reply."""
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            self.not_understood(what)

    def members(self, value: JSON, what: str) -> Members:
        """An object."""
        return value if isinstance(value, dict) else self.not_understood(what)

    def items(self, value: JSON, what: str) -> list[JSON]:
        """An array."""
        return value if isinstance(value, list) else self.not_understood(what)

    def whole(self, value: JSON, what: str) -> int:
        """An id or a number of things."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.not_understood(what)
        return value

    def text(self, value: JSON, what: str) -> str:
        """A text."""
        return value if isinstance(value, str) else self.not_understood(what)

    def not_understood(self, what: str) -> NoReturn:
        """Refuse a reply. It is not quoted: it may hold what was sent, or name people."""
        raise errors.TargetNotUnderstood(f"{what}: this is not how {self._title} answers")


def like(error: errors.TargetError, other: Error) -> Error:
    """Another error of the same reply, which says what a person can do."""
    other.status_code, other.reply = error.status_code, error.reply
    return other


def gone(error: errors.TargetError) -> bool:
    """Whether what was asked for is not there."""
    return error.status_code == httpx.codes.NOT_FOUND
