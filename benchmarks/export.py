"""Time, calls, CPU and memory of `exodus export` beside the loops that people write.

The figures go to stdout as one plain table, everything else to stderr. Nothing here passes or
fails: what counts as good is for the reader, who has the baselines in the next row.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
EXPORT = (
    *(sys.executable, "-m", "mturk_exodus", "export"),
    *("--archive", "{out}", "--endpoint-url", "{url}", "--review-results", "none"),
)
BASELINE = (
    *(sys.executable, str(HERE / "baselines.py"), "{client}"),
    *("--endpoint-url", "{url}", "--out", "{out}"),
)
CLIENTS = {"export": EXPORT, "paginator": BASELINE, "get-hit": BASELINE}
# The example keys of AWS's own documentation, and nothing from the user's configuration.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
LARGEST_PAGE = 100
LATENCY_MS = 20.0
LATENCY_UP_TO = 1000  # HITs; above it a single-threaded loop would take too long to wait for
MEMORY_TARGET_MB = 300
PACE_TARGET = 1.1
MAXRSS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024
COMPARE_SIZES = [1000, 20000]
PACE_SIZES = [1000]


@dataclass(frozen=True)
class Plan:
    """One run to make."""

    client: str
    hits: int
    latency_ms: float
    extra: tuple[str, ...] = ()
    throttle: float | None = None


@dataclass(frozen=True)
class Usage:
    """What one process took."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """What one run took, and what the endpoint saw of it."""

    plan: Plan
    usage: Usage
    calls: int
    throttled: int
    minimum: int

    @property
    def cpu_ms_per_call(self) -> float:
        """User and system time for each request sent."""
        return 1000 * self.usage.cpu_seconds / max(1, self.calls + self.throttled)


def say(text: str) -> None:
    """Say what goes on, where it does not get between the figures."""
    print(text, file=sys.stderr, flush=True)


def _listing(records: int) -> int:
    """Count the calls of a list whose length nobody knows: its end is an empty page."""
    return -(-records // LARGEST_PAGE) + (1 if records else 0) or 1


def minimum_calls(account: dict[str, int]) -> int:
    """Count the calls without which something of the account could have been missed."""
    hits, each = account["hits"], account["assignments_per_hit"]
    per_hit = -(-each // LARGEST_PAGE) + 1 if each else 0
    per_type = _listing(account["granted_per_type"]) + _listing(account["revoked_per_type"])
    types = account["qualification_types"]
    lists = (hits, types, account["blocks"], account["qualification_requests"])
    return hits * per_hit + types * per_type + sum(map(_listing, lists)) + 1  # 1: the balance


def ask(url: str, method: str, path: str) -> dict[str, Any]:
    """Ask the endpoint about itself."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path)
        reply: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return reply


@contextmanager
def endpoint(hits: int, latency_ms: float, throttle: float | None) -> Iterator[str]:
    """Run an endpoint in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "benchmarks.endpoint", "--hits", str(hits)]
    command += ["--latency-ms", str(latency_ms)]
    if throttle is not None:
        command += ["--rate", str(throttle), "--burst", str(2 * throttle)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("listening on "):
                raise SystemExit("the endpoint did not start")
            yield line.split()[-1]
        finally:
            process.terminate()


def run(command: list[str], log: Path) -> Usage:
    """Run a client to its end and say what it took."""
    environment = {**os.environ, "TZ": os.environ.get("TZ", "UTC"), **ENVIRONMENT}
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment, cwd=HERE.parent
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Usage(process.returncode, seconds, cpu_seconds, usage.ru_maxrss / MAXRSS_PER_MB)


def measure(plan: Plan, url: str) -> Result:
    """Make one run against a running endpoint, with an archive that is thrown away after it."""
    ask(url, "POST", "/reset")
    folder = Path(tempfile.mkdtemp(prefix="exodus-benchmark-"))
    values = {"client": plan.client, "url": url, "out": str(folder / "out.db")}
    command = [part.format_map(values) for part in (*CLIENTS[plan.client], *plan.extra)]
    say(f"{plan.hits} HITs, {plan.latency_ms:g} ms: {plan.client}")
    try:
        usage = run(command, folder / "log")
        if usage.exit_code:
            tail = (folder / "log").read_text(errors="replace").splitlines()[-5:]
            say("\n".join([f"  {plan.client} ended with {usage.exit_code}:", *tail]))
    finally:
        shutil.rmtree(folder)
    counts = ask(url, "GET", "/counts")
    minimum = minimum_calls(ask(url, "GET", "/account"))
    return Result(plan, usage, counts["total"], counts["throttled"], minimum)


def measure_all(plans: list[Plan]) -> list[Result]:
    """Make the runs in turn, each against an endpoint that has just started."""
    results = []
    for plan in plans:
        with endpoint(plan.hits, plan.latency_ms, plan.throttle) as url:
            results.append(measure(plan, url))
    return results


def print_table(header: list[str], rows: list[list[str]]) -> None:
    """Print columns, all aligned to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _first_cells(result: Result) -> list[str]:
    plan = result.plan
    return [str(plan.hits), f"{plan.latency_ms:g}", plan.client, str(result.usage.exit_code)]


