"""A plan made by another process: on another day, in another zone, with other hashes.

Run as a program. Reads an Order as JSON from standard input, and writes the plan and what else was
done to standard output.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.replay import http
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.testing.faults import Forbidden

_TOUCHING = {"socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system"}
"""Events of the interpreter that no plan needs (Python documentation, "Audit events table")."""


@dataclass(frozen=True)
class Order:
    """A plan to be made.

    Attributes:
        module: the adapter's.
        name: the adapter's, in its module.
        file: where the module is, should it have no place on the path.
        path: where modules are.
        settings: the adapter's.
        archive: to be planned.
        days: how far the clock is put forward.
    """

    module: str
    name: str
    file: str
    path: tuple[str, ...]
    settings: Mapping[str, str]
    archive: str
    days: int


@dataclass(frozen=True)
class Made:
    """A plan.

    Attributes:
        items: actions and losses, each as a line.
        touched: what else was done that is none of a plan's business.
    """

    items: tuple[str, ...]
    touched: tuple[str, ...]


def planned(order: Order, environment: Mapping[str, str]) -> Made:
    """Have another process make a plan.

    Args:
        order: what is to be planned.
        environment: variables that differ from ours.
    """
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        input=json.dumps(asdict(order)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(order.path), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"a plan could not be made in another process:\n{done.stderr[-3000:]}")
    said = json.loads(done.stdout)
    return Made(tuple(said["items"]), tuple(said["touched"]))


def main() -> None:
    """Make the plan that standard input asks for."""
    order = Order(**json.load(sys.stdin))
    _put_forward(order.days)
    touched: list[str] = []
    adapter = _load(order)
    sys.addaudithook(lambda event, _: touched.append(event) if event in _TOUCHING else None)
    json.dump({"items": _items(adapter, order), "touched": touched}, sys.stdout)


def _items(adapter: Any, order: Order) -> list[str]:  # noqa: ANN401 - whatever was loaded
    with (
        Archive.open(Path(order.archive), read_only=True) as archive,
        http.client(Forbidden()) as client,
    ):
        made = adapter(order.settings, client)
        return [repr(item) for item in made.plan(ArchiveReader(archive))]


def _load(order: Order) -> Any:  # noqa: ANN401 - as above
    try:
        module = importlib.import_module(order.module)
    except ImportError:
        specification = importlib.util.spec_from_file_location(order.module, order.file)
        if specification is None or specification.loader is None:
            raise
        module = importlib.util.module_from_spec(specification)
        sys.modules[order.module] = module
        specification.loader.exec_module(module)
    found: Any = module
    for part in order.name.split("."):
        found = getattr(found, part)
    return found


def _put_forward(days: int) -> None:
    """Let every clock show another day to whatever module is imported from now on."""
    seconds, distance = days * 86_400, dt.timedelta(days=days)
    true_time, true_time_ns = time.time, time.time_ns

    class Later(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Later:
            return super().now(tz) + distance

        @classmethod
        def utcnow(cls) -> Later:
            return super().utcnow() + distance

        @classmethod
        def today(cls) -> Later:
            return super().today() + distance

    class LaterDay(dt.date):
        @classmethod
        def today(cls) -> LaterDay:
            return super().today() + distance

    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_time_ns() + seconds * 1_000_000_000
    dt.datetime = Later  # type: ignore[misc]
    dt.date = LaterDay  # type: ignore[misc]
