"""The command line: parse, one call, print. The one place where an error becomes a line."""

from __future__ import annotations

from importlib import import_module

import click

from mturk_exodus.cli.boundary import guarded

COMMANDS = (
    "answers",
    "audit",
    "bonus",
    "bridge",
    "collect",
    "compact",
    "demo",
    "describe",
    "doctor",
    "export",
    "export-csv",
    "export-parquet",
    "fidelity",
    "forget",
    "form",
    "host",
    "import",
    "ingest",
    "plan",
    "pseudonymize",
    "publish",
    "seal",
    "serve",
    "show",
    "sources",
    "status",
    "targets",
    "upgrade",
    "verify",
)
"""One module each in this package, `_` for `-`, imported when it is called."""

_MODULES = {"import": "import_"}  # Python keeps that word to itself


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        module = import_module(f"mturk_exodus.cli.{name}")
        command: click.Command = module.command
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="mturk-exodus", prog_name="exodus")
def cli() -> None:
    """Take a whole Amazon Mechanical Turk account out, into one SQLite file.

    `exodus demo` shows it all on an invented account: no credentials, no network.
    """


def main() -> None:
    """Run the command line."""
    guarded(cli)
