"""`exodus host` as people start it: links, a check, serving, and answers in the archive."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.registry import installed
from tests.endurance.support import run, start, the_error
from tests.mturk_exodus.serve.host.account import PROLIFIC, Opened, build

COMPLETION = "https://panel.example/done?cc=C1"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    build(tmp_path / "mturk.db")
    return tmp_path / "mturk.db"


def links(archive: Path, *more: str) -> list[str]:
    done = run("host", "--archive", archive, "--links", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def address(process: subprocess.Popen[str]) -> str:
    """Where it says that it is."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"offered at (http://\S+)\. ", line):
            return found[1]
    raise AssertionError(process.poll())


def test_links_are_what_a_panel_fills_in(archive: Path) -> None:
    lines = links(archive, "--public-url", "https://tasks.example")
    assert len(lines) == 4
    for line in lines:
        assert line.startswith("https://tasks.example/hit/3")
        assert line.endswith(
            "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
        )
    assert links(archive, "--public-url", "https://tasks.example") == lines


def test_links_as_json_say_of_which_hits_and_for_how_many(archive: Path) -> None:
    said = [json.loads(line) for line in links(archive, "--json", "--bundle", "2", "--limit", "4")]
    assert [one["hit_ids"] for one in said] == [["3EXTERNAL", "3FORM1"], ["3FORM2"]]
    assert {one["places"] for one in said} == {2}
    assert "/hits/" in said[0]["url"]


def test_links_for_people_of_a_list_are_personal(archive: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.txt"
    people.write_text("a@example.org\n\nb@example.org\n")
    lines = links(archive, "--panel", "list", "--participants", str(people), "--limit", "2")
    assert [line.split("\t")[0] for line in lines] == ["a@example.org", "b@example.org"]
    assert len({line.rpartition("signature=")[2] for line in lines}) == 2
    refused = run("host", "--archive", archive, "--links", "--panel", "list")
    assert refused.returncode == 2


def test_a_check_lists_what_would_go_wrong_and_exits_with_its_code(archive: Path) -> None:
    done = run("host", "--archive", archive, "--check")
    assert done.returncode == 63
    assert "5 of 7 HITs can be shown" in done.stdout
    assert "Label Studio" in done.stdout
    assert "--public-url" in done.stdout
    public = ("--public-url", "https://tasks.example", "--json")
    said = json.loads(run("host", "--archive", archive, "--check", *public).stdout)
    assert (said["hits"], said["shown"], said["is_good"]) == (7, 4, False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--panel", "connect"], 2),
        (["--public-url", "tasks.example"], 2),
        (["--public-url", "https://tasks.example/below"], 2),
        (["--database", "mysql://x"], 62),
        (["--only", "3OTHER"], 19),
        (["--assignments", "2000000000"], 2),
        (["--limit", "99999999999999999999"], 2),
        (["--public-url", "https://a.example; script-src *"], 2),
        (["--completion-url", "javascript:alert(1)"], 2),
        (["--links", "--panel", "list", "--participants", "no.txt"], 2),
        (["--host", "a" * 70], 60),
        (["--host", "192.0.2.1"], 60),
        (["--check", "--block", "P1"], 2),
        (["--block", "P1", "--unblock", "P1"], 2),
        (["--unblock", "P" * 201], 2),
        (["--block", "P1"], 62),
        (["--status"], 62),
        (["--allow-host", "x.example; script-src *"], 2),
        (["--allow-host", "例え.jp"], 2),
    ],
)
def test_what_cannot_be_is_one_line_and_a_code(
    archive: Path, arguments: list[str], code: int
) -> None:
    done = run("host", "--archive", archive, *arguments)
    assert done.returncode == code, done.stderr
    *_, line = done.stderr.splitlines()
    assert the_error(line)


def test_what_a_participant_submits_is_in_the_archive_when_it_is_stopped(archive: Path) -> None:
    process = start(
        *("host", "--archive", archive, "--port", "0", "--completion-url", COMPLETION),
        *("--collect-every", "3600"),
    )
    url = address(process)
    path = next(line for line in links(archive) if "3FORM2" in line).split("/hit/")[1]
    with httpx.Client(base_url=url, trust_env=False) as client:
        opened = Opened.of(client.get(f"/hit/{path.split('?')[0]}", params=PROLIFIC).text)
        posted = {"assignmentId": opened.assignment_id, "mood": "good"}
        assert client.post("/mturk/externalSubmit", data=posted).is_success
        assert client.get(opened.after).headers["location"] == COMPLETION
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "1 last assignments" in said
    with Archive.open(archive) as opened_archive:
        rows = opened_archive.connection.execute(
            "select hit_id, worker_id, source, answer from assignments"
        ).fetchall()
        assert [row[:3] for row in rows] == [("3FORM2", "P1", "host")]
        assert "<FreeText>good</FreeText>" in rows[0][3]
        assert list(verify(opened_archive, installed().meanings())) == []
    assert run("host", "--archive", archive, "--collect").returncode == 0
    assert "another --database" not in _started_and_stopped(archive)
    other = ("--database", str(archive.with_name("other.host")))
    assert "1 answers came through another --database" in _started_and_stopped(archive, *other)
    status = run("host", "--archive", archive, "--status", "--json", *other)
    assert json.loads(status.stdout)["gathered"] == 1


def _started_and_stopped(archive: Path, *more: str) -> str:
    """What it said."""
    process = start("host", "--archive", archive, "--port", "0", *more)
    assert process.stderr is not None
    said = ""
    while "offered at" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    return said


def test_its_status_says_how_far_the_work_is_and_who_is_blocked(archive: Path) -> None:
    links(archive)
    blocked = run("host", "--archive", archive, "--block", "P1", "--block", "P2")
    assert (blocked.returncode, blocked.stderr) == (0, "2 participants are blocked\n")
    assert run("host", "--archive", archive, "--unblock", "P2").returncode == 0
    status = run("host", "--archive", archive, "--status")
    assert "           1  people are blocked" in status.stdout.splitlines()
    assert len(status.stdout.splitlines()) == 10
    assert run("host", "--archive", archive, "--block", "").returncode == 2
