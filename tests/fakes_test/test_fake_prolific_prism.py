"""A second opinion: Prism between a client and the fake finds nothing that we do not."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.prolific import FakeProlific
from tests.fakes.prolific.contract import Contract, description, document
from tests.fakes_test.prolific_support import Client
from tests.fakes_test.prolific_tour import tour
from tests.fakes_test.support import PLAIN
from tests.ports import free_port

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not description().is_file(),
        reason=f"the description is not at {description()}; set EXODUS_PROLIFIC",
    ),
]
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
VIOLATIONS = "sl-violations"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProlific]:
    with FakeProlific() as served:
        yield served


@pytest.fixture(scope="module")
def proxy(fake: FakeProlific, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's address; the patched description lies in a folder of the tests' own."""
    folder = tmp_path_factory.mktemp("prism")
    described = folder / "described.json"
    described.write_text(json.dumps(document()), encoding="utf-8")
    port = free_port()
    command = [f"{ROOT}/scripts/prism", "proxy", str(port), str(described), fake.url]
    with (folder / "prism.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await(process, port, folder / "prism.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def test_prism_finds_nothing_against_the_patched_description(
    fake: FakeProlific, proxy: str
) -> None:
    found: list[str] = []

    def note(reply: httpx.Response) -> None:
        if VIOLATIONS in reply.headers:
            found.append(f"{reply.request.method} {reply.url}: {reply.headers[VIOLATIONS]}")

    with _client(fake, proxy) as http:
        http.event_hooks = {"response": [note]}
        tour(Client(fake, http))
    assert found == []
    assert len(fake.exchanges) > 80


def test_prism_sees_every_body_that_we_see(fake: FakeProlific, proxy: str) -> None:
    """It passes over a schema that it cannot read without a word; so each is tried."""
    contract = Contract(document())
    blind, tried = [], 0
    with _client(fake, proxy) as http, fake.forgiving():
        for operation in sorted(contract.operations()):
            method, path = operation.split()
            wrong = contract.body_mistakes(method, path, 5)
            if not wrong or wrong == ["it takes no body"]:
                continue
            reply = http.request(method, path.replace("{", "").replace("}", ""), json=5)
            tried += 1
            if '"body"' not in reply.headers.get(VIOLATIONS, ""):
                blind.append(operation)
    assert blind == []
    assert tried > 25


def test_prism_sees_other_mistakes(fake: FakeProlific, proxy: str) -> None:
    with _client(fake, proxy) as http, fake.forgiving():
        for path in ("/nowhere/", "/submissions/", "/studies/?page=two", "/users/me"):
            assert VIOLATIONS in http.get(f"/api/v1{path}").headers


def _client(fake: FakeProlific, proxy: str) -> httpx.Client:
    headers = {"Authorization": f"Token {fake.token}"}
    return httpx.Client(base_url=proxy, headers=headers, verify=PLAIN, timeout=30)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
