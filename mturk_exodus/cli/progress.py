"""How far a long command is: a live line on a terminal, now and then a plain one elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from mturk_exodus.cli.tables import shown

if TYPE_CHECKING:
    # Each command imports its own source; AWS's packages take half a second.
    from mturk_exodus.sources.ingest import Progress as FileProgress
    from mturk_exodus.sources.requester_api.exporter import Progress

_PLAIN_EVERY_SECONDS = 15.0


@contextmanager
def progress_display() -> Iterator[Callable[[Progress], None]]:
    """What an exporter may call as often as it likes. Everything goes to stderr."""
    speed = _Speed()
    with _lines() as say:
        yield lambda progress: say(speed.line(progress))


@contextmanager
def ingest_display() -> Iterator[Callable[[FileProgress], None]]:
    """The same for an ingest."""
    with _lines() as say:
        yield lambda progress: say(_file_line(progress))


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """The same for work that is only counted."""
    with _lines() as say:
        yield lambda count: say(f"{count:,} {what}")


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """The same for work of which it is told what is done now."""
    with _lines() as say:
        yield say


@contextmanager
def _lines() -> Iterator[Callable[[str], None]]:
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            yield lambda line: live.update(Text(line), refresh=True)
    else:
        yield _Seldom().show


def _file_line(progress: FileProgress) -> str:
    return shown(f"{progress.files:,} files, {progress.entries:,} rows read; {progress.name}")


@dataclass
class _Seldom:
    _shown_at: float = field(default_factory=time.monotonic)

    def show(self, line: str) -> None:
        now = time.monotonic()
        if now - self._shown_at >= _PLAIN_EVERY_SECONDS:
            self._shown_at = now
            click.echo(line, err=True)


@dataclass
class _Speed:
    """Calls a second over the last minute or so, and what it says about the time left."""

    _points: list[tuple[float, int]] = field(default_factory=list)

    def line(self, progress: Progress) -> str:
        made = sum(progress.calls.values())
        now = time.monotonic()
        self._points = [*self._points[-60:], (now, made)]
        began, before = self._points[0]
        speed = (made - before) / (now - began) if now - began >= 1 else 0.0
        words = [f"{made:,} calls", f"{progress.left:,} units to do", f"{speed:.1f} calls/s"]
        if speed:
            words.append(f"about {_duration(progress.left / speed)} left")
        if progress.throttled:
            words.append(f"{progress.throttled:,} throttled (now at most {progress.rate:.1f}/s)")
        if progress.troubles:
            words.append(f"{progress.troubles:,} asked again")
        return ", ".join(words)


def _duration(seconds: float) -> str:
    minutes, _ = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{round(seconds)} s"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
