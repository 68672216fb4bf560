"""What is asked and answered, and the four forms in which Prolific says no."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from tests.fakes.prolific.account import Record
from tests.fakes.wire_server import Reply

Shape = Literal["error", "bare", "simple", "builder"]
"""`{"error": {...}}`; the same object bare; `{"message", "detail"}`; Task Builder's own."""

_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    422: "Unprocessable entity",
    429: "Too many requests",
}


class Ask(NamedTuple):
    """A request that found its handler; `body` is the parsed JSON, or None without one."""

    ids: dict[str, str]
    query: dict[str, str]
    body: Any


class Answer(NamedTuple):
    """A body that goes out as JSON; None sends none."""

    body: object
    status: int = 200
    content_type: str = "application/json"


Handler = Callable[[Ask], Answer]


class Refusal(Exception):
    """Prolific says no.

    Args:
        detail: a text, a list of them, or a list by field.
        shape: which of the four forms; None leaves it to the endpoint.
    """

    def __init__(
        self,
        status: int,
        detail: object,
        shape: Shape | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.shape = shape
        self.headers = headers

    def reply(self, usual: Shape, issues: list[Record] | None = None) -> Reply:
        """The reply, in its own form or the usual one of the endpoint."""
        body = _refusal_body(self.status, self.detail, self.shape or usual)
        if issues:
            body = body | {"type": "INVALID_BATCH_ITEMS", "issues": issues}
        return Reply(self.status, json.dumps(body).encode(), headers=self.headers)


class InvalidItems(Refusal):
    """Pages of a batch that cannot be; 422 with the place of every mistake."""

    def __init__(self, issues: list[Record]) -> None:
        super().__init__(422, "The batch items are not valid", "builder")
        self.issues = issues

    def reply(self, usual: Shape, issues: list[Record] | None = None) -> Reply:
        """With the issues."""
        return super().reply(usual, issues or self.issues)


def invalid(**fields: str) -> Refusal:
    """400 with the mistakes by field."""
    return Refusal(400, {name: [message] for name, message in fields.items()})


def missing(what: str) -> Refusal:
    return Refusal(404, f"{what} not found.")


def not_enabled(feature: str) -> Refusal:
    """403 as Prolific's own client recognises it: `permission` and `feature` in the message."""
    message = f"You do not currently have permission to access this feature: {feature}."
    return Refusal(403, message, "simple")


def json_reply(answer: Answer) -> Reply:
    if answer.body is None:
        return Reply(answer.status, b"", "text/plain")
    if answer.content_type != "application/json":
        return Reply(answer.status, str(answer.body).encode(), answer.content_type)
    return Reply(answer.status, json.dumps(answer.body).encode())


def _refusal_body(status: int, detail: object, shape: Shape) -> Record:
    title = _TITLES.get(status, "Error")
    if shape == "simple":
        return {"message": detail if isinstance(detail, str) else title, "detail": detail}
    if shape == "builder":
        return {"message": detail if isinstance(detail, str) else json.dumps(detail)}
    bare = {"status": status, "error_code": 140_000 + status, "title": title, "detail": detail}
    return {"error": bare} if shape == "error" else bare
