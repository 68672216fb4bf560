"""Where an error becomes one line on stderr and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from mturk_exodus.archive.failures import from_sqlite
from mturk_exodus.errors import ExodusError, Interrupted, OutputFailed


def guarded(command: click.Command) -> NoReturn:
    """Run a command; every error of ours is one line, and its exit code.

    With `--json` among the arguments the line is a JSON object, still on stderr.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with result():
            _invoke(command)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        _refuse(error)
    except (click.Abort, KeyboardInterrupt):
        _fail(Interrupted("stopped"))
    except ExodusError as error:
        _fail(error)
    except sqlite3.DatabaseError as error:
        _fail(from_sqlite(Path("the archive"), error))
    sys.exit(0)


@contextmanager
def result() -> Iterator[None]:
    """Where a result is printed. A reader who has read enough and gone is no error.

    Raises:
        OutputFailed: stdout is closed, or takes no more for another reason.
    """
    if sys.stdout is None:
        # Before anything is done: the next file that is opened would take stdout's place.
        raise OutputFailed("stdout is closed, so there is nowhere to print; > /dev/null opens it")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _print_no_more()
    except OSError as error:
        _print_no_more()
        raise OutputFailed(f"the output could not be written: {error.strerror}") from error


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, so that work ends where it is whole. A second one
    ends it at once.
    """
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            _interrupt(number, frame)
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, ask_to_stop) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _invoke(command: click.Command) -> None:
    # Not command.main(): it writes lines of its own and exits with codes of its own.
    with command.make_context("exodus", sys.argv[1:]) as context:
        command.invoke(context)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refuse(error: click.ClickException) -> NoReturn:
    if "--json" in sys.argv:
        _say(type(error).__name__, error.format_message())
    else:
        error.show()
    sys.exit(error.exit_code)


def _fail(error: ExodusError) -> NoReturn:
    _say(type(error).__name__, str(error))
    sys.exit(error.exit_code)


def _say(kind: str, message: str) -> None:
    if "--json" in sys.argv:
        click.echo(json.dumps({"error": kind, "message": message}), err=True)
    else:
        click.echo(f"Error: {message}", err=True)
