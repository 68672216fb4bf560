"""How a plan looks: what would be made, and everything that does not arrive as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.replay.plan import LossCount, Plan

_LONGEST_NOTE = 400
_MOST_NAMES = 2


def show_plan(plan: Plan, declared: Sequence[LossCount], *, err: bool = False) -> None:
    """A plan for people."""
    show_table(("to be made", "number"), sorted(plan.actions.items()), err=err)
    if declared:
        click.echo("\nFields that do not arrive as they are:", err=err)
        _show_losses(declared, err=err)
    if plan.losses:
        click.echo("\nRecords of which something does not arrive as it is:", err=err)
        _show_losses(plan.losses, err=err)
        for loss in plan.losses:
            click.echo(
                shown(f"{loss.field}, {loss.fidelity.value}: {', '.join(loss.examples)}"), err=err
            )


def plan_as_json(plan: Plan, declared: Sequence[LossCount]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "actions": dict(plan.actions),
        "fields": [_as_json(one) for one in declared],
        "losses": [_as_json(one) for one in plan.losses],
        "digest": plan.digest,
    }


def _show_losses(losses: Sequence[LossCount], *, err: bool) -> None:
    rows = [
        (_fields(some), some[0].fidelity.value, max(one.records for one in some), _note(some[0]))
        for some in _alike(losses)
    ]
    show_table(("field", "", "records", "why"), rows, err=err)


def _alike(losses: Sequence[LossCount]) -> list[list[LossCount]]:
    """Those of one record, of one fidelity, for one reason, together."""
    groups: dict[tuple[str, str, str], list[LossCount]] = {}
    for one in losses:
        record = one.field.partition(".")[0]
        groups.setdefault((record, one.fidelity.value, one.note), []).append(one)
    return list(groups.values())


def _fields(losses: Sequence[LossCount]) -> str:
    record = losses[0].field.partition(".")[0]
    names = list(dict.fromkeys(one.field.partition(".")[2] for one in losses))
    if len(names) > _MOST_NAMES:
        return f"{record}, {len(names)} fields"
    return f"{record}.{', '.join(names)}"


def _note(loss: LossCount) -> str:
    return loss.note[:_LONGEST_NOTE]


def _as_json(loss: LossCount) -> dict[str, Any]:
    return {
        "field": loss.field,
        "fidelity": loss.fidelity.value,
        "records": loss.records,
        "note": loss.note,
        "examples": loss.examples,
    }
