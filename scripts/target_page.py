"""Prints docs/targets/TARGET.md: an adapter's settings, and what becomes of each field."""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import sys

from mturk_exodus.cli.targets import rows_of
from mturk_exodus.replay.adapter import Adapter, Fidelity, Setting
from mturk_exodus.replay.registry import adapter

MEANINGS = {
    Fidelity.EXACT: "the same value with the same meaning",
    Fidelity.CONVERTED: "the same meaning in another form",
    Fidelity.APPROXIMATE: "near; the reason says how near",
    Fidelity.MANUAL: "a person must do it",
    Fidelity.NOT_IMPLEMENTED: "the target could; this adapter does not yet",
    Fidelity.UNSUPPORTED: "the target cannot",
}


def page(target: type[Adapter]) -> str:
    """The whole page."""
    lines = [
        f"# {target.title}",
        "",
        "This page is made by `scripts/docs`; a test holds it to what the adapter says of itself.",
        "",
        "## Settings",
        "",
        "| setting | environment | what | otherwise |",
        "| --- | --- | --- | --- |",
        *map(_setting, target.settings),
        "",
        "## What becomes of each field",
        "",
        *(f"- **{fidelity.value}**: {meaning}" for fidelity, meaning in MEANINGS.items()),
        "",
        "| field | arrives | why |",
        "| --- | --- | --- |",
        *(f"| {name} | {fidelity} | {_cell(note)} |" for name, fidelity, note in rows_of(target)),
    ]
    return "\n".join(lines) + "\n"


def _setting(one: Setting) -> str:
    cells = (f"`{one.name}`", _code(one.environment), _cell(one.help), _code(one.default))
    return f"| {' | '.join(cells)} |"


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(page(adapter(sys.argv[1])))
