"""A real Label Studio that dies, forgets to answer, is full, or does not let us in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Protocol

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.actions import Work, apply, carried_out
from tests.adapters.label_studio.servers import TOKEN, Person, Server
from tests.ports import free_port

pytestmark = pytest.mark.live

Receipts = dict[str, Receipt]


class Deaf(httpx.BaseTransport):
    """Lets a request through, and loses its answer if the path ends so."""

    def __init__(self, ending: str) -> None:
        self._inner = httpx.HTTPTransport()
        self._ending = ending

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or none."""
        response = self._inner.handle_request(request)
        if request.method == "POST" and request.url.path.endswith(self._ending):
            response.read()
            response.close()
            raise httpx.ReadError("lost")
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class Spoiled(httpx.BaseTransport):
    """Spoils the short token in so many requests, as if it had run out."""

    def __init__(self, times: int) -> None:
        self._inner = httpx.HTTPTransport()
        self._times = times
        self.exchanges = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        self.exchanges += request.url.path == "/api/token/refresh/"
        if self._times and "Authorization" in request.headers:
            self._times -= 1
            request.headers["Authorization"] = "Bearer a.b.c"
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class Opener(Protocol):
    """Makes adapters that wait for nothing."""

    def __call__(
        self, url: str, transport: httpx.BaseTransport | None = None, token: str = TOKEN
    ) -> LabelStudioAdapter:
        """An adapter for a server, with a transport of its own."""
        ...


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Whose connections are closed in the end."""
    with ExitStack() as stack:

        def one(
            url: str, transport: httpx.BaseTransport | None = None, token: str = TOKEN
        ) -> LabelStudioAdapter:
            client = http.client(transport or httpx.HTTPTransport(), sleep=lambda _: None)
            settings = {"url": url, "api_key": token}
            return LabelStudioAdapter(settings, stack.enter_context(client))

        yield one


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server to maltreat; it takes bodies of no more than 300 KB."""
    settings = "LABEL_STUDIO_DATA_UPLOAD_MAX_MEMORY_SIZE=300000"
    one = Server(tmp_path_factory.mktemp("own"), settings)
    one.start()
    yield one
    one.kill()


@pytest.mark.parametrize("ending", ["/users/", "/projects/", "/import", "/annotations/"])
def test_an_answer_that_was_lost_is_found(
    server: Server, adapter: LabelStudioAdapter, opened: Opener, work: Work, ending: str
) -> None:
    """The server has done it; whoever sends it again does it twice."""
    deaf = opened(server.url, Deaf(ending))
    receipts: Receipts = {}
    late = work.annotations.pop()
    for batch in (*([one] for one in work.users), [work.project], work.batch, [late]):
        with suppress(errors.OutcomeUnknown):
            apply(deaf, batch, receipts)
        for key, found in adapter.find(batch, receipts).items():
            receipts.setdefault(key, found)
    assert receipts.keys() == {one.key for one in [*work.actions, late]}
    assert any(one.found for one in receipts.values())
    assert adapter.held([*work.actions, late], receipts) == {
        one.key: one.payload for one in [*work.actions, late]
    }


def test_a_server_that_is_killed_in_an_import_makes_all_of_it_or_nothing(
    own: Server, opened: Opener, work: Work
) -> None:
    work = Work(work.name, hits=200)
    adapter, receipts = opened(own.url), Receipts()
    for batch in (work.users, [work.project]):
        apply(adapter, batch, receipts)
    threading.Timer(0.3, own.kill).start()
    with suppress(errors.OutcomeUnknown):
        apply(adapter, work.batch, dict(receipts))
    own.ended()
    own.start()
    found = adapter.find(work.batch, receipts)
    assert len(found) in (0, len(work.batch))
    if not found:
        apply(adapter, work.batch, receipts)
    receipts.update(found)
    assert adapter.held(work.actions, receipts) == {one.key: one.payload for one in work.actions}
    there = Person(own.url)
    tasks = there.tasks(receipts[work.project.key].target_id)
    there.close()
    assert len(tasks) == len(work.tasks)
    assert sum(len(one["annotations"]) for one in tasks) == len(work.annotations)


def test_a_body_that_is_too_large_is_refused_so_that_it_can_be_divided(
    own: Server, opened: Opener, work: Work
) -> None:
    work = Work(work.name, hits=400)
    adapter, receipts = opened(own.url), Receipts()
    for batch in (work.users, [work.project]):
        apply(adapter, batch, receipts)
    with pytest.raises(errors.TargetRejected, match="larger than the server takes"):
        apply(adapter, work.batch, receipts)
    some = work.batch[:300]
    apply(adapter, some, receipts)
    assert adapter.held(some, receipts) == {one.key: one.payload for one in some}


def test_a_full_disk_leaves_nothing_half_done(own: Server, opened: Opener, work: Work) -> None:
    work = Work(work.name, hits=150)
    adapter, receipts = opened(own.url), Receipts()
    for batch in (work.users, [work.project]):
        apply(adapter, batch, receipts)
    with own.full_disk(), pytest.raises(errors.OutcomeUnknown):
        apply(adapter, work.batch, dict(receipts))
    assert adapter.find(work.batch, receipts) == {}
    apply(adapter, work.batch, receipts)
    assert adapter.held(work.batch, receipts) == {one.key: one.payload for one in work.batch}


def test_both_kinds_of_tokens(own: Server, opened: Opener, work: Work) -> None:
    """The server is told to take no legacy tokens any more, and then to take them again."""
    there = Person(own.url)
    token = there("POST", "/api/token/")["token"]
    spoiled = Spoiled(times=1)
    adapter = opened(own.url, spoiled, token)
    assert adapter.identity() == f"{own.url} organization 1"
    assert spoiled.exchanges == 2
    settings = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False}
    there("POST", "/api/jwt/settings", settings)
    there.close()
    with pytest.raises(errors.TargetRefused, match="make a personal access token") as caught:
        opened(own.url).identity()
    assert TOKEN not in str(caught.value)
    receipts = carried_out(adapter, work)
    assert adapter.held(work.actions, receipts).keys() == {one.key for one in work.actions}
    assert spoiled.exchanges == 2
    with pytest.raises(errors.TargetRefused, match="does not accept the access token") as caught:
        opened(own.url, Spoiled(times=2), token).identity()
    assert token not in str(caught.value)
    own.allow_legacy_tokens(token)
    assert opened(own.url).identity() == adapter.identity()


@pytest.mark.parametrize("token", ["f" * 40, "header.payload.signature"])
def test_a_wrong_token(server: Server, opened: Opener, token: str) -> None:
    with pytest.raises(errors.TargetRefused, match="does not accept the access token") as caught:
        opened(server.url, token=token).identity()
    assert token not in str(caught.value)


@pytest.mark.parametrize("path", ["/projects", "/nowhere", "/api"])
def test_a_wrong_path(server: Server, opened: Opener, path: str) -> None:
    with pytest.raises(errors.TargetNotUnderstood, match="is this Label Studio's address"):
        opened(f"{server.url}{path}").identity()


@pytest.mark.parametrize("token", [TOKEN, "header.payload.signature"])
def test_nobody_there(opened: Opener, token: str) -> None:
    with pytest.raises(errors.TargetUnavailable, match="nothing answers"):
        opened(f"http://127.0.0.1:{free_port()}", token=token).identity()
