from __future__ import annotations

import click

from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import json_option, print_json
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.errors import AdapterBroken
from mturk_exodus.replay.adapter import Adapter
from mturk_exodus.replay.fields import FIELDS
from mturk_exodus.replay.registry import adapter as one_adapter
from mturk_exodus.replay.registry import installed


@click.command("targets")
@click.argument("target", required=False)
@json_option
def command(target: str | None, as_json: bool) -> None:
    """Where an archive can be put to work; with TARGET, what becomes of each field there.

    \b
    Exit status: 0; 21 no such target; 22 a plug-in is broken (the others work).
    """
    if target is not None:
        _show_one(one_adapter(target), as_json=as_json)
        return
    found = installed()
    with result():
        if as_json:
            print_json([_as_json(one, found.packages[name]) for name, one in found.usable.items()])
        else:
            rows = [(name, one.title, found.packages[name]) for name, one in found.usable.items()]
            show_table(("target", "", "package"), rows)
    if found.broken:
        raise AdapterBroken(shown("; ".join(found.broken)))


def _show_one(adapter: type[Adapter], *, as_json: bool) -> None:
    with result():
        if as_json:
            print_json(_as_json(adapter, None))
            return
        show_table(
            ("setting", "from", "", "otherwise"),
            [(one.name, one.environment, one.help, one.default) for one in adapter.settings],
        )
        click.echo()
        show_table(("field", "arrives", "why"), rows_of(adapter))


def rows_of(adapter: type[Adapter]) -> list[tuple[str, str, str]]:
    """The fidelity table: each field, what becomes of it, and why."""
    told = ((name, adapter.capabilities[name]) for name in FIELDS)
    return [(name, one.fidelity.value, one.note) for name, one in told]


def _as_json(adapter: type[Adapter], package: str | None) -> dict[str, object]:
    return {
        "target": adapter.name,
        "title": adapter.title,
        "package": package,
        "settings": [
            {
                "name": one.name,
                "help": one.help,
                "environment": one.environment,
                "secret": one.secret,
                "default": one.default,
            }
            for one in adapter.settings
        ],
        "fields": [
            {"field": name, "fidelity": fidelity, "note": note}
            for name, fidelity, note in rows_of(adapter)
        ],
    }
