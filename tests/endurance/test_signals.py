"""Ctrl-C at the instants at which it hurts: found by stopping exports at random instants."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.demo import synthesize
from tests.endurance.support import (
    assert_whole,
    export_of,
    findings,
    resume_arguments,
    run,
    start,
    the_error,
    wait_until,
)
from tests.fakes.mturk import FakeMTurk

AT_A_STATEMENT = """
import os, signal, sys, time
from mturk_exodus.archive import Archive

wanted, times, clock = sys.argv.pop(1), int(sys.argv.pop(1)), sys.argv.pop(1)

class Connection:
    def __init__(self, real):
        self.real = real
        self.left = times

    def __getattr__(self, name):
        return getattr(self.real, name)

    def execute(self, sql, *values):
        cursor = self.real.execute(sql, *values)
        if sql.startswith(wanted):
            self.left -= 1
            if self.left == 0:
                with open(clock, "w") as file:
                    file.write(str(time.monotonic()))
                os.kill(os.getpid(), signal.SIGINT)
        return cursor

begin = Archive.__init__
def init(self, path, connection):
    begin(self, path, Connection(connection))
Archive.__init__ = init

from mturk_exodus.cli import main
main()
"""
"""`exodus` that gets a Ctrl-C just as SQLite has carried out its n-th such statement; a file tells
when that was.
"""


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "statement",
    ["begin immediate", "commit", "savepoint reply", "release reply", "insert into", "update runs"],
)
@pytest.mark.parametrize("times", [1, 7])
def test_ctrl_c_just_after_a_statement_ends_it_cleanly(
    statement: str, times: int, tmp_path: Path
) -> None:
    archive = tmp_path / "mturk.db"
    program = (sys.executable, "-c", AT_A_STATEMENT, statement, str(times), os.devnull)
    with FakeMTurk(synthesize(4, 20), latency=0.002) as fake:
        stopped = run(*export_of(fake, archive), program=program)
        assert stopped.returncode == 130, stopped.stderr
        line = the_error(stopped.stderr)
        assert findings(archive) == []
        assert run(*resume_arguments(line)).returncode == 0
        assert_whole(archive, fake)


@pytest.mark.parametrize("statement", ["savepoint reply", "release reply", "insert into hits"])
def test_ctrl_c_does_not_wait_for_answers_that_have_come_already(
    statement: str, tmp_path: Path
) -> None:
    """The answers of an interrupted transaction are waited for until 5 s have passed."""
    archive = tmp_path / "mturk.db"
    clock = tmp_path / "clock"
    program = (sys.executable, "-c", AT_A_STATEMENT, statement, "5", str(clock))
    with FakeMTurk(synthesize(4, 20), latency=0.002) as fake:
        stopped = run(*export_of(fake, archive), program=program)
        ended = time.monotonic()
    assert stopped.returncode == 130
    assert ended - float(clock.read_text()) < 4


def test_ctrl_c_before_the_first_call_gives_the_resume_command_too(tmp_path: Path) -> None:
    """The program is making the archive: one line, no empty one before it."""
    archive = tmp_path / "mturk.db"
    with FakeMTurk(synthesize(4, 5), latency=0.01) as fake:
        with start(*export_of(fake, archive)) as process:
            wait_until(lambda: any(tmp_path.iterdir()), process)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=20)
        assert process.returncode == 130
        assert run(*resume_arguments(the_error(stderr))).returncode == 0
