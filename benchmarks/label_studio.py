"""`exodus import` into a real Label Studio, beside a bare loop that posts the same requests.

Every run has a fresh server, so that the loop may post what was recorded, ids and all. The loop
makes no plan, keeps no ledger and looks for nothing: it is what the server can do. Runs of both
alternate, so that another's load on the machine meets both. Beside them stand label-studio-sdk's
own import of the same bodies, and HITs made one by one.

`scripts/label_studio install` comes first. Run it as `python -m benchmarks.label_studio`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

import httpx

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, Raw, Table
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.replay import http
from mturk_exodus.replay.replaying import replay
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.servers import ROOT, TOKEN, Server

WORKERS = 50
AT_ONCE = 500
SDK = """
import json, sys
from label_studio_sdk.client import LabelStudio
client = LabelStudio(base_url=sys.argv[1], api_key=sys.argv[2])
for line in open(sys.argv[3]):
    client.projects.import_tasks(id=1, request=json.loads(line))
"""
PAGE = """<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<!DOCTYPE html>
<html><body><form name="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<h1>What does this say?</h1><p>{text}</p>
<p>Mood: <label><input type="radio" name="mood" value="good" required> good</label>
<label><input type="radio" name="mood" value="bad"> bad</label></p>
<p>Topics: <label><input type="checkbox" name="topics" value="food"> food</label>
<label><input type="checkbox" name="topics" value="travel"> travel</label></p>
<p>Why? <textarea name="why"></textarea></p><input type="submit"></form></body></html>
]]></HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"""  # noqa: E501 - a page
ANSWERS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--assignments", type=int, default=3, help="of each HIT")
    parser.add_argument("--alone", type=int, default=50, help="HITs that are made one by one")
    parser.add_argument("--repeat", type=int, default=5, help="pairs of runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, compacted = archives(folder, asked.hits, asked.assignments)
        requests = recorded(folder, compacted)
        size = sum(len(body) for _, body in requests) / 1e6
        print(f"{asked.hits:,} HITs with {asked.assignments} assignments each, {size:.1f} MB sent")
        bare, ours = [], []
        for number in range(asked.repeat):
            with Server(folder / f"bare{number}").running() as one:
                bare.append(timed("a bare loop", asked.hits, lambda: post(one, requests)))
            with Server(folder / f"ours{number}").running() as one:
                ours.append(
                    timed("exodus import", asked.hits, lambda: exodus(one, compacted, folder))
                )
        for what, of in (("best", min), ("median", median)):
            print(f"{what + ' of each':34} {of(bare) / of(ours):8.0%} of the bare loop, target 90%")
        with Server(folder / "whole").running() as one:
            timed("exodus import, not compacted", asked.hits, lambda: exodus(one, whole, folder))
        with Server(folder / "sdk").running() as one:
            post(one, [two for two in requests if "/import" not in two[0]])
            timed("label-studio-sdk's import", asked.hits, lambda: sdk(one, requests, folder))
        with Server(folder / "alone").running() as one:
            post(one, [two for two in requests if "/import" not in two[0]])
            timed("one by one", asked.alone, lambda: one_by_one(one, requests, asked.alone))


def archives(folder: Path, hits: int, assignments: int) -> tuple[Path, Path]:
    """The same records twice: questions whole, and compacted."""
    paths = folder / "whole.db", folder / "compacted.db"
    for path in paths:
        with Archive.create(path) as archive:
            with archive.transaction():
                run = runs.begin(archive, "benchmark", {}, pass_id=None)
            put(archive, Writer(archive, run), HITS, map(hit, range(hits)))
            work = (
                assignment(number, other) for number in range(hits) for other in range(assignments)
            )
            put(archive, Writer(archive, run), ASSIGNMENTS, work)
    with Archive.open(paths[1]) as archive, archive.writing():
        Compaction(archive).run()
    return paths


def put(
    archive: Archive, writer: Writer, table: Table, records: Iterator[dict[str, object]]
) -> None:
    """Write records."""
    while some := list(islice(records, AT_ONCE)):
        with archive.transaction():
            writer.put(
                table, [Raw(json.dumps(one), one) for one in some], Origin("B", ""), {}, None
            )


def hit(number: int) -> dict[str, object]:
    """A HIT as the API gives it."""
    words = " ".join(f"word{(number * 7 + place * 13) % 997}" for place in range(40))
    return {
        "HITId": f"3HIT{number:026}",
        "HITTypeId": "3TYPE",
        "Title": "Mood and topic",
        "MaxAssignments": 3,
        "Question": PAGE.format(text=words),
        "CreationTime": 1_600_000_000 + number,
    }


def assignment(number: int, other: int) -> dict[str, object]:
    """An assignment with three answers."""
    values = {
        "mood": "good" if number % 3 else "bad",
        "topics": "food|travel",
        "why": "It says so.",
    }
    answer = "<Answer><QuestionIdentifier>{}</QuestionIdentifier><FreeText>{}</FreeText></Answer>"
    answers = "".join(answer.format(name, text) for name, text in values.items())
    return {
        "AssignmentId": f"3WORK{number:020}{other:05}",
        "HITId": f"3HIT{number:026}",
        "WorkerId": f"A{(number + other * 17) % WORKERS:013}",
        "AssignmentStatus": "Approved",
        "AcceptTime": 1_600_001_000 + number,
        "SubmitTime": 1_600_001_060 + number + other,
        "Answer": f'<QuestionFormAnswers xmlns="{ANSWERS}">{answers}</QuestionFormAnswers>',
    }


@dataclass
class Recorder(httpx.BaseTransport):
    """Sends, and keeps what changes something."""

    inner: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)
    requests: list[tuple[str, bytes]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it."""
        path = request.url.raw_path.decode()
        # The adapter's own marks are no part of what a bare loop would post.
        if request.method == "POST" and "commit_to_project=false" not in path:
            self.requests.append((path, _without_marks(request.read())))
        return self.inner.handle_request(request)


