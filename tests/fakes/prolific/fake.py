"""A stateful fake of Prolific, on a port of this machine."""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import trustme
from typing_extensions import Self

from tests.fakes.prolific import motion, people
from tests.fakes.prolific.account import Account, Study
from tests.fakes.prolific.app import App
from tests.fakes.prolific.bonuses import BonusPayments
from tests.fakes.prolific.builder import UPLOADS, Builder
from tests.fakes.prolific.contract import Contract
from tests.fakes.prolific.costs import Costs
from tests.fakes.prolific.faults import AFTER, BEFORE, INSTEAD, Faults
from tests.fakes.prolific.filtering import Filtering
from tests.fakes.prolific.groups import Groups, Messages
from tests.fakes.prolific.people import Participant
from tests.fakes.prolific.spaces import Spaces
from tests.fakes.prolific.studies import Studies
from tests.fakes.prolific.submissions import Submissions
from tests.fakes.prolific.wire import Ask, Handler, Refusal, Shape, invalid, json_reply
from tests.fakes.wire_server import Reply, Request, WireServer

API = "/api/v1"
TOKEN = "prolific-token-of-nobody"  # noqa: S105 - the fake's own
_BARE = re.compile(r"GET /studies/$|.*/submissions/|.*/messages/|.*/cost|.*-calculator/")
_READS = frozenset({"GET", "HEAD"})


class Call(NamedTuple):
    """One call of the API.

    Attributes:
        operation: method and path as Prolific writes them, `PATCH /studies/{id}/`.
        ids: the path's variables.
        status: what the fake meant to answer, whatever the client saw of it.
        outcome: ok, error, throttle, or the fault that struck.
    """

    operation: str
    ids: dict[str, str]
    query: dict[str, str]
    body: Any
    status: int
    outcome: str

    @property
    def done(self) -> bool:
        """Whether what was asked has been done."""
        return self.status < 400 and self.outcome not in BEFORE


