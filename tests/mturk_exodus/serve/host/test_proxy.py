"""docs/host.md's recipe for nginx, run as it stands there: only name, port and files are ours."""

from __future__ import annotations

import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trustme

from mturk_exodus.serve.host.app import Settings
from mturk_exodus.serve.host.catalogue import Place
from mturk_exodus.serve.host.desk import Desk
from mturk_exodus.serve.host.panels import PANELS
from mturk_exodus.serve.host.server import background
from tests.mturk_exodus.serve.host.account import PROLIFIC, Visitor, build, offer
from tests.ports import free_port

pytestmark = pytest.mark.live
RECIPE = Path(__file__).resolve().parents[4] / "docs" / "host.md"
NAME = "localhost"
SECONDS = 20.0
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; user root; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def recipe(folder: Path, port: int, upstream: str) -> str:
    """The recipe with what is different here."""
    (said,) = re.findall(r"```nginx\n(.*?)```", RECIPE.read_text(encoding="utf-8"), re.DOTALL)
    changes = {
        r"listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        r"server_name \S+;": f"server_name {NAME};",
        r"ssl_certificate \S+;": f"ssl_certificate {folder}/chain.pem;",
        r"ssl_certificate_key \S+;": f"ssl_certificate_key {folder}/key.pem;",
        r"error_log \S+ crit;": f"error_log {folder}/tasks.log crit;",
        r"proxy_pass \S+;": f"proxy_pass {upstream};",
    }
    for there, here in changes.items():
        said, count = re.subn(there, here, said)
        assert count == 1, there
    return AROUND.format(folder=folder, server=said)


@contextmanager
def nginx(folder: Path, port: int, upstream: str) -> Iterator[ssl.SSLContext]:
    """The proxy; what trusts its certificate."""
    authority = trustme.CA()
    certificate = authority.issue_cert(NAME)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "chain.pem", append=True)
    (folder / "nginx.conf").write_text(recipe(folder, port, upstream), encoding="utf-8")
    command = ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    try:
        yield trusting
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    build(tmp_path / "mturk.db")
    port = free_port()
    origin = f"https://{NAME}:{port}"
    panel = replace(PANELS["prolific"], completion_url="https://panel.example/done")
    with Desk.open(tmp_path / "mturk.host") as desk:
        offer(tmp_path / "mturk.db", desk)
        settings = Settings(tmp_path / "mturk.db", panel, Place(origin))
        with (
            background(settings, desk) as upstream,
            nginx(tmp_path, port, upstream) as trusting,
            httpx.Client(base_url=origin, verify=trusting, trust_env=False) as client,
        ):
            _await(client)
            yield Visitor(client, desk)


def _await(client: httpx.Client) -> None:
    until = time.monotonic() + SECONDS
    while not _answers(client):
        assert time.monotonic() < until, "nginx does not answer"
        time.sleep(0.05)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        return False


def test_a_hit_is_worked_on_through_the_proxy(visitor: Visitor) -> None:
    opened = visitor.open("3FORM1", **PROLIFIC)
    assert opened.parameters["turkSubmitTo"] == str(visitor.http.base_url).rstrip("/")
    assert visitor.http.get(opened.frame).is_success
    assert visitor.send(opened.assignment_id, mood="good", why="x" * 4_000_000) == 200
    assert visitor.http.get(opened.after).headers["location"] == "https://panel.example/done"


def test_a_long_link_arrives(visitor: Visitor) -> None:
    hits = [f"3HIT{number:026}" for number in range(49)]
    opened = visitor.open(*hits, "3FORM1", **PROLIFIC)
    assert opened.parameters["hitId"] == "3FORM1"
    assert len(opened.after) > 3_000
    assert visitor.send(opened.assignment_id, mood="good") == 200
    assert visitor.http.get(opened.after).status_code == 303
