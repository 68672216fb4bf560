"""Prints docs/commands.md: what every command says of itself, and every exit code."""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import sys
from collections.abc import Iterator

from click.testing import CliRunner

from mturk_exodus.cli import COMMANDS, cli
from mturk_exodus.errors import ExodusError

WIDTH = 100
HEAD = """\
# Commands

This page is made by `scripts/docs`; a test holds it to what the commands say of themselves.
`exodus` and `mturk-exodus` are the same program. Results go to stdout, everything else to stderr.
`--json` prints the result as one JSON document; an error is then a JSON object on stderr.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _section("exodus")]
    parts += [_section("exodus", command) for command in COMMANDS]
    return "\n".join([*parts, _exit_codes()])


def _section(*words: str) -> str:
    result = CliRunner().invoke(
        cli, [*words[1:], "--help"], prog_name="exodus", terminal_width=WIDTH
    )
    return f"## {' '.join(words)}\n\n```text\n{result.output.strip()}\n```\n"


def _exit_codes() -> str:
    rows = ["| code | error | meaning |", "| --- | --- | --- |", "| 0 |  | all is well |"]
    rows += [f"| {code} | {name} | {meaning} |" for code, name, meaning in sorted(_errors())]
    return "## Exit codes\n\n" + "\n".join(rows) + "\n"


def _errors() -> Iterator[tuple[int, str, str]]:
    yield 1, "", "a bug in mturk-exodus; please report it"
    yield 2, "", "wrong usage; the line above says what"
    families = ExodusError.__subclasses__()
    for error in [*families, *(one for family in families for one in family.__subclasses__())]:
        yield error.exit_code, error.__name__, (error.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    sys.stdout.write(page())
