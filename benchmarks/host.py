"""500 participants at once at `exodus host`, which is killed midway: what is lost, how fast is it?

    python -m benchmarks.host [--participants 500] [--hits-each 10] [--database sqlite|postgresql]

Participants do what browsers do, each over one connection: open the link, load the frame and our
two static files, think, post the answer, follow `/after` to the next HIT. `--rivals` more want
places that there are not. When half of the answers are stored, the service gets SIGKILL and is
started again; whatever fails is sent again after one to three seconds. The load comes from this
process, the service is one of its own; PostgreSQL (of `scripts/postgres`, with fsync) is another.

Times are from a request's first byte sent to its reply's last received. Requests that were not
answered, while the service was dead, have none; those that were sent from the kill until ten
seconds after it answered again are left out of the second table.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

from tests.mturk_exodus.serve.host.desk.postgresql import Server
from tests.mturk_exodus.serve.host.participants import (
    Browser,
    Crowd,
    Outcome,
    Pace,
    Service,
    archive_of,
    cpu_seconds,
    memory,
    outcome,
)

TARGET_MS = 300
SETTLES = 10.0
"""Seconds after the service answers again in which everybody comes at once."""
REQUESTS_A_HIT = 4
BASELINE_SECONDS = 10.0
PROFILE = "EXODUS_HOST_PROFILE"
_SAMPLE_SECONDS = 0.01

Span = tuple[float, float]
Spans = Mapping[str, Sequence[Span]]


@dataclass
class Kill:
    """When the service was killed, and answered again; and when all had arrived."""

    began: float = 0.0
    ended: float = 0.0
    arrived: float = 0.0

    def is_apart(self, span: Span) -> bool:
        """Whether a request has nothing to do with it."""
        return span[1] < self.began or span[0] > self.ended + SETTLES


def main() -> None:
    """Print the figures, and whether each target is met."""
    options = _options()
    with tempfile.TemporaryDirectory() as name, _database(options.database, Path(name)) as database:
        folder = Path(name)
        bundles = max(1, options.participants // options.places)
        archive = folder / "mturk.db"
        archive_of(archive, bundles * options.hits_each, options.places)
        every = ("--collect-every", str(options.collect_every))
        program = (
            ("-m", "benchmarks.host", "--serve") if options.profile else ("-m", "mturk_exodus")
        )
        service = Service(archive, *every, database=database, program=program)
        if options.profile:
            os.environ[PROFILE] = options.profile
        service.start()
        try:
            _measure(service, options, bundles)
        finally:
            service.stop()
    if options.profile:
        print(Path(options.profile).read_text("utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--participants", type=int, default=500)
    parser.add_argument("--rivals", type=int, default=50, help="who come too late for a place")
    parser.add_argument("--hits-each", type=int, default=10)
    parser.add_argument("--places", type=int, default=10, help="of each HIT")
    parser.add_argument("--links", choices=["bundle", "single"], default="bundle")
    parser.add_argument("--think", type=float, nargs=2, default=[5.0, 15.0], metavar="SECONDS")
    parser.add_argument(
        "--arrive", type=float, default=10.0, help="all come within so many seconds"
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--collect-every", type=int, default=15)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument(
        "--profile", metavar="FILE", help="where the service's threads are; no kill"
    )
    return parser.parse_args()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    server = Server(folder / "postgresql.log")
    try:
        yield server.new_database()
    finally:
        server.stop()


def _measure(service: Service, options: argparse.Namespace, bundles: int) -> None:
    places = bundles * options.hits_each * options.places
    crowd = Crowd(
        service.port,
        Pace(options.arrive, tuple(options.think), again=(1.0, 3.0)),
        half=0 if options.no_kill or options.profile else places // 2,
    )
    kill = _killing(service, crowd)
    print(
        f"{options.participants} participants and {options.rivals} rivals, {options}\n", flush=True
    )
    began = time.perf_counter()
    kill.arrived = began + options.arrive
    asyncio.run(crowd.work(_hands(service, options, bundles)))
    seconds = time.perf_counter() - began
    used = service.cpu_seconds + cpu_seconds(service.pid)
    peak = max(service.peak_bytes, memory(service.pid, "VmHWM"))
    mine = time.process_time()
    _tables(service, crowd, kill, options)
    total = sum(map(len, crowd.spans.values()))
    print(
        f"\n{total:,} requests in {seconds:.1f} s, {total / seconds:.0f} a second; the service used"
        f" {used:.1f} CPU seconds ({1000 * used / total:.2f} ms a request) and"
        f" {peak / 2**20:.0f} MB at most; participants used {mine:.1f} CPU seconds"
    )
    print(f"not answered, or 500 or 503, and sent again: {dict(crowd.failed)}")
    if kill.ended:
        print(
            f"killed {kill.began - began:.1f} s in;"
            f" answered again {kill.ended - kill.began:.1f} s later"
        )
    began = time.perf_counter()
    service.stop()
    print(f"stopped and collected the rest in {time.perf_counter() - began:.1f} s")
    found = outcome(service.archive, crowd.acknowledged, options.places)
    _verdict(crowd, kill, found, places)


def _killing(service: Service, crowd: Crowd) -> Kill:
    kill = Kill()

    async def now() -> None:
        kill.began = time.perf_counter()
        await asyncio.to_thread(service.kill)
        await asyncio.to_thread(service.start)
        kill.ended = time.perf_counter()

    crowd.when_half = now if crowd.half else None
    return kill


def _hands(service: Service, options: argparse.Namespace, bundles: int) -> list[list[str]]:
    """The links that each participant has."""
    people = options.participants + options.rivals
    if options.links == "bundle":
        hands = [[link] for link in service.links("--bundle", str(options.hits_each))]
    else:
        links = service.links()
        size = options.hits_each
        hands = [links[at : at + size] for at in range(0, len(links), size)]
    return [hands[number % bundles] for number in range(people)]


def _tables(service: Service, crowd: Crowd, kill: Kill, options: argparse.Namespace) -> None:
    _table("all requests", crowd.spans)
    if kill.ended:
        _table(f"without the kill and {SETTLES:.0f} s after it", _apart(crowd, kill))
    apart = _apart(crowd, kill) if kill.ended else crowd.spans
    later = {kind: [one for one in some if one[0] > kill.arrived] for kind, some in apart.items()}
    _table("the same, once everybody has arrived", later)
    people = options.participants + options.rivals
    pause = sum(options.think) / 2 / REQUESTS_A_HIT
    pulses = {
        "/health, at that pace": asyncio.run(_pulses(service.port, people, pause)),
        "/health, without pause": asyncio.run(_pulses(service.port, people, 0.0)),
    }
    _table(f"baseline: the same service's /health, {people} connections", pulses)
    for name, spans in pulses.items():
        print(f"{name}: {len(spans) / BASELINE_SECONDS:.0f} requests a second")


def _apart(crowd: Crowd, kill: Kill) -> Spans:
    return {
        kind: [span for span in spans if kill.is_apart(span)] for kind, spans in crowd.spans.items()
    }


async def _pulses(port: int, people: int, pause: float) -> list[Span]:
    spans: list[Span] = []
    start = time.perf_counter()

    async def one(number: int) -> None:
        browser = Browser(port)
        await asyncio.sleep(pause * number / people)
        while (began := time.perf_counter()) < start + BASELINE_SECONDS:
            await browser.ask("GET", "/health")
            spans.append((began, time.perf_counter()))
            await asyncio.sleep(pause)
        browser.close()

    await asyncio.gather(*(one(number) for number in range(people)))
    return spans


def _table(title: str, spans: Spans) -> None:
    print(
        f"{title}\n{'':28}{'count':>8}{'median ms':>11}{'95 % ms':>9}{'99 % ms':>9}{'most ms':>9}"
    )
    rows = {**spans, "all": [one for some in spans.values() for one in some]}
    for kind, some in rows.items():
        if kind == "all" and "health" in title:
            continue
        figures = "".join(
            f"{_share(some, share):>{width}.1f}"
            for share, width in ((0.5, 11), (0.95, 9), (0.99, 9), (1.0, 9))
        )
        print(f"{kind:28}{len(some):>8}{figures}", flush=True)


def _share(spans: Sequence[Span], share: float) -> float:
    """Milliseconds within which that share of the requests was answered."""
    lasted = sorted(end - begin for begin, end in spans)
    return 1000 * lasted[min(len(lasted) - 1, int(len(lasted) * share))] if lasted else 0.0


def _verdict(crowd: Crowd, kill: Kill, found: Outcome, places: int) -> None:
    print(
        f"\n{len(crowd.acknowledged):,} answers acknowledged, {found.held:,} in the archive,"
        f" {places:,} places, {len(crowd.refused):,} times no place"
    )
    apart = _apart(crowd, kill) if kill.ended else crowd.spans
    slowest = max(apart, key=lambda kind: _share(apart[kind], 0.95))
    with_kill = max(_share(spans, 0.95) for spans in crowd.spans.values())
    figure = _share(apart[slowest], 0.95)
    for name, failures in (
        ("no acknowledged answer is lost", found.lost),
        ("each has the very text that was sent", found.changed),
        ("none is there that nobody saw stored", found.unknown),
        ("nobody has a HIT twice", found.doubled),
        ("no HIT has more assignments than places", found.over_assigned),
        ("verify finds nothing wrong", found.wrong),
    ):
        print(f"{name}: {'met' if not failures else f'MISSED, {len(failures)}: {failures[:3]}'}")
    print(f"every place has its answer: {'met' if found.held == places else 'MISSED'}")
    print(
        f"95 % of each kind of request under {TARGET_MS} ms, apart from the kill:"
        f" {'met' if figure < TARGET_MS else 'MISSED'} (slowest: {slowest}, {figure:.0f} ms)"
    )
    print(
        f"the same with the kill in it: {'met' if with_kill < TARGET_MS else 'MISSED'}"
        f" ({with_kill:.0f} ms)"
    )


def _sampled() -> None:
    """The service, with a thread that looks at all the others a hundred times a second."""
    from mturk_exodus.cli import main as command  # noqa: PLC0415 - only the service needs it

    seen: Counter[str] = Counter()
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(_SAMPLE_SECONDS):
            seen.update(filter(None, map(_place, sys._current_frames().values())))  # noqa: SLF001

    sampler = threading.Thread(target=look, daemon=True)
    sampler.start()
    try:
        command()
    finally:
        is_over.set()
        sampler.join()
        lines = (f"{count:>8}  {where}" for where, count in seen.most_common(40))
        Path(os.environ[PROFILE]).write_text("\n".join(lines), "utf-8")


def _place(frame: FrameType) -> str | None:
    """What a thread does: its innermost function, and the innermost of ours."""
    inner, ours = frame.f_code, None
    now: FrameType | None = frame
    while now is not None and ours is None:
        ours = now.f_code if "mturk_exodus" in now.f_code.co_filename else None
        now = now.f_back
    if ours is None:
        return None if inner.co_name in ("wait", "look") else _name(inner)
    return _name(ours) if ours is inner else f"{_name(ours)} < {_name(inner)}"


def _name(code: CodeType) -> str:
    return f"{Path(code.co_filename).name}:{code.co_name}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        del sys.argv[1]
        _sampled()
    else:
        main()
