from __future__ import annotations

import json
import tempfile
import webbrowser
from pathlib import Path
from typing import Any

import click

from mturk_exodus.archive import Archive, lookup
from mturk_exodus.archive.lookup import Row, Task
from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.questions import show_form, understood
from mturk_exodus.cli.tables import show_table, shown
from mturk_exodus.errors import NotAQuestion
from mturk_exodus.questions import html_question, preview
from mturk_exodus.questions.answering import answer_rows
from mturk_exodus.questions.answering.answer_rows import AnswerRow
from mturk_exodus.questions.answering.answers import UnreadableAnswer
from mturk_exodus.questions.form import Form, UnreadableQuestion
from mturk_exodus.questions.form import as_json as form_as_json

_OF_THE_HIT = (
    *("hit_id", "hit_type_id", "batch_id", "title", "description", "keywords", "reward"),
    *("hit_status", "max_assignments", "creation_time", "expiration", "requester_annotation"),
    "source",
)
_OF_THE_ASSIGNMENT = (
    *("assignment_id", "worker_id", "assignment_status", "accept_time", "submit_time"),
    *("approval_time", "rejection_time", "requester_feedback", "source"),
)
_VALUE_SHOWN = 2_000


@click.command("show")
@click.argument("record_id", metavar="HIT_ID|ASSIGNMENT_ID")
@archive_option
@click.option(
    "--open", "opens", is_flag=True, help="Show the question in a browser: no script, no network."
)
@json_option
def command(record_id: str, archive: Path, opens: bool, as_json: bool) -> None:
    """A HIT with its question and everything that was answered; or one assignment of it.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 19 it holds no such HIT or assignment;
    55 with --open: it does not hold the question, or it cannot be shown.
    """
    with Archive.open(archive, read_only=True) as opened:
        task = lookup.task(opened, record_id)
    form, why_not = _form(task.hit)
    if opens:
        page = _written(_page(task.hit, form))
        webbrowser.open(page.as_uri())
        click.echo(f"{page} is open in a browser", err=True)
    with result():
        if as_json:
            print_json(_as_json(task, form, why_not))
        else:
            _show(task, form, why_not)


def _form(hit: Row) -> tuple[Form | None, str]:
    if not hit["question"]:
        return None, "the archive does not hold the question: no source had it"
    try:
        return understood(hit["question"]), ""
    except NotAQuestion as error:
        return None, f"the question: {error}"


def _page(hit: Row, form: Form | None) -> str:
    title = f"HIT {hit['hit_id']}"
    if form is None:
        raise NotAQuestion("the archive does not hold that HIT's question, or it cannot be read")
    if form.kind == "external":
        raise NotAQuestion("the question is on a server elsewhere; nothing of it is in the archive")
    if form.kind == "question_form":
        return preview.of_form(form, title)
    try:
        return preview.of_html(html_question.unwrap(hit["question"]).html, title)
    except UnreadableQuestion:
        return preview.of_html(hit["question"], title)


def _written(page: str) -> Path:
    """The page in a folder that nobody else can read. It stays: a browser may read it later."""
    path = Path(tempfile.mkdtemp(prefix="exodus-show-")) / "question.html"
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def _answers(assignment: Row, form: Form | None) -> list[AnswerRow] | None:
    """None if the document cannot be read."""
    if not assignment["answer"]:
        return []
    doubts: dict[str, list[str]] = json.loads(assignment["answer_doubts"] or "{}")
    try:
        return answer_rows.rows(assignment["answer"], form, doubts)
    except UnreadableAnswer:
        return None


def _as_json(task: Task, form: Form | None, why_not: str) -> dict[str, Any]:
    return {
        "hit": task.hit,
        "form": None if form is None else form_as_json(form),
        "form_missing": why_not or None,
        "assignments": [
            {**assignment, "answers": _answers(assignment, form)} for assignment in task.assignments
        ],
    }


def _show(task: Task, form: Form | None, why_not: str) -> None:
    _show_columns(task.hit, _OF_THE_HIT)
    if task.hit["template_variables"]:
        click.echo()
        variables = json.loads(task.hit["template_variables"])
        show_table(("variable", "value"), list(variables.items()))
    click.echo()
    if form is None:
        click.echo(why_not)
    else:
        show_form(form)
    for assignment in task.assignments:
        click.echo()
        _show_columns(assignment, _OF_THE_ASSIGNMENT)
        _show_answers(assignment, form)
    if not task.assignments:
        click.echo("\nno assignments are held")


def _show_columns(row: Row, names: tuple[str, ...]) -> None:
    for name in names:
        if row[name] is not None:
            click.echo(shown(f"{name}: {row[name]}"))


def _show_answers(assignment: Row, form: Form | None) -> None:
    rows = _answers(assignment, form)
    if rows is None:
        click.echo("the answer cannot be read; it is in the column assignments.answer as it came")
    elif not rows:
        click.echo("the answer is empty" if assignment["answer"] else "no answer is held")
    else:
        headings = ("answered", "value", "how sure")
        show_table(headings, [(one.field, _cut(one.value), one.certainty) for one in rows])


def _cut(value: str | None) -> str:
    if value is None:
        return "-"
    return value if len(value) <= _VALUE_SHOWN else f"{value[:_VALUE_SHOWN]} ..."
