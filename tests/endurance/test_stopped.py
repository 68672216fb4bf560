"""Stopped by a person or by the machine, or left alone by the endpoint: one line, and on again."""

from __future__ import annotations

import functools
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.demo import synthesize
from mturk_exodus.errors import EndpointUnreachable
from mturk_exodus.sources.requester_api.credentials import invented_session
from mturk_exodus.sources.requester_api.exporter import Exporter, Settings
from mturk_exodus.sources.requester_api.health import Patience
from tests.endurance.support import (
    assert_whole,
    export_of,
    findings,
    resume_arguments,
    rows,
    run,
    start,
    the_error,
    wait_until,
)
from tests.fakes.mturk import FakeMTurk

CONCURRENCY = 8
HURRIED = Patience(at_first=1.0, midway=1.0, first_pause=0.02, longest_pause=0.1)


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A program started in the background ignores Ctrl-C, and so would those that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("calls", [1, 12, 60])
def test_a_signal_ends_it_cleanly_and_the_line_resumes_it(
    number: signal.Signals, calls: int, tmp_path: Path
) -> None:
    archive = tmp_path / "an archive.db"
    with FakeMTurk(synthesize(4, 40), latency=0.01) as fake:
        with start(*export_of(fake, archive)) as process:
            wait_until(lambda: len(fake.log) >= calls, process)
            process.send_signal(number)
            stdout, stderr = process.communicate(timeout=20)
        assert (process.returncode, stdout) == (130, "")
        line = the_error(stderr)
        assert findings(archive) == []
        assert rows(archive, "select outcome from runs") == [("interrupted",)]
        stopped_at = sum(number for (_, how), number in fake.calls.items() if how == "ok")
        ((counted,),) = rows(archive, "select (select sum(value) from json_each(calls)) from runs")
        assert counted == stopped_at, "calls under way at the end are kept"
        ended = run(*resume_arguments(line))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert_whole(archive, fake)


def reached(fake: FakeMTurk, calls: int) -> bool:
    return len(fake.log) >= calls


def test_a_stopped_export_asks_nothing_twice(tmp_path: Path) -> None:
    """But for what was under way, and for a list of bonuses that was cut in two."""
    account = synthesize(5, 40)
    with FakeMTurk(account) as fake:
        assert run(*export_of(fake, tmp_path / "undisturbed.db")).returncode == 0
        undisturbed = len(fake.log)
    archive = tmp_path / "mturk.db"
    with FakeMTurk(account, latency=0.01) as fake:
        for calls in (5, 30, 90):
            with start(*export_of(fake, archive)) as process:
                wait_until(functools.partial(reached, fake, calls), process)
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=20)
            assert process.returncode == 130
        assert run(*export_of(fake, archive)).returncode == 0
        # Not the least there is: threads that ask for bonuses at once may each look for the end.
        assert len(fake.log) <= undisturbed + 3 * CONCURRENCY
        assert_whole(archive, fake)


def export(archive: Path, fake: FakeMTurk, *, same_account: bool = False) -> Gaps:
    settings = Settings(first_rate=5_000, patience=HURRIED, same_account=same_account)
    opened = Archive.open(archive) if archive.exists() else Archive.create(archive)
    with opened, opened.writing():
        return Exporter(opened, invented_session(), fake.endpoint_url, settings).run()


@contextmanager
def dying_after(calls: int, fake: FakeMTurk) -> Iterator[None]:
    """Serve until so many calls are answered, then be gone, so that the port refuses."""
    enough = threading.Event()
    stack = ExitStack()
    stack.enter_context(fake)
    fake.after(calls, lambda _: enough.set())

    def die() -> None:
        enough.wait(60)
        stack.close()

    thread = threading.Thread(target=die)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


@pytest.mark.parametrize("calls", [1, 8, 40])
def test_an_endpoint_that_dies_midway_ends_it_after_some_patience(
    calls: int, tmp_path: Path
) -> None:
    account = synthesize(6, 40)
    archive = tmp_path / "mturk.db"
    began = time.monotonic()
    dying = FakeMTurk(account, latency=0.005)
    with dying_after(calls, dying), pytest.raises(EndpointUnreachable, match="kept"):
        export(archive, dying)
    assert 1.0 < time.monotonic() - began < 15
    assert EndpointUnreachable.exit_code == 43
    assert findings(archive) == []
    assert rows(archive, "select outcome from runs") == [("interrupted",)]
    with FakeMTurk(account) as fake:
        assert export(archive, fake, same_account=True).total == 0
        assert_whole(archive, fake)


def test_a_silence_shorter_than_the_patience_is_sat_out(tmp_path: Path) -> None:
    archive = tmp_path / "mturk.db"
    account = synthesize(6, 40)
    with FakeMTurk(account, latency=0.002) as fake:
        timer = threading.Timer(0.4, lambda: setattr(fake, "refuse_all", None))

        def fall_silent(_call: object) -> None:
            fake.refuse_all = (503, "<html>down</html>")
            timer.start()

        fake.after(30, fall_silent)
        try:
            gaps = export(archive, fake)
        finally:
            timer.cancel()
            timer.join()
        assert gaps.total == 0
        assert fake.times("ListHITs", "ok") > 0
        assert_whole(archive, fake)
