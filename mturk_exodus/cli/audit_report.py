"""A report in the terminal: every figure, and the tables that fit there."""

from __future__ import annotations

import click

from mturk_exodus.audit.renderers.html import to_act_on
from mturk_exodus.audit.renderers.values import shown as shown_value
from mturk_exodus.audit.report import Report, Section, Table
from mturk_exodus.cli.tables import show_table, shown

_TABLES = {
    *("gaps", "new_work", "hit_types", "months", "studies", "cutoffs", "targets", "losses"),
    *("failures", "agreement", "texts", "findings"),
}
_ROWS = 10
_COLUMNS = 8


def show(report: Report) -> None:
    """Print it."""
    for name, fact in report.facts.items():
        click.echo(shown(f"{name.replace('_', ' ')}: {fact}"))
    for section in report.sections:
        _show_section(section)
    acts = to_act_on(report)
    click.secho("\nWorth acting on" if acts else "\nNothing to act on", bold=True)
    for section, figure in acts:
        value = shown_value(figure.kind, figure.value)
        click.echo(shown(f"  {value} {figure.label} ({section.title})"))


def _show_section(section: Section) -> None:
    click.secho(f"\n{section.title}", bold=True)
    show_table(
        ("", "", "how"),
        [(one.label, shown_value(one.kind, one.value), one.how) for one in section.figures],
    )
    for table in section.tables:
        if table.name in _TABLES and table.total:
            _show_table(table)
    for note in section.notes:
        click.echo(f"\n{note}")


def _show_table(table: Table) -> None:
    places = table.on_page[:_COLUMNS]
    more = f", the first {_ROWS} of {table.total:,}" if table.total > _ROWS else ""
    click.echo(f"\n{table.title}{more}:")
    show_table(
        [table.columns[place].label for place in places],
        [
            [shown_value(table.columns[place].kind, row[place]) for place in places]
            for row in table.first(_ROWS)
        ],
    )
