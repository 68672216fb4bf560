"""Participants of a real `exodus host` in a process of its own, which may be killed meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.tables import HITS, Raw
from mturk_exodus.archive.verify import verify
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.questions.answering import answers
from mturk_exodus.sources.registry import installed
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[4]
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>A form</title></head><body>
<form method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId" id="assignmentId" value="">
<p>What do you see in this picture?</p>
<textarea name="text" rows="5" cols="40"></textarea><input name="word">
<input type="submit"></form></body></html>"""
STORED = b"Your answer is stored"
FIELD = "text"

_HTML_QUESTION = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
    f"{PAGE}]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
)
_STARTS = 60.0
"""Seconds. No service takes as long to start, and no participant gives up before."""
_STATIC = ("/pages/visitor.css", "/pages/visitor.js")
_FRAME = re.compile(rb'<iframe [^>]*src="(/frame/[^"]+)"')
_AFTER = re.compile(rb'data-after="([^"]+)"')
_TICKS = os.sysconf("SC_CLK_TCK")
_AGAIN = (500, 503)
_PANEL = "https://app.prolific.com/submissions/complete?"
_SEE_OTHER = 303
_OK = 200


def archive_of(path: Path, hits: int, places: int) -> list[str]:
    """Make an archive of HITs with so many places each; their ids."""
    ids = [f"3HIT{number:05}" for number in range(hits)]
    with Archive.create(path) as archive, archive.transaction():
        run = runs.begin(archive, "test", {}, account="a", endpoint="e", pass_id=None)
        raws = [_hit(hit_id, places) for hit_id in ids]
        assert Writer(archive, run).put(HITS, raws, Origin("test", ""), {}, None).refused == 0
    return ids


def _hit(hit_id: str, places: int) -> Raw:
    record = {
        "HITId": hit_id,
        "HITTypeId": "3TYPE",
        "Title": "Look at a picture",
        "CreationTime": 1.5e9,
        "MaxAssignments": places,
        "AssignmentDurationInSeconds": 3600,
        "HITStatus": "Assignable",
        "Question": _HTML_QUESTION,
    }
    return Raw(json.dumps(record), record)


