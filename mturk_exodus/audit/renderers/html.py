"""A report as one page that needs nothing else: no script, no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mturk_exodus.audit.renderers import pictures
from mturk_exodus.audit.renderers.values import shown
from mturk_exodus.audit.report import Figure, Kind, Report, Section

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST = 160
_FACTS = {
    "archive": "archive",
    "archive_id": "archive's id",
    "account": "account",
    "endpoint": "endpoint",
    "as_of": "as of",
    "program_version": "mturk-exodus",
}


def page(report: Report, top: int) -> Iterator[str]:
    """The page, piece by piece; `top` rows of each table at most, which it says."""
    template = _environment().get_template("page.html")
    yield from template.generate(
        facts=[(label, report.facts[name]) for name, label in _FACTS.items()],
        report=report,
        to_act_on=to_act_on(report),
        top=top,
    )


def to_act_on(report: Report) -> list[tuple[Section, Figure]]:
    """The figures that a person should act on."""
    return [
        (section, one)
        for section in report.sections
        for one in section.figures
        if one.is_warning and one.value
    ]


def _environment() -> Environment:
    # No other command needs it, and it takes time to import.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - see above

    environment = Environment(
        loader=PackageLoader("mturk_exodus.audit.renderers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    environment.globals |= {"shown": shown, "drawn": pictures.drawn, "Kind": Kind}
    return environment


def _cell(text: str) -> str:
    """A title may be as long as a page."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\N{HORIZONTAL ELLIPSIS}"
