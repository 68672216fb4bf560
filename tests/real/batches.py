"""Batches of the requester site with their templates, as requesters keep them in a folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from mturk_exodus.questions import question
from mturk_exodus.questions.pages import html_form
from tests.mturk_exodus.serve.host.account import batch_results
from tests.mturk_exodus.serve.host.filling import expected, flattened, wanted
from tests.real.assembly import folder

Row = dict[str, str]

_OF_THE_BATCH = ("Title", "Description", "Keywords")
_ANSWER, _INPUT = "Answer.", "Input."


def put_batch(into: Path, number: int, template: str, hits: int) -> list[str]:
    """A batch of HITs that were answered once, and its template; the HITs' ids.

    Where the public files have no batch of a template, its variables and answers are invented.

    Args:
        into: a folder.
        number: the batch's.
        template: its file's name among the public ones.
        hits: how many HITs.
    """
    page = (folder() / "templates" / template).read_text("utf-8")
    (into / f"{number}.html").write_text(page, "utf-8")
    own = folder() / "batch_csv" / template.replace("__template.html", "__batch.csv")
    said = _read(own, hits) if own.suffix == ".csv" else [_invented(page)] * hits
    rows = [_row(number, place, one) for place, one in enumerate(said)]
    with (into / f"Batch_{number}_batch_results.csv").open("w", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(rows)
    return [one["HITId"] for one in rows]


def _read(file: Path, number: int) -> list[Row]:
    """The first rows of a public batch, of which the ids were left out, and `Input.`."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row, _ in zip(csv.DictReader(stream), range(number), strict=False)]
    return [{_column(name): cell for name, cell in row.items()} for row in rows]


def _column(name: str) -> str:
    return name if name in _OF_THE_BATCH or name.startswith(_ANSWER) else f"{_INPUT}{name}"


def _invented(page: str) -> Row:
    names = html_form.read(page).variables
    filled = page
    for name in names:
        filled = filled.replace(f"${{{name}}}", f"a {name}")
    form = question.read(filled)
    given = expected(form, wanted(form))
    answers = flattened(given) if form.kind == "crowd" else given
    inputs = {f"{_INPUT}{name}": f"a {name}" for name in names}
    return {**inputs, **{f"{_ANSWER}{name}": "|".join(one) for name, one in answers.items()}}


def _row(number: int, place: int, said: Row) -> Row:
    (row,) = csv.DictReader(io.StringIO(batch_results(f"3HITOFBATCH{number:04}N{place:014}")))
    named = {name: cell for name, cell in row.items() if not name.startswith((_ANSWER, _INPUT))}
    ids = {
        "HITTypeId": f"3TYPEOFBATCH{number:018}",
        "RequesterAnnotation": f"BatchId:{number};OriginalHitTemplateId:{number};",
        "AssignmentId": f"3WORKOFBATCH{number:04}N{place:013}",
    }
    return {**named, **ids, **said}