FIRST_COLUMNS = ["HITs", "latency ms", "client", "exit"]


def print_cost(results: list[Result], *, memory_target: bool) -> None:
    """Print calls, time and memory."""
    header = [*FIRST_COLUMNS, "calls", "minimum", "wall s", "CPU ms/call", "peak RSS MB"]
    rows = [
        [
            *_first_cells(result),
            *(str(result.calls), str(result.minimum), f"{result.usage.seconds:.2f}"),
            *(f"{result.cpu_ms_per_call:.2f}", f"{result.usage.peak_mb:.0f}"),
            *([str(MEMORY_TARGET_MB)] if memory_target else []),
        ]
        for result in results
    ]
    print_table([*header, "target MB"] if memory_target else header, rows)


def print_pace(results: list[Result], rate: float) -> None:
    """Print wall time beside the time that the calls take at the rate."""
    header = [*FIRST_COLUMNS, "calls", "throttled", "share", "wall s", "calls/R s", "ratio"]
    rows = []
    for result in results:
        ideal = result.calls / rate
        share = result.throttled / max(1, result.calls + result.throttled)
        row = [str(result.calls), str(result.throttled), f"{share:.1%}"]
        row += [f"{result.usage.seconds:.1f}", f"{ideal:.1f}"]
        row += [f"{result.usage.seconds / ideal if ideal else 0:.3f}", f"{PACE_TARGET}"]
        rows.append(_first_cells(result) + row)
    print_table([*header, "target"], rows)


def _clients(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(CLIENTS):
        raise argparse.ArgumentTypeError(f"no such client: {', '.join(sorted(unknown))}")
    return names


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure exodus export beside the usual loops.")
    parser.add_argument("--sizes", type=_sizes, help="numbers of HITs, with commas between")
    parser.add_argument("--only", type=_clients, help=f"some of {','.join(CLIENTS)}")
    parser.add_argument("--latency-ms", type=float, help="of each call (20 up to 1,000 HITs, or 0)")
    parser.add_argument("--repeat", type=int, default=1)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--memory", type=int, metavar="HITS", help="export alone of that many HITs")
    mode.add_argument("--rate", type=float, help="export alone, told to keep to that rate")
    mode.add_argument("--throttle", type=float, help="export alone, throttled above that rate")
    return parser.parse_args()


def make_plans(args: argparse.Namespace) -> list[Plan]:
    """Work out the runs that the command line asks for."""
    paced = args.rate is not None or args.throttle is not None
    alone = paced or args.memory is not None
    sizes = args.sizes or (PACE_SIZES if paced else COMPARE_SIZES)
    clients = args.only or (["export"] if alone else list(CLIENTS))
    extra = () if args.rate is None else ("--rate", f"{args.rate:g}")
    plans: list[Plan] = []
    for hits in [args.memory] if args.memory is not None else sizes:
        latency = args.latency_ms
        if latency is None:
            latency = LATENCY_MS if hits <= LATENCY_UP_TO else 0.0
        for client in clients:
            arguments = extra if client == "export" else ()
            plans.append(Plan(client, hits, latency, arguments, args.throttle))
    return [plan for plan in plans for _ in range(args.repeat)]


def main() -> None:
    """Measure and print."""
    args = parse_arguments()
    results = measure_all(make_plans(args))
    rate = args.rate or args.throttle
    if rate:
        print_pace(results, rate)
    else:
        print_cost(results, memory_target=args.memory is not None)


if __name__ == "__main__":
    main()
