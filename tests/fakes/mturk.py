"""A stateful fake of the MTurk requester endpoint, on a port of this machine."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tests.fakes.mturk_faults import UPLOAD, Chance, Faults, TokenBucket
from tests.fakes.mturk_model import PARAMETERS, WRITES
from tests.fakes.mturk_motion import (
    accept,
    add_hit,
    approve,
    dispose,
    expire,
    give_back,
    overturn,
    pay_bonus,
    reject,
    submit,
)
from tests.fakes.mturk_operations import Operations
from tests.fakes.mturk_paging import Pager, PagingMode, TokenLifetime
from tests.fakes.mturk_records import LISTS_OF_HIT, TABLES
from tests.fakes.mturk_wire import (
    AWS_JSON,
    Params,
    RefusalError,
    Texts,
    frontend_error,
    request_error,
    service_fault,
)
from tests.fakes.wire_server import Reply, Request, WireServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from mturk_exodus.demo.account import Account, WireRecord

__all__ = [
    "Call",
    "Chance",
    "FakeMTurk",
    "Faults",
    "TokenBucket",
    "TokenLifetime",
    "accept",
    "add_hit",
    "approve",
    "dispose",
    "expire",
    "give_back",
    "overturn",
    "pay_bonus",
    "reject",
    "submit",
]

_PREFIX = "MTurkRequesterServiceV20170117."
_UPLOADS = "/uploads/"
_HTML = "text/html; charset=utf-8"
_PORTAL = b"<!DOCTYPE html><html><body>Please sign in to the network.</body></html>"
_UNAVAILABLE = b"<html><body><b>Http/1.1 Service Unavailable</b></body></html>"

_INSTEAD: dict[str, Callable[[], Reply]] = {
    "throttle": lambda: frontend_error("ThrottlingException", "Rate exceeded").reply,
    "poison": lambda: service_fault().reply,
    "service_fault": lambda: service_fault().reply,
    "unavailable": lambda: Reply(503, _UNAVAILABLE, _HTML),
    "not_json": lambda: Reply(200, _PORTAL, _HTML),
    "reset": lambda: Reply(200, b"", flaw="reset"),
}
"""The faults that strike before a call does anything."""


class Call(NamedTuple):
    """One call; `outcome` is ok, error, write, refused, throttle, poison or a fault's name."""

    operation: str
    params: Params
    outcome: str
    time: float


class _Hook(NamedTuple):
    calls: int
    move: Callable[[Account], object]
    operation: str | None


