"""How much is held, and how long one waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from mturk_exodus.archive import Archive
from mturk_exodus.errors import ArchiveBusy, ServeError
from mturk_exodus.serve.host import bodies, collecting
from mturk_exodus.serve.host.bodies import BadBody, Bodies
from mturk_exodus.serve.host.collecting import Collector
from mturk_exodus.serve.host.desk import Desk, DeskUnavailable, Finished
from mturk_exodus.serve.host.lines import Line
from mturk_exodus.serve.readers import Readers
from tests.mturk_exodus.serve.host.desk.support import NOON, XML, accepted, hit


def form(body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    kind = (b"content-type", b"application/x-www-form-urlencoded")
    return Request({"type": "http", "method": "POST", "headers": [kind]}, receive)


def test_a_body_is_counted_until_its_answer_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_ALL_BODIES", 1_500)
    monkeypatch.setattr(bodies, "_FREE", 0)
    some = Bodies()

    async def scenario() -> list[object]:
        async with (
            some.posted(form(b"a=" + b"x" * 998)) as first,
            some.posted(form(b"b=" + b"y" * 998)) as second,
        ):
            pass
        async with some.posted(form(b"c=" + b"z" * 998)) as third:
            return [first, second, third]

    first, second, third = asyncio.run(scenario())
    assert first == [("a", "x" * 998)]
    assert second is BadBody.TOO_MANY
    assert third == [("c", "z" * 998)]


def test_a_short_answer_is_taken_while_long_ones_fill_the_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "_ALL_BODIES", 100_000)
    some = Bodies()

    async def scenario() -> list[object]:
        async with (
            some.posted(form(b"a=" + b"x" * 130_000)) as long,
            some.posted(form(b"b=" + b"y" * 40_000)) as longish,
            some.posted(form(b"c=" + b"z" * 30_000)) as short,
        ):
            return [len(long), longish, len(short)]

    assert asyncio.run(scenario()) == [1, BadBody.TOO_MANY, 1]


def test_readers_that_are_closed_refuse(tmp_path: Path) -> None:
    Archive.create(tmp_path / "mturk.db").close()
    readers = Readers(tmp_path / "mturk.db")
    readers.start()
    assert readers.wait(lambda archive: archive.archive_id)
    readers.close()
    with pytest.raises(ServeError, match="stopped"):
        readers.wait(lambda archive: archive.archive_id)


@pytest.mark.parametrize("fields", [1, 4_000])
def test_a_long_body_is_read_as_a_short_one(fields: int) -> None:
    body = b"&".join(b"n%d=%s" % (number, b"v" * 40) for number in range(fields))

    async def scenario() -> object:
        async with Bodies().posted(form(body)) as posted:
            return posted

    assert asyncio.run(scenario()) == [(f"n{number}", "v" * 40) for number in range(fields)]


def test_who_waits_too_long_is_sent_away_and_nothing_is_begun() -> None:
    begun: list[str] = []
    go_on = threading.Event()

    def first() -> None:
        begun.append("first")
        go_on.wait(10)

    def work(name: str) -> Callable[[], None]:
        return lambda: begun.append(name)

    async def scenario() -> None:
        line = Line(1, 0.2)
        busy = asyncio.create_task(line.run(first))
        await asyncio.sleep(0.05)
        with pytest.raises(DeskUnavailable, match="too many"):
            await line.run(work("second"))
        go_on.set()
        await busy
        await line.run(work("third"))

    asyncio.run(scenario())
    assert begun == ["first", "third"]


def test_an_archive_that_is_busy_for_long_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(collecting, "_LONG_SECONDS", 0.1)
    asked = threading.Semaphore(0)

    def keep(_: Sequence[Finished]) -> Collection[str]:
        asked.release()
        raise ArchiveBusy("another command writes to the archive")

    with Desk.open(tmp_path / "host") as desk:
        desk.offer([hit("H1")])
        live = accepted(desk, "anna", "H1")
        desk.submit(live.assignment_id, "anna", XML, NOON)
        collector = Collector(desk, keep, 0.02)
        collector.start()
        assert asked.acquire(timeout=10)
        assert caplog.messages == []
        while not caplog.messages:
            assert asked.acquire(timeout=10)
        collector.stop()
        assert len(desk.finished()) == 1
    assert "where they are safe: another command" in caplog.messages[0]
