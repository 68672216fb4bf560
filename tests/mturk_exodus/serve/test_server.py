from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.errors import ArchiveNotFound, NotAnArchive, ServeError
from mturk_exodus.serve import background, serve
from tests.mturk_exodus.serve.support import client_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_port_in_use_is_one_line_that_says_what_to_do(archive_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"port {port} .* name another --port") as caught:
            serve(archive_path, port=port)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - refused
def test_only_loopback_is_served(archive_path: Path, host: str) -> None:
    with pytest.raises(ServeError, match="not this computer alone"):
        serve(archive_path, host, 0)


def test_what_is_no_archive_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ArchiveNotFound):
        serve(tmp_path / "none.db")
    (tmp_path / "text").write_text("text")
    with pytest.raises(NotAnArchive), background(tmp_path / "text"):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_every_loopback_host_answers(archive_path: Path, host: str) -> None:
    try:
        with background(archive_path, host) as url:
            client = client_of(url)
            assert client.list_hits()["NumResults"] == 10
            client.close()
    except ServeError:
        if host != "::1":
            raise
        pytest.skip("this computer has no IPv6")


def test_nothing_is_left_behind(archive_path: Path) -> None:
    before = set(threading.enumerate())
    with background(archive_path) as url:
        client = client_of(url)
        client.list_hits()
        client.close()
    assert set(threading.enumerate()) <= before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0


def test_many_programs_at_once(archive_path: Path) -> None:
    with background(archive_path) as url, ThreadPoolExecutor(16) as pool:
        client = client_of(url)
        replies = pool.map(lambda _: client.list_hits(MaxResults=100)["NumResults"], range(200))
        assert set(replies) == {23}
        client.close()


def test_a_reply_does_not_wait_for_an_acknowledgement(archive_path: Path) -> None:
    with background(archive_path) as url:
        client = client_of(url)
        client.get_account_balance()
        times = [_seconds(client.get_account_balance) for _ in range(40)]
        # With Nagle's algorithm 40 ms each, however fast the machine; a fifth of that without.
        assert sorted(times)[10] < 0.035
        client.close()


def _seconds(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def test_it_reads_while_an_export_writes(archive_path: Path) -> None:
    with background(archive_path) as url, Archive.open(archive_path) as archive:
        client = client_of(url)
        archive.connection.execute("begin immediate")
        archive.connection.execute("update hits set title = 'changed'")
        assert client.list_hits()["NumResults"] == 10
        archive.connection.execute("rollback")
        client.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_quietly(archive_path: Path, number: signal.Signals) -> None:
    line = [sys.executable, "-m", "mturk_exodus", "serve", "--archive", str(archive_path)]
    with subprocess.Popen([*line, "--port", "0"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = [process.stderr.readline(), process.stderr.readline()]
        url = said[0].split()[3].rstrip(",")
        assert f'boto3.client("mturk", endpoint_url="{url}"' in said[1]
        client = client_of(url)
        assert client.list_hits()["NumResults"] == 10
        client.close()
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_the_command_says_that_the_port_is_taken(archive_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = [sys.executable, "-m", "mturk_exodus", "serve", "--archive", str(archive_path)]
        done = subprocess.run([*line, "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 60
    assert done.stderr.startswith(f"Error: port {port} of 127.0.0.1 is taken")
    assert done.stderr.count("\n") == 1
