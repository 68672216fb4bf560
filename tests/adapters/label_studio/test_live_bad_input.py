"""What a person meets whose import into a real Label Studio is not as it should be."""

from __future__ import annotations

import http.server
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.label_studio import assignment, hit
from mturk_exodus.archive import Archive
from tests.adapters.label_studio.imports import (
    Work,
    assert_whole,
    compared,
    filled,
    imported,
    made,
    projects,
    started,
    went_well,
)
from tests.adapters.label_studio.servers import SECONDS, TOKEN, Person, Server
from tests.endurance.support import findings, rows, run, the_error, wait_until
from tests.ports import free_port

pytestmark = pytest.mark.live

HITS, EACH = 30, 3
LARGEST = 300_000
EXTERNAL = """<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.com/task</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server to maltreat, with nothing in it; it takes bodies of no more than LARGEST bytes."""
    with Server(
        tmp_path / "server", f"LABEL_STUDIO_DATA_UPLOAD_MAX_MEMORY_SIZE={LARGEST}"
    ).running() as one:
        yield one


@pytest.fixture
def there(own: Server) -> Iterator[Person]:
    """Somebody who works at that server."""
    one = Person(own.url)
    yield one
    one.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small archive."""
    return filled(tmp_path / "mturk.db", HITS, EACH)


def refused(ended: subprocess.CompletedProcess[str], code: int, archive: Path) -> str:
    """The one line that an import ends with, after lines of progress. No secret and no worker is
    in it, and the archive is as whole as before.
    """
    assert ended.returncode == code, ended.stderr
    *progress, line = ended.stderr.splitlines()
    assert not [one for one in progress if not one.endswith(" actions")], ended.stderr
    said = ended.stdout + ended.stderr
    assert TOKEN not in said
    assert not [one for (one,) in rows(archive, _WORKERS) if one in said]
    assert findings(archive) == []
    return the_error(line)


_WORKERS = "select distinct worker_id from assignments where worker_id is not null"


def test_nothing_listens_and_then_it_does(own: Server, archive: Path) -> None:
    line = refused(imported(archive, f"http://127.0.0.1:{free_port()}"), 31, archive)
    assert line == "nothing answers at 127.0.0.1; is the address right, and the server running?"
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)


@contextmanager
def another_web_server() -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Welcome</title>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_web_server_answers(archive: Path) -> None:
    with another_web_server() as url:
        line = refused(imported(archive, url), 33, archive)
        compare = refused(compared(archive, url), 33, archive)
    assert line == compare
    assert "is this Label Studio's address" in line or "not how Label Studio answers" in line
    assert rows(archive, "select count(*) from targets") == [(0,)]


@pytest.mark.parametrize("token", ["f" * 40, "header.payload.signature"])
def test_a_wrong_token(server: Server, archive: Path, token: str) -> None:
    ended = imported(archive, server.url, token=token)
    assert "does not accept the access token" in refused(ended, 32, archive)
    assert token not in ended.stderr
    assert rows(archive, "select count(*) from ledger") == [(0,)]


def test_legacy_tokens_are_disabled(own: Server, there: Person, archive: Path) -> None:
    personal = there("POST", "/api/token/")["token"]
    there(
        "POST",
        "/api/jwt/settings",
        {"api_tokens_enabled": True, "legacy_api_tokens_enabled": False},
    )
    assert "make a personal access token" in refused(imported(archive, own.url), 32, archive)
    ended = imported(archive, own.url, token=personal)
    went_well(ended)
    own.allow_legacy_tokens(personal)
    assert_whole(archive, own.url)


def test_the_server_has_no_room(own: Server, tmp_path: Path) -> None:
    archive = filled(tmp_path / "more.db", 80, EACH)
    with own.full_disk():
        ended = imported(archive, own.url)
    assert ended.returncode in (31, 35)
    assert "answered with 500" in refused(ended, ended.returncode, archive)
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)


def test_bodies_that_are_too_large_are_divided(own: Server, tmp_path: Path) -> None:
    """A HIT that is too large by itself does not keep the others out."""
    huge: Work = {**hit(1_000), "RequesterAnnotation": "n" * LARGEST}
    hits = [*map(hit, range(300)), huge]
    work = [assignment(number, other) for number in range(300) for other in range(EACH)]
    archive = made(tmp_path / "large.db", hits, work)
    line = refused(imported(archive, own.url), 34, archive)
    assert line.startswith("1 actions did not happen; the rest did")
    again = imported(archive, own.url)
    assert refused(again, 34, archive) == line
    assert "it is larger than the server takes in one request" in again.stdout
    compare = compared(archive, own.url)
    assert refused(compare, 36, archive)
    assert [line.split() for line in compare.stdout.splitlines() if "not sent" in line] == [
        ["not", "sent", "1"]
    ]


def test_a_project_that_is_deleted_by_hand_midway(
    own: Server, there: Person, tmp_path: Path
) -> None:
    archive = filled(tmp_path / "many.db", 1_500, 1)
    with started(archive, own.url) as process:
        wait_until(lambda: bool(rows(archive, _TASKS_DONE)), process)
        until_it_is_deleted(own, projects(there)[0])
        assert process.poll() is None
        stdout, stderr = process.communicate(timeout=SECONDS)
    ended = subprocess.CompletedProcess([], process.returncode, stdout, stderr)
    assert "did not happen" in refused(ended, 34, archive)
    assert "its project is no longer there" in stdout
    assert compared(archive, own.url).returncode == 36
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)


def until_it_is_deleted(server: Server, project: int) -> None:
    """The server answers 500 when tasks come while it deletes what is there."""
    headers = {"Authorization": f"Token {TOKEN}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=SECONDS) as client:
        give_up = time.monotonic() + SECONDS
        while not client.delete(f"/api/projects/{project}/").is_success:
            assert time.monotonic() < give_up


_TASKS_DONE = "select 1 from ledger where event = 'done' and operation = 'task' limit 1"


def test_hits_that_have_no_form(own: Server, tmp_path: Path) -> None:
    questions = [None, EXTERNAL, "<HTMLQuestion><HTMLContent>", "\u0000<", ""]
    hits = [{**hit(number), "Question": one} for number, one in enumerate(questions)]
    for one in hits:
        if one["Question"] is None:
            del one["Question"]
    work = [assignment(number, 0) for number in range(len(hits))]
    archive = made(tmp_path / "odd.db", hits, work)
    planned = run("plan", "--target", "label-studio", "--archive", archive)
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "HIT.Question" in planned.stdout
    assert "no source kept the question" in " ".join(planned.stdout.split())
    went_well(imported(archive, own.url))
    there = compared(archive, own.url)
    assert (there.returncode, there.stderr) == (0, "")
    went_well(imported(archive, own.url))


def test_an_archive_without_a_hit(own: Server, there: Person, tmp_path: Path) -> None:
    archive = made(tmp_path / "empty.db", [])
    went_well(imported(archive, own.url))
    assert compared(archive, own.url).returncode == 0
    assert projects(there) == []
    went_well(imported(archive, own.url, "--undo"))


def test_another_command_writes_to_the_archive(own: Server, there: Person, archive: Path) -> None:
    with Archive.open(archive) as opened, opened.writing():
        ended = imported(archive, own.url)
    refused(ended, 15, archive)
    assert projects(there) == []
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)


def test_undo_keeps_what_is_not_ours(own: Server, there: Person, archive: Path) -> None:
    went_well(imported(archive, own.url))
    (project,) = projects(there)
    (task, *_) = there.tasks(project)
    theirs = there("POST", f"/api/tasks/{task['id']}/annotations/", {"result": []})
    ended = imported(archive, own.url, "--undo")
    assert "were kept; the reasons are told with the result" in refused(ended, 34, archive)
    assert "an annotation is on it that is not ours" in ended.stdout
    assert [one["id"] for one in there.tasks(project)] == [task["id"]]
    there("DELETE", f"/api/annotations/{theirs['id']}/")
    went_well(imported(archive, own.url, "--undo"))
    assert projects(there) == []
    assert len(there("GET", "/api/users/")) == 1
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)


def test_ctrl_c_ends_it_where_it_is_whole(own: Server, tmp_path: Path) -> None:
    archive = filled(tmp_path / "many.db", 1_100, 1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with started(archive, own.url) as process:
            wait_until(lambda: bool(rows(archive, "select 1 from ledger limit 1")), process)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=SECONDS)
    finally:
        signal.signal(signal.SIGINT, before)
    ended = subprocess.CompletedProcess([], process.returncode, stdout, stderr)
    assert refused(ended, 130, archive) == "stopped; the same command goes on"
    settled = "select event from ledger order by entry_id desc limit 1"
    assert rows(archive, settled) == [("done",)]
    assert rows(archive, "select outcome from replays") == [("interrupted",)]
    went_well(imported(archive, own.url))
    assert_whole(archive, own.url)