class Service:
    """`exodus host` as a process. It is started again at the same port.

    Args:
        archive: whose HITs it shows.
        database: of its desk, if not beside the archive.
        options: of the command line.
        program: what runs it, in place of `python -m mturk_exodus`.

    Attributes:
        port: where it listens.
        log: what it says, in all of its lives.
        cpu_seconds: what it has used, in the lives that are over.
        peak_bytes: the most memory that it held, in the lives that are over.
    """

    def __init__(
        self,
        archive: Path,
        *options: str,
        database: str | None = None,
        program: Sequence[str] = ("-m", "mturk_exodus"),
    ) -> None:
        self.archive = archive
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = archive.with_suffix(".log")
        self.cpu_seconds = 0.0
        self.peak_bytes = 0
        self._program = program
        self._options = [*options, *(("--database", database) if database else ())]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it was started, and neither stopped nor killed since."""
        return self._process is not None

    def start(self) -> None:
        """Start it; when it answers."""
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                self._command("--port", str(self.port)), stdout=said, stderr=said, cwd=ROOT
            )
        until = time.monotonic() + _STARTS
        while not self._answers():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.02)

    @contextmanager
    def running(self) -> Iterator[None]:
        """As long as the context."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def kill(self) -> None:
        """End it between two of its instructions, whichever they are."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C does: it collects what is left."""
        if self._process is not None:
            assert self._end(signal.SIGINT) == 0, self.said()

    def _end(self, by: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None
        self.cpu_seconds += cpu_seconds(process.pid)
        self.peak_bytes = max(self.peak_bytes, memory(process.pid, "VmHWM"))
        process.send_signal(by)
        return process.wait(_STARTS)

    def said(self) -> str:
        """What it has written on stdout and stderr."""
        return self.log.read_text("utf-8", "replace")

    def links(self, *options: str) -> list[str]:
        """The addresses of its HITs, without the origin."""
        command = self._command("--links", "--json", *options)
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
        urls = [json.loads(line)["url"] for line in printed.stdout.splitlines()]
        return [url.removeprefix("http://127.0.0.1:7880") for url in urls]

    def _command(self, *options: str) -> list[str]:
        asked = ["host", "--archive", str(self.archive), *self._options, *options]
        return [sys.executable, *self._program, *asked]

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as one:
            one.sendall(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            return one.recv(64).startswith(b"HTTP/1.1 200")
        return False


def memory(pid: int, what: str) -> int:
    """Bytes that a process holds (VmRSS) or has held at most (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


def cpu_seconds(pid: int) -> float:
    """Of all threads of a process."""
    after_name = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(") ")[2]
    user, system = after_name.split()[11:13]
    return (int(user) + int(system)) / _TICKS


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    location: str

    @property
    def leads_away(self) -> bool:
        """Back to the panel, whose participant is done."""
        return self.location.startswith(_PANEL)


class Browser:
    """One connection, which is made again when it is gone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> Reply:
        """The reply.

        Raises:
            OSError, asyncio.IncompleteReadError: there is none.
        """
        was_open = self._streams is not None
        try:
            return await self._asked(method, path, body)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            if not was_open:
                raise
        # The connection was let go between two requests: browsers make another, and say nothing.
        try:
            return await self._asked(method, path, body)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _asked(self, method: str, path: str, body: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        return await self._reply(reader)

    async def _reply(self, reader: asyncio.StreamReader) -> Reply:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        location = re.search(r"^location: (.*)$", head, re.IGNORECASE | re.MULTILINE)
        return Reply(int(first.split()[1]), body, location[1].strip() if location else "")


@dataclass(frozen=True)
class Pace:
    """How fast participants are, in seconds: what they do in them is chance.

    Attributes:
        arrive: all of them come within this time.
        think: least and most, for a HIT.
        again: least and most, before something that failed is tried again.
    """

    arrive: float = 0.0
    think: tuple[float, float] = (0.0, 0.0)
    again: tuple[float, float] = (0.1, 0.5)


@dataclass(frozen=True)
class Answered:
    """An answer for which somebody saw that it is stored."""

    worker_id: str
    hit_id: str
    text: str


@dataclass
class Crowd:
    """Participants who all work at the same time.

    Attributes:
        port: where their service is.
        pace: how fast they are.
        spans: when each request was sent and answered, by kind; only those that were answered.
        acknowledged: answers, by assignment.
        refused: who was told that there is no place.
        failed: requests that were not answered, or with 500 or 503, by kind.
        when_half: what happens when so many answers as `half` are acknowledged.
    """

    port: int
    pace: Pace = field(default_factory=Pace)
    half: int = 0
    when_half: Callable[[], Coroutine[None, None, None]] | None = None
    spans: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    acknowledged: dict[str, Answered] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)

    async def work(self, links: Sequence[Sequence[str]]) -> None:
        """So many participants, each with these links, one after the other."""
        self._is_half = asyncio.Event()
        meanwhile = asyncio.create_task(self._meanwhile())
        everybody = (self._participant(number, some) for number, some in enumerate(links))
        await asyncio.gather(*everybody)
        self._is_half.set()
        await meanwhile

    async def _meanwhile(self) -> None:
        await self._is_half.wait()
        if self.when_half is not None:
            await self.when_half()

    async def _participant(self, number: int, links: Sequence[str]) -> None:
        chance = random.Random(number)  # noqa: S311 - how a person dawdles
        await asyncio.sleep(chance.uniform(0, self.pace.arrive))
        visitor = _Visitor(self, f"participant-{number:05}", chance)
        try:
            for link in links:
                await visitor.open(link)
        finally:
            visitor.browser.close()

    def note(self, kind: str, began: float) -> None:
        """A request was answered."""
        self.spans.setdefault(kind, []).append((began, time.perf_counter()))

    def stored(self, assignment_id: str, answered: Answered) -> None:
        """Somebody saw that an answer is stored."""
        assert assignment_id not in self.acknowledged
        self.acknowledged[assignment_id] = answered
        if len(self.acknowledged) == self.half:
            self._is_half.set()


class _Visitor:
    def __init__(self, crowd: Crowd, worker_id: str, chance: random.Random) -> None:
        self.browser = Browser(crowd.port)
        self._crowd = crowd
        self._worker_id = worker_id
        self._chance = chance
        self._has_static = False

    async def open(self, link: str) -> None:
        """Work on what a link leads to, until there is no more."""
        address: str | None = _filled(link, self._worker_id)
        while address is not None:
            page = await self._patiently("open the link", "GET", address)
            address = await self._work(page)

    async def _work(self, page: Reply) -> str | None:
        """Where it goes on, after a HIT."""
        frame, after = _FRAME.search(page.body), _AFTER.search(page.body)
        if frame is None or after is None:
            if page.status != _OK and not page.leads_away:
                assert b"places are taken" in page.body, page
                self._crowd.refused.append(self._worker_id)
            return None
        await self._look(unescape(frame[1].decode()))
        await asyncio.sleep(self._chance.uniform(*self._crowd.pace.think))
        await self._submit(unescape(frame[1].decode()))
        following = await self._patiently("after it", "GET", unescape(after[1].decode()))
        is_here = following.status == _SEE_OTHER and not following.leads_away
        return following.location if is_here else None

    async def _look(self, frame: str) -> None:
        for path in () if self._has_static else _STATIC:
            assert (await self._patiently("a static file", "GET", path)).status == _OK
        self._has_static = True
        shown = await self._patiently("the frame", "GET", frame)
        assert b"What do you see" in shown.body, shown

    async def _submit(self, frame: str) -> None:
        said = {name: values[0] for name, values in parse_qs(urlsplit(frame).query).items()}
        assert said["workerId"] == self._worker_id
        text = (
            f"{self._worker_id} sees {said['hitId']}:\r\na <cat> & a “dog” \N{CAT FACE}"
            f" {self._chance.random()}"
        )
        body = urlencode({"assignmentId": said["assignmentId"], FIELD: text, "word": ""}).encode()
        got = await self._patiently("the answer", "POST", "/mturk/externalSubmit", body)
        assert (got.status, STORED in got.body) == (_OK, True), got
        self._crowd.stored(said["assignmentId"], Answered(self._worker_id, said["hitId"], text))

    async def _patiently(self, kind: str, method: str, path: str, body: bytes = b"") -> Reply:
        """As a person does: what fails is sent again after a while."""
        until = time.monotonic() + _STARTS
        while time.monotonic() < until:
            began = time.perf_counter()
            with suppress(OSError, asyncio.IncompleteReadError):
                reply = await self.browser.ask(method, path, body)
                if reply.status not in _AGAIN:
                    self._crowd.note(kind, began)
                    return reply
            self._crowd.failed[kind] += 1
            await asyncio.sleep(self._chance.uniform(*self._crowd.pace.again))
        raise AssertionError(f"{kind}: no answer within {_STARTS:g} s")


def _filled(link: str, worker_id: str) -> str:
    """As Prolific does it."""
    return (
        link.replace("{{%PROLIFIC_PID%}}", worker_id)
        .replace("{{%STUDY_ID%}}", "study")
        .replace("{{%SESSION_ID%}}", f"session-{worker_id}")
    )


@dataclass(frozen=True)
class Outcome:
    """What is in the archive, against what participants saw. All but `held` should be nothing.

    Attributes:
        held: assignments of the archive.
        lost: acknowledged, and not there.
        changed: there, with another text, worker or HIT.
        unknown: there, and nobody saw that they are.
        doubled: (worker, HIT) that are there more than once.
        over_assigned: HITs with more assignments than places.
        wrong: what `verify` found.
    """

    held: int
    lost: list[str]
    changed: list[str]
    unknown: list[str]
    doubled: list[tuple[str, str]]
    over_assigned: list[str]
    wrong: list[str]

    @property
    def is_right(self) -> bool:
        """Whether nothing is lost, changed, doubled or over-assigned."""
        return not (
            self.lost
            or self.changed
            or self.unknown
            or self.doubled
            or self.over_assigned
            or self.wrong
        )


def outcome(path: Path, acknowledged: dict[str, Answered], places: int) -> Outcome:
    """Hold the archive against what participants saw."""
    with Archive.open(path, read_only=True) as archive:
        rows = archive.connection.execute(
            "select assignment_id, worker_id, hit_id, answer from assignments"
        ).fetchall()
        wrong = [str(one) for one in verify(archive, installed().meanings())]
    held = {row[0]: Answered(row[1], row[2], _text(row[3])) for row in rows}
    assert len(held) == len(rows)
    pairs = Counter((one.worker_id, one.hit_id) for one in held.values())
    of_hits = Counter(one.hit_id for one in held.values())
    return Outcome(
        held=len(held),
        lost=[one for one in acknowledged if one not in held],
        changed=[one for one, saw in acknowledged.items() if held.get(one, saw) != saw],
        unknown=[one for one in held if one not in acknowledged],
        doubled=[pair for pair, count in pairs.items() if count > 1],
        over_assigned=[hit_id for hit_id, count in of_hits.items() if count > places],
        wrong=wrong,
    )


def _text(document: str) -> str:
    return next(
        (one.free_text or "" for one in answers.read(document) if one.question_identifier == FIELD),
        "",
    )
