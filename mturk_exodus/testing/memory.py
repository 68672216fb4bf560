"""The reference: a target in memory, and an adapter that carries all that it is handed.

Read it beside `replay/adapter.py`. What it does in a line, a real adapter does in a file.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import httpx

from mturk_exodus import errors, records
from mturk_exodus.replay.adapter import (
    JSON,
    Action,
    Capability,
    Fidelity,
    Kept,
    Limits,
    Loss,
    Making,
    Receipt,
    RecordReader,
    Setting,
    Source,
    Task,
)
from mturk_exodus.replay.fields import FIELDS, UPLOAD
from mturk_exodus.replay.http import REPEATABLE

_TRUTHS = ("QualificationType.IsRequestable", "QualificationType.AutoGranted")

_EXACT = Capability(Fidelity.EXACT)
_PSEUDONYM = Capability(Fidelity.CONVERTED, "a pseudonym stands for the worker")
_TRUTH = Capability(Fidelity.CONVERTED, "0 and 1 are false and true")
_FILES = Capability(Fidelity.UNSUPPORTED, "adapters are not handed files")


def _capability(name: str) -> Capability:
    if name.endswith(".WorkerId"):
        return _PSEUDONYM
    return {UPLOAD: _FILES, **dict.fromkeys(_TRUTHS, _TRUTH)}.get(name, _EXACT)


class MemoryAdapter:
    """A thing at the target for each record, one for each worker and one for each HIT type."""

    name: ClassVar[str] = "memory"
    title: ClassVar[str] = "Memory"
    capabilities: ClassVar[Mapping[str, Capability]] = {name: _capability(name) for name in FIELDS}
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "address of the target", "MEMORY_URL", default="http://memory"),
        Setting("token", "the key to it", "MEMORY_TOKEN", secret=True),
        Setting("workers", "`plain` names them", default="pseudonyms", to_plan=True),
    )
    limits: ClassVar[Limits] = Limits(actions=30)

    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        self._settings = settings
        self._client = client

    def identity(self) -> str:
        """The address and the account there."""
        return f"{self._settings['url']} {self._ask('GET', '/account')['account']}"

    def plan(self, archive: RecordReader, /) -> Iterator[Action | Loss]:
        """Workers and types first, then task by task, then what belongs to none."""
        yield from Planning(archive, self._settings.get("workers") == "plain").everything()

    def apply(
        self, actions: Sequence[Action], _receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        """All in one request, which the target carries out as a whole or not at all."""
        things = [
            {"key": one.key, "kind": one.operation, "payload": dict(one.payload)} for one in actions
        ]
        made = self._ask("POST", "/things", things)
        for action, target_id in zip(actions, made, strict=True):
            yield Receipt(action.key, target_id)

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        """One by one."""
        for action in actions:
            target_id = receipts[action.key].target_id
            self._ask("PUT", f"/things/{target_id}", dict(action.payload))
            yield Receipt(action.key, target_id)

    def find(
        self, actions: Sequence[Action], _receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        """By the archive and the key, which every thing is marked with."""
        found = self._search(actions)
        return {key: Receipt(key, one["id"], found=True) for key, one in found.items()}

    def held(
        self, actions: Sequence[Action], _receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        """As the target has it."""
        return {key: one["payload"] for key, one in self._search(actions).items()}

    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        """One by one; what is gone is gone."""
        for making in makings:
            try:
                self._ask("DELETE", f"/things/{making.target_id}")
            except errors.TargetRejected as error:
                if error.status_code != httpx.codes.NOT_FOUND:
                    raise
            yield Receipt(making.key, making.target_id)

    def _search(self, actions: Sequence[Action]) -> Mapping[str, Mapping[str, JSON]]:
        marks = [[one.payload["archive"], one.key] for one in actions]
        found = self._ask("POST", "/search", marks, REPEATABLE)
        return {one["key"]: one for one in found}

    def _ask(
        self, method: str, path: str, body: JSON = None, extensions: Mapping[str, Any] | None = None
    ) -> JSON:
        reply = self._client.request(
            method,
            f"{self._settings['url']}{path}",
            json=body,
            headers={"Authorization": f"Token {self._settings['token']}"},
            extensions=dict(extensions or {}),
        )
        return reply.json() if reply.content else None


_Record = Any
"""A record of whatever kind."""


class Planning:
    """A plan: pure, and with nothing kept but what a HIT's payments and the account's lists need.

    Args:
        archive: what is planned.
        plain: whether workers are named by their ids.
    """

    def __init__(self, archive: RecordReader, plain: bool) -> None:
        self._archive = archive
        self._plain = plain

    def everything(self) -> Iterator[Action]:
        """All actions, what is required first."""
        for worker in self._archive.workers():
            pseudonym = self._archive.pseudonym(worker)
            payload = {"name": self._called(worker)}
            yield self._action("worker", pseudonym, Source("Worker", pseudonym), payload)
        for hit_type_id in self._archive.hit_types():
            name = hit_type_id or "-"
            yield self._action("hit_type", name, Source("HITType", name), {"id": hit_type_id})
            for task in self._archive.tasks(hit_type_id):
                yield from self._of_task(task, f"hit_type:{name}")
        for kind in _OF_THE_ACCOUNT:
            yield from self._numbered(kind, self._archive.every(kind))

    def _of_task(self, task: Task, hit_type: str) -> Iterator[Action]:
        hit_id = task.hit.hit_id
        yield self._of(task.hit, hit_id, hit_id, (hit_type,), "tasks")
        for one in task.assignments:
            worker = [f"worker:{self._archive.pseudonym(one.worker_id)}"] if one.worker_id else []
            requires = (f"HIT:{hit_id}", *worker)
            yield self._of(one, one.assignment_id, one.assignment_id, requires, "tasks")
        yield from self._numbered(records.BonusPayment, task.bonus_payments, hit_id)
        yield from self._numbered(records.ReviewReport, task.review_reports, hit_id)

    def _numbered(
        self, kind: type[Any], found: Iterable[_Record], hit_id: str | None = None
    ) -> Iterator[Action]:
        """Records that may be alike in every member: those that are, are counted."""
        requires = (f"HIT:{hit_id}",) if hit_id else ()
        alike: Counter[str] = Counter()
        for one in found:
            name = _NAMES[kind](self._archive, one) if kind in _NAMES else self._digest(one)
            alike[name] += 1
            source = hit_id or name
            lane = "tasks" if hit_id else "account"
            yield self._of(one, f"{name}.{alike[name]}", source, requires, lane)

    def _of(
        self,
        record: _Record,
        name: str,
        source: str,
        requires: tuple[str, ...],
        lane: str,
    ) -> Action:
        kind = type(record).__name__
        payload = {"values": self._values(record)}
        return self._action(kind, name, Source(kind, source), payload, requires, lane)

    def _action(
        self,
        kind: str,
        name: str,
        source: Source,
        payload: Mapping[str, JSON],
        requires: tuple[str, ...] = (),
        lane: str = "account",
    ) -> Action:
        marked = {"archive": self._archive.archive_id, **payload}
        return Action(f"{kind}:{name}", kind, source, marked, requires, lane)

    def _values(self, record: _Record) -> Mapping[str, JSON]:
        """A record in MTurk's words, without what it does not have."""
        kind = type(record)
        found: dict[str, JSON] = {}
        for column, member in records.members(kind):
            value = getattr(record, column)
            if value is not None:
                found[member.name] = self._written(f"{kind.__name__}.{member.name}", value)
        return found

    def _written(self, name: str, value: str | int) -> JSON:
        if name.endswith(".WorkerId"):
            return self._called(str(value))
        return bool(value) if name in _TRUTHS else value

    def _called(self, worker: str) -> str:
        return worker if self._plain else self._archive.pseudonym(worker)

    def _digest(self, record: _Record) -> str:
        """A name for what has none; its worker has a pseudonym here, whatever the setting."""
        values = {
            column: self._archive.pseudonym(value) if column == "worker_id" else value
            for column, _ in records.members(type(record))
            if (value := getattr(record, column)) is not None
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


_Name = Callable[[RecordReader, Any], str]

_NAMES: Mapping[type[Any], _Name] = {
    records.ReviewReport: lambda _, one: str(one.hit_id),
    records.QualificationType: lambda _, one: str(one.qualification_type_id),
    records.Qualification: lambda archive, one: (
        f"{one.qualification_type_id}.{archive.pseudonym(one.worker_id)}"
    ),
    records.QualificationRequest: lambda _, one: str(one.qualification_request_id),
    records.WorkerBlock: lambda archive, one: archive.pseudonym(one.worker_id),
    records.WorkerDetail: lambda archive, one: archive.pseudonym(one.worker_id),
    records.Template: lambda _, one: str(one.template_sha256),
}
"""What tells a record from others of its kind. What has no such thing has a digest of itself."""

_OF_THE_ACCOUNT: tuple[type[Any], ...] = (
    records.QualificationType,
    records.Qualification,
    records.QualificationRequest,
    records.WorkerBlock,
    records.WorkerDetail,
    records.NotificationEvent,
    records.AccountBalance,
    records.Template,
)


class MemoryTarget:
    """A server that keeps things, in memory.

    It takes no idempotency key: what is sent twice is there twice.

    Attributes:
        token: who has it is let in.
    """

    def __init__(self) -> None:
        self.token = "s3cr3t-0f-th3-m3m0ry"  # noqa: S105 - nobody else's
        self._things: dict[str, dict[str, JSON]] = {}
        self._last = 0

    def transport(self) -> httpx.BaseTransport:
        """What leads to it."""
        return httpx.MockTransport(self._answer)

    def things(self) -> Mapping[str, int]:
        """How many there are of each kind."""
        return Counter(str(one["kind"]) for one in self._things.values())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        given = request.headers.get("authorization", "")
        if given != f"Token {self.token}":
            return httpx.Response(401)
        body = json.loads(request.content) if request.content else None
        place, _, target_id = request.url.path[1:].partition("/")
        if (request.method, place) in self._whole:
            return httpx.Response(200, json=self._whole[request.method, place](body))
        if place != "things" or target_id not in self._things:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self._things[target_id]
        elif request.method == "PUT":
            self._things[target_id]["payload"] = body
        return httpx.Response(204)

    @property
    def _whole(self) -> Mapping[tuple[str, str], Callable[[JSON], JSON]]:
        return {
            ("GET", "account"): lambda _: {"account": "1"},
            ("POST", "things"): lambda things: [self.make(one) for one in things],
            ("POST", "search"): self._search,
        }

    def make(self, thing: Mapping[str, JSON]) -> str:
        """Keep a thing: its kind, its key and its payload, in which `archive` is. Its id."""
        self._last += 1
        self._things[str(self._last)] = {"id": str(self._last), **thing}
        return str(self._last)

    def _search(self, marks: list[list[str]]) -> list[dict[str, JSON]]:
        wanted = {(archive, key) for archive, key in marks}
        return [
            one
            for one in self._things.values()
            if (one["payload"]["archive"], one["key"]) in wanted
        ]
