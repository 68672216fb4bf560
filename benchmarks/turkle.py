"""`exodus import` into a real Turkle, beside a bare loop that posts the same requests.

Every run has a fresh server. The loop makes no plan, keeps no ledger and looks for nothing: it is
what the server can do. Runs of both alternate, so that another's load on the machine meets both.

`scripts/turkle install` comes first. Run it as `python -m benchmarks.turkle`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from benchmarks.label_studio import archives, timed
from mturk_exodus.archive import Archive
from mturk_exodus.replay import history, http
from mturk_exodus.replay.replaying import replay
from mturk_exodus_turkle import TurkleAdapter
from tests.adapters.turkle.servers import TOKEN, Server

Request = tuple[str, str, bytes]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--assignments", type=int, default=3, help="of each HIT")
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs")
    parser.add_argument("--atomic", action="store_true", help="a server with ATOMIC_REQUESTS")
    asked = parser.parse_args()
    settings = ("API_ADMIN_ONLY=1", "QUICK=1", *(["ATOMIC=1"] if asked.atomic else []))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, compacted = archives(folder, asked.hits, asked.assignments)
        with Server(folder / "recording", *settings).running() as one:
            requests = recorded(one, compacted, folder)
        size = sum(len(body) for *_, body in requests) / 1e6
        print(f"{asked.hits:,} HITs, {len(requests)} requests, {size:.1f} MB sent")
        bare, ours, sent = [], [], []
        for number in range(asked.repeat):
            with Server(folder / f"bare{number}", *settings).running() as one:
                bare.append(timed("a bare loop", asked.hits, lambda: post(one, requests)))
            with Server(folder / f"ours{number}", *settings).running() as one:
                ours.append(
                    timed("exodus import", asked.hits, lambda: exodus(one, compacted, folder))
                )
                alone = timed("its file of finished work, again", asked.hits, lambda: work(folder))
                sent.append(ours[-1] - alone)
        for what, of in (("best", min), ("median", median)):
            print(f"{what + ' of each':34} {of(bare) / of(ours):8.0%} of the bare loop")
            share = of(bare) / of(sent)
            print(f"{'  without that file':34} {share:8.0%}, target 90%")


@dataclass
class Recorder(httpx.BaseTransport):
    """Sends, and keeps what makes something."""

    inner: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)
    requests: list[Request] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it."""
        path = request.url.raw_path.decode()
        if request.method in ("POST", "PUT") and path.startswith("/api/"):
            self.requests.append((request.method, path, request.read()))
        return self.inner.handle_request(request)


def recorded(one: Server, path: Path, folder: Path) -> list[Request]:
    """The requests of an import, in their order; ids are the same on every fresh server."""
    recorder, copy = Recorder(), folder / "recorded.db"
    shutil.copyfile(path, copy)
    with http.client(recorder) as client, Archive.open(copy) as archive, archive.writing():
        replay(archive, TurkleAdapter({"url": one.url, "token": TOKEN}, client))
    return recorder.requests


def post(one: Server, requests: list[Request]) -> None:
    """The bare loop."""
    headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
    with httpx.Client(base_url=one.url, headers=headers, timeout=600, trust_env=False) as client:
        for method, path, body in requests:
            client.request(method, path, content=body).raise_for_status()


def exodus(one: Server, path: Path, folder: Path) -> None:
    """The command, in a process of its own; it writes the file of finished work, too."""
    copy = folder / "import.db"
    shutil.copyfile(path, copy)
    for old in folder.glob("import.turkle*"):
        old.unlink()
    environment = {**os.environ, "TURKLE_URL": one.url, "TURKLE_TOKEN": TOKEN}
    command = [sys.executable, "-m", "mturk_exodus", "import", "--target", "turkle", "--yes"]
    subprocess.run([*command, "--archive", str(copy)], env=environment, check=True, stdout=-3)


def work(folder: Path) -> None:
    """What the command writes when it has sent everything: a file for the server's plug-in."""
    with http.client() as client, Archive.open(folder / "import.db", read_only=True) as archive:
        adapter = TurkleAdapter({"url": "http://127.0.0.1:1", "token": TOKEN}, client)
        if not history.write(archive, adapter, folder / "again.jsonl"):
            raise SystemExit("there is no finished work")


if __name__ == "__main__":
    main()
