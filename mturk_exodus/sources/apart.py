"""Large files are read in a process of their own, while this one writes: two cores, half the time.

What the process says comes through a pipe as marshalled plain values: tuples, text and numbers,
nothing that could run.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any

from mturk_exodus.sources.batches import Batch, batches
from mturk_exodus.sources.contents import Contents
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.finding import Unreadable, find
from mturk_exodus.sources.interface import FileRefused, Source
from mturk_exodus.sources.registry import installed

WORTH_IT = 8 * 1024 * 1024
"""Bytes. Below, starting a process takes longer than it saves."""

_PIPE = 1 << 20
_LENGTH = 8
# Python puts the folder that one is in before all others: what lies there is not to be run.
_BE_IT = (
    "import sys; sys.path[:] = filter(None, sys.path);"
    " import mturk_exodus.sources.apart as apart; apart.main()"
)


def read(source: Source, file: SourceFile) -> Iterator[Batch]:
    """Everything in a file, as `batches` has it.

    Raises:
        FileRefused: nothing of it should be kept.
    """
    if _is_worth_it(source, file):
        return _read_apart(source, file)
    return batches(source, file)


def _is_worth_it(source: Source, file: SourceFile) -> bool:
    return (
        file.local_path is not None
        and file.contents.size >= WORTH_IT
        and _cores() > 1
        and bool(sys.executable)
        and installed().sources.get(source.name) is not None
    )


def _cores() -> int:
    # macOS does not say which it may use.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _read_apart(source: Source, file: SourceFile) -> Iterator[Batch]:
    # A message is taken off the pipe while the one before is written; the pipe holds less than one,
    # and whoever cannot get rid of it reads no further.
    with _uncollected(), ThreadPoolExecutor(1) as ahead, _reader(source, file) as said:
        coming = ahead.submit(_receive, said)
        while (message := coming.result()) is not None:
            coming = ahead.submit(_receive, said)
            kind, content = message
            if kind == "refused":
                raise FileRefused(content)
            if kind == "end":
                return
            yield Batch(*content)
    raise FileRefused("the process that read it ended before the file did; it may lack memory")


@contextmanager
def _uncollected() -> Iterator[None]:
    """What comes has no rings: to look for some took a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _reader(source: Source, file: SourceFile) -> Iterator[IO[bytes]]:
    asked = [source.name, str(file.local_path), asdict(file.contents)]
    # A session of its own, so that Ctrl-C is for the one that writes to decide.
    with subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-c", _BE_IT, json.dumps(asked)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pipesize=_PIPE,
    ) as process:
        try:
            if process.stdout is not None:
                yield process.stdout
        finally:
            process.kill()


def _receive(said: IO[bytes]) -> tuple[str, str | tuple[object, ...]] | None:
    length = int.from_bytes(said.read(_LENGTH), "big")
    content = said.read(length)
    if not length or len(content) < length:
        return None
    message: tuple[str, str | tuple[object, ...]] = marshal.loads(content)  # noqa: S302 - from a process of ours
    return message


def _send(out: IO[bytes], kind: str, content: Any) -> None:  # noqa: ANN401 - plain values
    message = marshal.dumps((kind, content))
    out.write(len(message).to_bytes(_LENGTH, "big"))
    out.write(message)
    out.flush()


def main() -> None:
    """Be the reading process: its one argument names the source, the file, and what is known."""
    # What is made here has no rings, and is gone with the next batch.
    gc.disable()
    name, path, contents = json.loads(sys.argv[1])
    out = sys.stdout.buffer
    try:
        (file,) = find([path])
        if isinstance(file, Unreadable):
            raise FileRefused(file.reason)  # noqa: TRY301 - as any other refusal
        file.contents = Contents(**contents)
        for batch in batches(installed().source(name), file):
            _send(out, "batch", tuple(batch))
        _send(out, "end", "")
    except FileRefused as refusal:
        _send(out, "refused", str(refusal))
    except BrokenPipeError:
        sys.stdout = None
