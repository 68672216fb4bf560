"""What `form` and `show` have in common: a question by its id or its file, and how it is read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from mturk_exodus.archive import Archive, lookup
from mturk_exodus.cli.tables import show_table, shown, shown_lines
from mturk_exodus.errors import NoSuchRecord, NotAQuestion
from mturk_exodus.questions import question
from mturk_exodus.questions.form import Field, Form, Shown, UnreadableQuestion
from mturk_exodus.sources.files import FileRefused, local_file

LONGEST = 16 << 20
"""Bytes of a question in a file. MTurk takes 65,535; the largest public template has 590,640."""

_TEXT_SHOWN = 300
_CHOICES_SHOWN = 8


def question_text(name: str, archive: Path) -> str:
    """The question in a file, or of a HIT of the archive.

    Raises:
        NotAQuestion: there is a file, and it is too long or no text; or the HIT has no question.
        NoSuchRecord: there is no such file, and the archive has no such HIT.
    """
    path = Path(name)
    if path.is_file():
        return _of_file(path)
    if not archive.exists():
        raise NoSuchRecord(shown(f"there is no file {name}, and no archive at {archive}"))
    with Archive.open(archive, read_only=True) as opened:
        held = lookup.task(opened, name).hit["question"]
    if not held:
        raise NotAQuestion("the archive does not hold that HIT's question: its source had none")
    return str(held)


def _of_file(path: Path) -> str:
    if path.stat().st_size > LONGEST:
        raise NotAQuestion(shown(f"{path} is longer than any question ({LONGEST >> 20} MB)"))
    try:
        file = local_file(path)
        if file.contents.has_nul:
            raise NotAQuestion(shown(f"{path} has NUL bytes: it is no text"))
        with file.text() as text:
            return text.read()
    except FileRefused as refusal:
        raise NotAQuestion(shown(f"{path} {refusal}")) from None


def understood(text: str) -> Form:
    """What a question asks.

    Raises:
        NotAQuestion: it is none.
    """
    try:
        return question.read(text)
    except UnreadableQuestion as error:
        raise NotAQuestion(f"this {error}") from None


def show_form(form: Form) -> None:
    """A form for people."""
    for line in _facts(form):
        click.echo(shown(line))
    if form.shows:
        click.echo("\nshown")
        for one in form.shows:
            click.echo(textwrap.indent(shown_lines(_shown(one)), "  "))
    click.echo()
    if form.fields:
        columns = ("field", "kind", "asked", "choices", "rules")
        show_table(columns, [_row(one) for one in form.fields])
    else:
        click.echo("no fields were found")
    if form.not_understood:
        click.echo()
        show_table(("not understood", "why"), [(one.what, one.why) for one in form.not_understood])


def _facts(form: Form) -> Iterator[str]:
    yield f"{form.kind.replace('_', ' ')} question" + (f": {form.title}" if form.title else "")
    if form.url is not None:
        yield f"url: {form.url}"
    if form.frame_height is not None:
        yield f"frame height: {form.frame_height:,} px"
    if form.variables:
        yield f"variables: {', '.join(form.variables)}"
    if form.scripts or form.has_inline_script:
        yield f"scripts: {len(form.scripts)} loaded" + (
            ", and some of its own" if form.has_inline_script else ""
        )


def _shown(one: Shown) -> str:
    value = one.value if len(one.value) <= _TEXT_SHOWN else f"{one.value[:_TEXT_SHOWN]} ..."
    return value if one.kind == "text" else f"[{one.kind}] {value}"


def _row(field: Field) -> tuple[str, ...]:
    choices = [one.label or one.value for one in field.choices[:_CHOICES_SHOWN]]
    more = len(field.choices) - len(choices)
    rules = ["required"] if field.required else []
    rules += [f"{name} {value}" for name, value in field.constraints.items()]
    return (
        field.name,
        field.kind.replace("_", " "),
        "\n".join([field.label or "-", *map(_shown, field.shows)]),
        ", ".join(choices) + (f" and {more:,} more" if more else "") or "-",
        ", ".join(rules) or "-",
    )
