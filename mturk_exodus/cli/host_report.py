"""What `exodus host` prints."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable

import click

from mturk_exodus.cli.options import print_json
from mturk_exodus.cli.tables import shown
from mturk_exodus.serve.host.checking import Findings
from mturk_exodus.serve.host.desk import Counts
from mturk_exodus.serve.host.inviting import Invitation

_OF_COUNTS = {
    "hits": "HITs are offered",
    "places_left": "places of these are free",
    "live": "people are at work",
    "overdue": "have let their time run out",
    "returned": "gave a HIT back",
    "abandoned": "let one run out, and it went to somebody else",
    "submitted": "answers came",
    "gathered": "of these are in the archive",
    "workers": "people have come",
    "blocked": "people are blocked",
}


def show_check(findings: Findings, *, as_json: bool) -> None:
    """What would go wrong."""
    if as_json:
        print_json(_as_json(findings))
        return
    click.echo(
        f"{findings.shown:,} of {findings.hits:,} HITs can be shown, to {findings.places:,} people."
    )
    for finding in findings.of_hits.values():
        weight = "cannot be shown" if finding.prevents else "note"
        examples = ", ".join(finding.examples)
        click.echo(shown(f"{finding.hits:,} HITs, {weight}: {finding.says} ({examples})"))
    for line in findings.of_settings:
        click.echo(shown(line))


def _as_json(findings: Findings) -> dict[str, object]:
    return {
        "hits": findings.hits,
        "shown": findings.shown,
        "places": findings.places,
        "of_hits": [dataclasses.asdict(one) for one in findings.of_hits.values()],
        "of_settings": findings.of_settings,
        "is_good": findings.is_good,
    }


def show_counts(counts: Counts, *, as_json: bool) -> None:
    """How far the work is."""
    said = dataclasses.asdict(counts)
    if as_json:
        print_json(said)
        return
    for name, number in said.items():
        click.echo(f"{number:>12,}  {_OF_COUNTS[name]}")


def show_links(links: Iterable[Invitation], *, as_json: bool) -> None:
    """An address a line, behind whose it is; or JSON, an object a line."""
    for one in links:
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(one)))
        elif one.participant is None:
            click.echo(one.url)
        else:
            click.echo(f"{shown(one.participant)}\t{one.url}")
