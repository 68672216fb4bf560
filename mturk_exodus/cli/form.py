from __future__ import annotations

from pathlib import Path

import click

from mturk_exodus.cli.boundary import result
from mturk_exodus.cli.options import archive_option, json_option, print_json
from mturk_exodus.cli.questions import question_text, show_form, understood
from mturk_exodus.questions.form import as_json as form_as_json


@click.command("form")
@click.argument("question", metavar="FILE|HIT_ID")
@archive_option
@json_option
def command(question: str, archive: Path, as_json: bool) -> None:
    """What a question asks: its fields, their choices and rules, and what was not understood.

    FILE is a template, a layout or a question file; HIT_ID a HIT of the archive. Nothing of it is
    run or fetched: fields that only a script makes are named as not understood.

    \b
    Exit status: 0; 10-17 the archive cannot be read; 19 there is neither such a file nor such a
    HIT; 55 it is no question.
    """
    form = understood(question_text(question, archive))
    with result():
        if as_json:
            print_json(form_as_json(form))
        else:
            show_form(form)
