"""What goes where: tables and JSON on stdout, one line of error on stderr, colour on terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import threading
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from mturk_exodus.cli import COMMANDS, cli
from tests.endurance.support import EXODUS, SECONDS, environment, export_of, run
from tests.fakes.mturk import FakeMTurk

ESCAPE = "\x1b"
COLOURED = re.compile(r"\x1b\[[0-9;]*\b(?:3[0-9]|4[0-9]|9[0-7])(?:;[0-9]+)*m")


def on_a_terminal(*arguments: object, **changes: str) -> tuple[int, str]:
    """Run `exodus` with stdout and stderr on a terminal; its code and all that it wrote."""
    ours, theirs = pty.openpty()
    parts: list[bytes] = []

    def read() -> None:
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the other side is closed
                return
            if not part:
                return
            parts.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    env = environment(**{"TERM": "xterm-256color", "COLUMNS": "120", **changes})
    try:
        code = subprocess.run(
            [*EXODUS, *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            check=False,
            timeout=SECONDS,
        ).returncode
    finally:
        os.close(theirs)
        reader.join(10)
        os.close(ours)
    return code, b"".join(parts).decode()


def test_a_terminal_shows_the_live_line_and_takes_it_away_again(
    tmp_path: Path, fake: FakeMTurk
) -> None:
    fake.latency = 0.05
    code, shown = on_a_terminal(*export_of(fake, tmp_path / "mturk.db", "--rate", 20))
    assert code == 0
    assert re.search(r"[0-9,]+ calls, [0-9,]+ units to do, [0-9.]+ calls/s", shown)
    assert ESCAPE in shown
    last = re.split(r"units to do", shown)[-1]
    assert f"{ESCAPE}[2K" in last, "the line is wiped before the table"
    assert "ListAssignmentsForHIT" in last


@pytest.mark.parametrize(
    ("command", "said"),
    [(("audit", "--json"), "personal data in texts"), (("forget",), "rows looked through")],
    ids=["audit", "forget"],
)
def test_long_work_says_on_a_terminal_how_far_it_is(
    archive: Path, command: tuple[str, ...], said: str
) -> None:
    with closing(sqlite3.connect(archive)) as connection:
        (worker_id,) = connection.execute("select min(worker_id) from assignments").fetchone()
    whose = (worker_id, "--yes") if command[0] == "forget" else ()
    code, shown = on_a_terminal(*command, *whose, "--archive", archive)
    assert code == 0
    assert said in shown


def test_no_color_on_a_terminal(tmp_path: Path, fake: FakeMTurk) -> None:
    code, shown = on_a_terminal(*export_of(fake, tmp_path / "mturk.db"), NO_COLOR="1")
    assert code == 0
    assert not COLOURED.search(shown)


@pytest.mark.parametrize("command", ["status", "verify"])
def test_no_escape_codes_where_there_is_no_terminal(command: str, archive: Path) -> None:
    for env in (environment(), environment(NO_COLOR="1", TERM="xterm-256color")):
        ended = run(command, "--archive", archive, env=env)
        assert ended.returncode == 0
        assert ESCAPE not in ended.stdout + ended.stderr


def test_an_export_without_a_terminal_says_one_table(tmp_path: Path, fake: FakeMTurk) -> None:
    ended = run(*export_of(fake, tmp_path / "mturk.db"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ESCAPE not in ended.stdout
    assert ended.stdout.split()[:3] == ["operation", "asked", "expected"]
    assert f"exodus verify --archive {tmp_path}/mturk.db" in ended.stdout


def test_json_on_stdout(archive: Path, tmp_path: Path, fake: FakeMTurk) -> None:
    exported = run(*export_of(fake, tmp_path / "json.db", "--json"))
    verified = run("verify", "--archive", archive, "--json")
    status = run("status", "--archive", archive, "--json")
    upgraded = run("upgrade", "--archive", archive, "--json")
    doctor = run("doctor", "--endpoint-url", fake.endpoint_url, "--json")
    answers = [exported, verified, status, upgraded, doctor]
    assert [(each.returncode, each.stderr) for each in answers] == [(0, "")] * 5
    said = [json.loads(each.stdout) for each in answers]
    assert sum(said[0]["gaps"].values()) == 0
    assert {line["operation"] for line in said[0]["operations"]} >= {"ListHITs", "GetHIT"}
    assert said[1]["findings"] == []
    assert said[1]["rows"] == said[2]["rows"]
    assert said[2]["rows"]["hits"] == 40
    assert said[2]["runs"][0]["outcome"] == "complete"
    assert said[3]["copy"] is None
    assert said[4]["can_export"] is True


def test_head(archive: Path) -> None:
    script = '"$@" | head -1'
    command = ["sh", "-c", script, "sh", *EXODUS, "status", "--archive", str(archive)]
    ended = subprocess.run(
        command, capture_output=True, text=True, env=environment(), check=False, timeout=SECONDS
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("archive_id: ")


def test_the_version() -> None:
    said = run("--version")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == f"exodus, version {version('mturk-exodus')}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_ends_with_its_exit_status(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    paragraphs = (command.help or "").strip().split("\n\n")
    assert paragraphs[-1].lstrip("\b\n ").startswith("Exit status: 0")
    shown = run(name, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Exit status: 0" in shown.stdout
    assert shown.stdout.startswith(f"Usage: exodus {name} [OPTIONS]")


def test_the_help_names_every_command() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert all(re.search(rf"^  {name} ", shown.stdout, re.MULTILINE) for name in COMMANDS)
    assert run("no-such-command").returncode == 2
