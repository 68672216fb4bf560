"""Where an error becomes one line on stderr and an exit code."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from mturk_exodus.archive.failures import from_sqlite
from mturk_exodus.errors import ExodusError, Interrupted


def guarded(command: click.Command) -> NoReturn:
    """Run a command; every error of ours is one line, and its exit code.

    With `--json` among the arguments the line is a JSON object, still on stderr.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail(Interrupted("stopped"))
    except BrokenPipeError:
        # The reader of our output has gone; that is how `| head` ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ExodusError as error:
        _fail(error)
    except sqlite3.DatabaseError as error:
        _fail(from_sqlite(Path("the archive"), error))
    sys.exit(0)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(error: ExodusError) -> NoReturn:
    if "--json" in sys.argv:
        line = json.dumps({"error": type(error).__name__, "message": str(error)})
    else:
        line = f"Error: {error}"
    click.echo(line, err=True)
    sys.exit(error.exit_code)