def _without_marks(body: bytes) -> bytes:
    said = json.loads(body)
    for one in said if isinstance(said, list) else []:
        one.pop("file_upload_id", None)
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def recorded(folder: Path, path: Path) -> list[tuple[str, bytes]]:
    """The requests of an import, in their order."""
    recorder = Recorder()
    copy = folder / "recorded.db"
    copy.write_bytes(path.read_bytes())
    with (
        Server(folder / "recording").running() as one,
        http.client(recorder) as client,
        Archive.open(copy) as archive,
        archive.writing(),
    ):
        replay(archive, LabelStudioAdapter({"url": one.url, "api_key": TOKEN}, client))
    return recorder.requests


def post(one: Server, requests: list[tuple[str, bytes]]) -> None:
    """The bare loop."""
    headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
    with httpx.Client(base_url=one.url, headers=headers, timeout=600, trust_env=False) as client:
        for path, body in requests:
            client.post(path, content=body).raise_for_status()


def exodus(one: Server, path: Path, folder: Path) -> None:
    """The command, in a process of its own."""
    copy = folder / "import.db"
    copy.unlink(missing_ok=True)
    copy.write_bytes(path.read_bytes())
    environment = {**os.environ, "LABEL_STUDIO_URL": one.url, "LABEL_STUDIO_API_KEY": TOKEN}
    command = [sys.executable, "-m", "mturk_exodus", "import", "--target", "label-studio", "--yes"]
    subprocess.run([*command, "--archive", str(copy)], env=environment, check=True, stdout=-3)


def sdk(one: Server, requests: list[tuple[str, bytes]], folder: Path) -> None:
    """label-studio-sdk, in the server's environment, which has it."""
    bodies = folder / "bodies.jsonl"
    bodies.write_bytes(b"\n".join(body for path, body in requests if "/import" in path))
    python = ROOT / ".live" / "label_studio" / "venv" / "bin" / "python"
    subprocess.run([python, "-c", SDK, one.url, TOKEN, bodies], check=True)


def one_by_one(one: Server, requests: list[tuple[str, bytes]], hits: int) -> None:
    """A request for each task and each annotation."""
    tasks = [task for path, body in requests if "/import" in path for task in json.loads(body)]
    headers = {"Authorization": f"Token {TOKEN}"}
    with httpx.Client(base_url=one.url, headers=headers, timeout=600, trust_env=False) as client:
        for task in tasks[:hits]:
            annotations = task.pop("annotations")
            made = client.post("/api/tasks/", json={**task, "project": 1}).raise_for_status()
            for annotation in annotations:
                annotation.pop("completed_by")
                url = f"/api/tasks/{made.json()['id']}/annotations/"
                client.post(url, json=annotation).raise_for_status()


def timed(name: str, hits: int, work: Callable[[], None]) -> float:
    """Do it and print how many HITs a second that is."""
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    print(f"{name:34} {seconds:8.2f} s  {hits / seconds:8,.1f} HITs/s", flush=True)
    return seconds


if __name__ == "__main__":
    main()
