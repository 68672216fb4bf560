"""Requests that are none, pages that are none, and what every page has in common."""

from __future__ import annotations

import socket
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.mturk_exodus.serve.host.hostile.visits import SUBMIT, opened, raw, sent
from tests.mturk_exodus.serve.host.participants import Service, archive_of


def test_idle_connections_leave_room_for_others(service: Service, client: httpx.Client) -> None:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
        for _ in range(5):
            began = time.monotonic()
            with httpx.Client(base_url=service.origin, timeout=20, trust_env=False) as other:
                assert other.get("/health").status_code == 200
            assert time.monotonic() - began < 10
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/pages/../app.py",
        "/pages/%2e%2e/app.py",
        "/pages/..%2fapp.py",
        "/pages/....//app.py",
        "/pages/%2Fetc%2Fpasswd",
        "/pages/visitor.css%00.html",
        "/pages/visitor.css/",
        "/pages/",
        "//etc/passwd",
        "/pages/..\\app.py",
        "/hit/../../etc/passwd",
        "/.git/config",
        "/after/",
        "/" + "x" * 30_000,
        "/%ff%fe",
        "/\x7f",
    ],
)
def test_other_paths_lead_nowhere(service: Service, path: str) -> None:
    said = raw(service, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode("latin-1"), seconds=3)
    assert said[9:12] in (b"404", b"400"), said[:300]
    assert b"import" not in said
    assert b"root:" not in said


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_what_is_no_request_does_no_harm(
    service: Service, client: httpx.Client, said: bytes
) -> None:
    raw(service, said, seconds=1)
    assert client.get("/health").status_code == 200


def test_every_page_is_strict(client: httpx.Client, link: str) -> None:
    task = opened(client, link, "careful")
    pages = {
        "task": client.get(f"{link}?PROLIFIC_PID=careful"),
        "no place": client.get(f"{link}?PROLIFIC_PID=other"),
        "preview": client.get(link),
        "frame": client.get(task.frame),
        "front": client.get("/"),
        "no such page": client.get("/nothing"),
        "wrong method": client.put("/"),
        "no form": client.post(SUBMIT, json={}),
        "nobody's": sent(client, {"assignmentId": "3" + "A" * 29, "a": "b"}),
        "on": client.get(f"/after/{task.token}"),
        "returned": client.post(f"/return/{task.token}"),
        "stored": sent(client, {"assignmentId": task.assignment_id, "a": "b"}),
        "done": client.get(f"/after/{task.token}"),
    }
    for name, page in pages.items():
        told = page.headers
        assert "set-cookie" not in told, name
        assert "server" not in told, name
        assert "no-store" in told["cache-control"], name
        if page.status_code != 303:
            assert told["x-content-type-options"] == "nosniff", name
            assert "default-src 'none'" in told["content-security-policy"], name
            assert "unsafe" not in told["content-security-policy"] or name == "frame", name
            assert "base-uri 'none'" in told["content-security-policy"], name
        assert told["referrer-policy"] in ("no-referrer", "strict-origin"), name
    assert pages["stored"].status_code == 200


def test_the_host_says_nothing_about_anybody(tmp_path: Path) -> None:
    """Whatever is done to it, and whatever fails: its database is taken away under its hands."""
    path = tmp_path / "mturk.db"
    archive_of(path, 2, 9)
    service = Service(path, "--collect-every", "1")
    service.start()
    worker_id = "Q7secret"
    link = urlsplit(service.links()[0]).path
    with httpx.Client(base_url=service.origin, trust_env=False, timeout=60) as client:
        task = opened(client, link, worker_id)
        said = {"assignmentId": task.assignment_id, "text": worker_id}
        assert sent(client, said).status_code == 200
        for number in range(4):
            client.get(f"{link}?PROLIFIC_PID={worker_id}%00{number}")
            raw(service, f"GET /{worker_id} HTTP/7\r\n\r\n".encode(), seconds=1)
        task = opened(client, link, f"{worker_id}-2")
        # By SQL: who writes into a file that is another process's memory, ends that process.
        with closing(sqlite3.connect(tmp_path / "mturk.db.host", timeout=30)) as desk:
            desk.execute("drop table host_answers")
        failed = sent(client, {**said, "assignmentId": task.assignment_id})
        assert failed.status_code in (500, 503)
        client.get(f"{link}?PROLIFIC_PID={worker_id}-3")
    service.kill()
    assert worker_id not in service.said()
    assert task.assignment_id not in service.said()
    assert "a visitor was not served" in service.said()