class FakeProlific:
    """Serves an account while it is entered; see `account`, `faults`, `calls`, `join`.

    Attributes:
        account: what it serves; change it under `lock`.
        faults: what goes wrong.
        token: the only one that it knows.
        latency: seconds that every reply takes.
        error_shape: when set, the form of every refusal.
        mangle: when set, makes what is served in place of a reply, of the operation and its JSON.
        calls: how often each (operation, outcome) happened; `log` has each of them in order.
        violations: what requests and replies were against the vendor's description; leaving the
            fake with one raises it.
        exchanges: every request of the API as it came, with the reply that was meant.
        people: every participant by id.
    """

    def __init__(self, account: Account | None = None, *, faults: Faults | None = None) -> None:
        self.account = account or Account()
        self.faults = faults or Faults()
        self.token = TOKEN
        self.latency = 0.0
        self.error_shape: Shape | None = None
        self.mangle: Callable[[str, Any], object] | None = None
        self.lock = threading.RLock()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.log: list[Call] = []
        self.violations: list[str] = []
        self.exchanges: list[tuple[Request, Reply]] = []
        self.people: dict[str, Participant] = {}
        self._contract = Contract.found()
        self._builder = Builder(self.account, lambda: self.url)
        self._app = App(self.people, self.lock)
        self._routes = self._all_routes()
        self._server: WireServer | None = None
        self._secure: WireServer | None = None

    def __enter__(self) -> Self:
        self._server = WireServer(self._answer)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        servers = [each for each in (self._server, self._secure) if each is not None]
        self._server = self._secure = None
        for each in servers:
            each.close()
        if error is not None:
            return
        for each in servers:
            if each.errors:
                raise each.errors[0]
        if self.violations:
            raise AssertionError("against Prolific's description:\n" + "\n".join(self.violations))

    @property
    def url(self) -> str:
        """PROLIFIC_URL; only while it is entered."""
        if self._server is None:
            raise RuntimeError("FakeProlific serves only inside its with block")
        return self._server.url

    @property
    def is_held_to_the_description(self) -> bool:
        """Whether the vendor's description is there to compare with."""
        return self._contract is not None

    @property
    def drafts_created(self) -> int:
        """Studies that were ever made, whatever became of them."""
        return self.account.studies_created

    @property
    def published(self) -> list[Study]:
        """Studies that are, or have been, open to participants."""
        return [each for each in self.account.studies.values() if each.published_at]

    def paid(self, kind: str | None = None) -> int:
        """Cents that participants got, as `reward` or `bonus` or both, without fees."""
        payments = self.account.payments
        return sum(each.amount for each in payments if kind in {None, each.kind})

    def writes(self) -> list[Call]:
        """The calls that were made to change something, in order."""
        return [each for each in self.log if each.operation.split()[0] not in _READS]

    def times(self, operation: str, outcome: str | None = None) -> int:
        """How many calls of an operation there were, with any outcome or with that one."""
        return sum(
            number
            for (name, how), number in self.calls.items()
            if name == operation and outcome in {None, how}
        )

    @contextmanager
    def forgiving(self) -> Iterator[None]:
        """Requests in here may be against the description: the test sends them on purpose."""
        kept = list(self.violations)
        yield
        self.violations[:] = kept

    def join(self, *, device: str = "desktop", **answers: object) -> Participant:
        """A new participant; `answers` are by filter id, `_` for `-`: `age=30`, `sex="Male"`."""
        named = {self._filter_id(name): value for name, value in answers.items()}
        participant = people.join(self.account, self.lock, device, named)
        self.people[participant.id] = participant
        return participant

    def advance(self, **length: float) -> None:
        """Let time pass, `advance(minutes=11)`, with all that it does."""
        with self.lock:
            self.account.clock.advance(**length)
            motion.sweep(self.account)

    def study_page(self, study_id: str, participant: Participant) -> str:
        """Where this participant's browser finds the study, on this machine."""
        return f"{self.url}/studies/{study_id}?participant={participant.id}"

    def completion_url(self, code: str) -> str:
        """Where a study on this machine sends its participants back to."""
        return f"{self.url}{people.COMPLETE}?cc={code}"

    def chromium_arguments(self) -> list[str]:
        """Make a Chromium take this fake for https://app.prolific.com itself."""
        if self._secure is None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("app.prolific.com").configure_cert(tls)
            self._secure = WireServer(self._app.answer, tls)
        port = self._secure.url.rpartition(":")[2]
        mapped = f"MAP app.prolific.com:443 127.0.0.1:{port}"
        return [f"--host-resolver-rules={mapped}", "--ignore-certificate-errors"]

    def _filter_id(self, name: str) -> str:
        known = [each["filter_id"] for each in self.account.filters]
        return name if name in known else name.replace("_", "-")

    def _all_routes(self) -> list[tuple[str, re.Pattern[str], Handler]]:
        parts = (Spaces, Studies, Costs, Submissions, BonusPayments, Groups, Messages, Filtering)
        routes = self._builder.routes()
        for part in parts:
            routes |= part(self.account).routes()
        # A path without variables goes before one that a variable would fit.
        every = sorted(routes.items(), key=lambda each: each[0].count("{"))
        return [(name, _pattern(name.split()[1]), handler) for name, handler in every]

    def _answer(self, request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path.startswith(UPLOADS):
            taken = request.method == "PUT" and self._builder.upload(path, request.body)
            return Reply(200 if taken else 403, b"", "application/xml")
        if not path.startswith(API):
            return self._app.answer(request)
        with self.lock:
            reply = self._answer_call(request, path)
        return replace(reply, wait=reply.wait + self.latency)

    def _answer_call(self, request: Request, path: str) -> Reply:
        self.account.clock.advance(seconds=1)
        motion.sweep(self.account)
        operation, ids, handler = self._found(request.method, path.removeprefix(API))
        ask = Ask(ids, dict(parse_qsl(urlsplit(request.path).query)), _parsed(request))
        usual: Shape = "builder" if "/data-collection/" in path else "error"
        if _BARE.match(operation):
            usual = "bare"
        try:
            reply, outcome = self._decide(request, operation, ask, handler)
        except Refusal as refusal:
            reply = refusal.reply(self.error_shape or usual)
            outcome = "throttle" if refusal.status == 429 else "error"
        if self._contract is not None:
            self.violations += self._contract.violations(request, reply)
        self.exchanges.append((request, reply))
        self.calls[operation, outcome] += 1
        self.log.append(Call(operation, ids, ask.query, ask.body, reply.status, outcome))
        if self.mangle is not None and reply.content_type == "application/json":
            served = self.mangle(operation, json.loads(reply.body))
            reply = replace(reply, body=json.dumps(served).encode())
        return self._flawed(reply, outcome)

    def _decide(
        self, request: Request, operation: str, ask: Ask, handler: Handler | None
    ) -> tuple[Reply, str]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Token" or token != self.token:
            raise Refusal(401, "Authentication credentials were not provided or are wrong.")
        self.faults.refuse(operation)
        fault = self.faults.strike(operation)
        if fault in BEFORE:
            return INSTEAD[fault](), fault
        if handler is None:
            raise Refusal(405 if self._is_known(operation.split()[1]) else 404, "Not found.")
        if not isinstance(ask.body, dict) and not operation.endswith("/datapoints"):
            raise Refusal(400, "JSON parse error")
        return json_reply(handler(ask)), fault or "ok"

    def _flawed(self, reply: Reply, outcome: str) -> Reply:
        """The reply that the client sees, given the one that was meant."""
        if outcome not in AFTER:
            return reply
        if outcome in INSTEAD:
            return INSTEAD[outcome]()
        if outcome == "cut_json":
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        if outcome == "slow":
            return replace(reply, wait=self.faults.slow_seconds)
        return replace(reply, flaw=outcome)

    def _found(self, method: str, path: str) -> tuple[str, dict[str, str], Handler | None]:
        for name, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and name.split()[0] == method:
                ids = {key: unquote(value) for key, value in match.groupdict().items()}
                return name, ids, handler
        return f"{method} {path}", {}, None

    def _is_known(self, path: str) -> bool:
        return any(pattern.fullmatch(path) for _, pattern, _ in self._routes)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


class _Body(dict[str, Any]):
    """A body's members; who takes one that is not there refuses the request."""

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - it never returns
        raise invalid(**{name: "This field is required."})


def _parsed(request: Request) -> Any:  # noqa: ANN401 - JSON
    """The JSON body; empty without one; the text where it is none."""
    if not request.body:
        return _Body()
    try:
        body = json.loads(request.body)
    except ValueError:
        return request.body.decode("utf-8", "replace")
    return _Body(body) if isinstance(body, dict) else body
