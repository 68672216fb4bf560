"""The fake as a server: quick, and indifferent to what clients do."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.fakes.mturk import (
    FakeMTurk,
)
from tests.fakes_test.support import make_account, post, serving, wire_request


def test_latency_delays_every_reply() -> None:
    with serving(latency=0.1) as (_, client):
        began = time.monotonic()
        client.get_account_balance()
        assert time.monotonic() - began >= 0.1


def test_it_serves_many_clients_at_once() -> None:
    with FakeMTurk(make_account()) as fake:

        def ask() -> None:
            for _ in range(20):
                assert post(fake, "GetHIT", {"HITId": "H1"}).status_code == 200

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert fake.calls == {("GetHIT", "ok"): 160}


def test_it_is_fast_enough() -> None:
    asked = wire_request("GetHIT", b'{"HITId":"H1"}')
    with FakeMTurk(make_account()) as fake:
        host, port = fake.endpoint_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            began = time.monotonic()
            for _ in range(500):
                connection.sendall(asked)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            assert 500 / (time.monotonic() - began) > 400


def test_a_client_that_is_killed_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    script = (
        "import socket,sys,time\n"
        "s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n"
        "s.sendall(bytes.fromhex(sys.argv[2]) * 50)\n"
        "print(flush=True)\n"
        "time.sleep(60)\n"
    )
    with FakeMTurk(make_account(), latency=0.01) as fake:
        port = fake.endpoint_url.rpartition(":")[2]
        command = [sys.executable, "-c", script, port, wire_request("ListHITs", b"{}").hex()]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
            assert client.stdout is not None
            client.stdout.readline()
            client.kill()
        time.sleep(0.1)
        assert post(fake, "ListHITs").status_code == 200
    assert capfd.readouterr() == ("", "")


def test_it_serves_only_while_it_is_entered() -> None:
    fake = FakeMTurk(make_account())
    with pytest.raises(RuntimeError, match="with block"):
        _ = fake.endpoint_url