class FakeMTurk:
    """Serves an account while it is entered.

    Attributes:
        endpoint_url: where clients find it.
        account: what it serves; change it under `lock`.
        calls: how often each (operation, outcome) happened.
        log: every call in order, one Call each.
        uploads_served: how often each (AssignmentId, QuestionIdentifier) was downloaded.
        credentials_error: when set, the `__type` of the 400 that answers every call.
        refuse_all: when set, the status and body that answer every call.
        latency: seconds that every reply takes.
        upload_lifetime: seconds for which a file's URL works.
    """

    def __init__(
        self,
        account: Account,
        *,
        faults: Faults | None = None,
        latency: float = 0.0,
        page_limit: int = 100,
        paging: PagingMode = "offset",
        token_lifetime: TokenLifetime | None = None,
        short_pages: bool = False,
        answers_by_id: bool = True,
    ) -> None:
        self.account = account
        self.faults = faults or Faults()
        self.latency = latency
        self.lock = threading.RLock()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.log: list[Call] = []
        self.uploads_served: Counter[tuple[str, str]] = Counter()
        self.credentials_error: str | None = None
        self.refuse_all: tuple[int, str | bytes] | None = None
        self.upload_lifetime = 60.0
        self._pager = Pager(paging, page_limit, token_lifetime, short_pages)
        texts = Texts(lambda: self.faults.mangle)
        self._operations = Operations(account, texts, self._pager, self._upload_url)
        self._operations.answers_by_id = answers_by_id
        self._upload_urls: dict[str, tuple[tuple[str, str], float]] = {}
        self._hooks: list[_Hook] = []
        self._ok: Counter[str | None] = Counter()
        self._numbers = count(1)
        self._server: WireServer | None = None

    def __enter__(self) -> Self:
        self._server = WireServer(self._answer)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        server = self._running()
        self._server = None
        server.close()
        if server.errors and error is None:
            raise server.errors[0]

    @property
    def endpoint_url(self) -> str:
        """Where clients find it; only while it is entered."""
        return self._running().url

    @property
    def answers_by_id(self) -> bool:
        """Whether a disposed HIT still answers to its id."""
        return self._operations.answers_by_id

    @answers_by_id.setter
    def answers_by_id(self, value: bool) -> None:
        self._operations.answers_by_id = value

    @property
    def forgotten(self) -> set[str]:
        """HITs that do not even answer to their id."""
        return self._operations.forgotten

    @property
    def lagging(self) -> dict[str, WireRecord]:
        """By HITId, members that ListHITs alone gives in place of the true ones."""
        return self._operations.lagging

    @property
    def foreign_types(self) -> dict[str, WireRecord]:
        """Qualification types that the caller does not own, Amazon's own at first."""
        return self._operations.foreign_types

    def after(
        self, n_calls: int, move: Callable[[Account], object], operation: str | None = None
    ) -> None:
        """Move the account once the n-th ok call (of that operation) is answered.

        It is counted from the start, and moves before the client can read that answer.
        """
        with self.lock:
            self._hooks.append(_Hook(n_calls, move, operation))

    def writes(self) -> list[Call]:
        """The calls that would have changed the account: there should be none."""
        return [each for each in self.log if each.outcome == "write"]

    def times(self, operation: str, outcome: str | None = None) -> int:
        """How many calls of an operation there were, with any outcome or with that one."""
        return sum(
            number
            for (name, how), number in self.calls.items()
            if name == operation and outcome in {None, how}
        )

    def raw(self, table: str, key: object) -> Any:  # noqa: ANN401
        """A record's exact JSON text, or a HIT's list of them where records have no key."""
        return self._raw_table(table)[key]

    def raw_records(self) -> dict[str, dict[Any, Any]]:
        """The JSON text of every record as it is served, by table and key.

        `lagging` members are not in it; disposed HITs are. The bonus payments and review items
        are lists by HITId, in the order in which they are listed.
        """
        return {table: self._raw_table(table) for table in (*TABLES, *LISTS_OF_HIT)}

    def _raw_table(self, table: str) -> dict[Any, Any]:
        with self.lock:
            listing = LISTS_OF_HIT.get(table)
            if listing is None:
                entries = TABLES[table](self.account)
                return {each.key: self._operations.text_of(each) for each in entries}
            return {
                hit_id: [self._operations.text_of(each) for each in listing(self.account, hit_id)]
                for hit_id in getattr(self.account, table)
            }

    def _running(self) -> WireServer:
        if self._server is None:
            raise RuntimeError("FakeMTurk serves only inside its with block")
        return self._server

    def _upload_url(self, assignment_id: str, question: str) -> str:
        path = f"{_UPLOADS}{len(self._upload_urls):08d}"
        self._upload_urls[path] = ((assignment_id, question), time.monotonic())
        return f"{self.endpoint_url}{path}"

    def _answer(self, request: Request) -> Reply:
        with self.lock:
            if request.method == "POST":
                reply = self._answer_call(request)
            else:
                reply = self._answer_upload(request)
        number = ("x-amzn-RequestId", f"00000000-0000-4000-8000-{next(self._numbers):012d}")
        return replace(reply, wait=reply.wait + self.latency, headers=(number,))

    def _answer_upload(self, request: Request) -> Reply:
        key, born = self._upload_urls.get(request.path, (None, 0.0))
        if key is None or request.method != "GET" or key not in self.account.uploads:
            return Reply(404, b"Not Found", "text/plain")
        if time.monotonic() - born > self.upload_lifetime:
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
        fault = self.faults.strike(UPLOAD, {})
        if not fault:
            self.uploads_served[key] += 1
        content = Reply(200, self.account.uploads[key], "application/octet-stream")
        return self._flawed(content, fault)

    def _answer_call(self, request: Request) -> Reply:
        target = request.headers.get("x-amz-target", "")
        operation = target.removeprefix(_PREFIX)
        params = _params(request.body)
        try:
            reply, outcome = self._decide(request, operation, params)
        except RefusalError as refusal:
            reply, outcome = refusal.reply, "error"
        self.calls[operation, outcome] += 1
        self.log.append(Call(operation, params or {}, outcome, time.monotonic()))
        if outcome == "ok":
            self._move(operation)
        return reply

    def _decide(self, request: Request, operation: str, params: Params | None) -> tuple[Reply, str]:
        if operation in WRITES:
            message = f"{operation} would change the account."
            return request_error("PermissionDeniedException", message).reply, "write"
        if self.refuse_all is not None:
            return _verbatim(*self.refuse_all), "refused"
        if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 Credential="):
            raise frontend_error("MissingAuthenticationTokenException", "Missing Authentication")
        if self.credentials_error is not None:
            message = "The security token included in the request is not accepted"
            return frontend_error(self.credentials_error, message).reply, "refused"
        if operation not in PARAMETERS:
            raise frontend_error("UnknownOperationException", "")
        if params is None:
            raise frontend_error("SerializationException", "The body is not a JSON object")
        fault = self.faults.strike(operation, params)
        if fault in _INSTEAD:
            return _INSTEAD[fault](), fault
        body = self._operations.run(operation, params)
        return self._flawed(Reply(200, body.encode(), AWS_JSON), fault), fault or "ok"

    def _flawed(self, reply: Reply, fault: str) -> Reply:
        """The reply that the client sees, given the one that it should have seen."""
        if fault in _INSTEAD:
            return _INSTEAD[fault]()
        if fault == "cut_json":
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        if fault == "hang":
            return replace(reply, wait=self.faults.hang_seconds)
        return replace(reply, flaw=fault)

    def _move(self, operation: str) -> None:
        self._pager.calls += 1
        self._ok[None] += 1
        self._ok[operation] += 1
        due = [each for each in self._hooks if self._ok[each.operation] >= each.calls]
        self._hooks = [each for each in self._hooks if each not in due]
        for hook in due:
            hook.move(self.account)


def _params(body: bytes) -> Params | None:
    try:
        params = json.loads(body)
    except ValueError:
        return None
    return cast("Params", params) if isinstance(params, dict) else None


def _verbatim(status: int, body: str | bytes) -> Reply:
    content = body.encode() if isinstance(body, str) else body
    return Reply(
        status, content, _HTML if content.lstrip().startswith(b"<") else "application/json"
    )
