"""The cells of a HIT or an assignment: as its file had them, or else as the site writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from mturk_exodus.batch_columns import ANSWER, INPUT, MARKS, RATES
from mturk_exodus.questions.answering import answers
from mturk_exodus.requester_site import pacific
from mturk_exodus.requester_site.columns import FileColumns

BATCH_CSV = "batch_csv"
"""The source whose own words are the site's cells."""
UNREADABLE = f"{ANSWER}unreadable"
"""Where an answer stands that cannot be taken apart."""

Row = Mapping[str, Any]
Said = dict[str, str]


def of_hit(row: Row, file: FileColumns | None) -> Said:
    """A HIT's cells by column."""
    if row["source"] != BATCH_CSV or file is None:
        return _written(row, _HIT) | inputs(row)
    said, merged = _own_words(row, file, _HIT)
    if "template_variables" in merged or not file.inputs:
        return {k: cell for k, cell in said.items() if not k.startswith(INPUT)} | inputs(row)
    return said


def of_assignment(row: Row, file: FileColumns | None, beside: Callable[[str], Row]) -> Said:
    """An assignment's cells by column.

    `beside` gives what batch results say of it that are not its main source: the archive has no
    columns for approval rates and marks.
    """
    if row["source"] != BATCH_CSV or file is None:
        others = beside(row["assignment_id"])
        more = {name: others[name] for name in (*RATES, *MARKS) if name in others}
        return _written(row, _ASSIGNMENT) | _work_time(row) | given(row) | more
    said, merged = _own_words(row, file, _ASSIGNMENT)
    if not merged.isdisjoint(("accept_time", "submit_time")):
        said |= _work_time(row)
    if "answer" in merged or not file.answers:
        return {k: cell for k, cell in said.items() if not k.startswith(ANSWER)} | given(row)
    return said


def _own_words(row: Row, file: FileColumns, columns: _Columns) -> tuple[Said, frozenset[str]]:
    """What the file says, and which columns of the archive other sources have changed."""
    said = file.renamed(json.loads(row["raw"]))
    if row["own_values"] is None:
        return said, frozenset()
    merged = frozenset(json.loads(row["own_values"]))
    return said | _written(row, {name: columns[name] for name in columns if name in merged}), merged


def inputs(row: Row) -> Said:
    """The template's variables."""
    variables = json.loads(row["template_variables"] or "{}")
    return {f"{INPUT}{name}": _as_text(value) for name, value in variables.items()}


def given(row: Row) -> Said:
    """What the worker gave, field by field."""
    document = row["answer"]
    if document is None:
        return {}
    try:
        return {f"{ANSWER}{name}": cell for name, cell in answers.flat(document).items()}
    except answers.UnreadableAnswer:
        return {UNREADABLE: document}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _written(row: Row, columns: _Columns) -> Said:
    return {
        name: "" if row[column] is None else write(row[column])
        for column, (name, write) in columns.items()
    }


def _work_time(row: Row) -> Said:
    accepted, submitted = row["accept_time"], row["submit_time"]
    if accepted is None or submitted is None:
        return {"WorkTimeInSeconds": ""}
    return {"WorkTimeInSeconds": f"{_seconds(submitted) - _seconds(accepted):.0f}"}


def _seconds(time: str) -> float:
    return (datetime.fromisoformat(time[:19]) - _BEGINNING).total_seconds()


@lru_cache(1024)
def _dollars(amount: str) -> str:
    exact = Decimal(amount)
    cents = exact.quantize(Decimal("0.01"))
    return f"${cents if cents == exact else exact:f}"


_BEGINNING = datetime(2005, 1, 1)  # noqa: DTZ001 - only a difference is looked at
_Columns = Mapping[str, tuple[str, Callable[[Any], str]]]
_HIT: _Columns = {
    "hit_id": ("HITId", str),
    "hit_type_id": ("HITTypeId", str),
    "title": ("Title", str),
    "description": ("Description", str),
    "keywords": ("Keywords", str),
    "reward": ("Reward", _dollars),
    "creation_time": ("CreationTime", pacific.written),
    "max_assignments": ("MaxAssignments", str),
    "requester_annotation": ("RequesterAnnotation", str),
    "assignment_duration_in_seconds": ("AssignmentDurationInSeconds", str),
    "auto_approval_delay_in_seconds": ("AutoApprovalDelayInSeconds", str),
    "expiration": ("Expiration", pacific.written),
}
_ASSIGNMENT: _Columns = {
    "assignment_id": ("AssignmentId", str),
    "worker_id": ("WorkerId", str),
    "assignment_status": ("AssignmentStatus", str),
    "accept_time": ("AcceptTime", pacific.written),
    "submit_time": ("SubmitTime", pacific.written),
    "auto_approval_time": ("AutoApprovalTime", pacific.written),
    "approval_time": ("ApprovalTime", pacific.written),
    "rejection_time": ("RejectionTime", pacific.written),
    "requester_feedback": ("RequesterFeedback", str),
}
COLUMNS_OF_HITS = (*_HIT, "template_variables", "source", "file_id", "own_values", "raw")
COLUMNS_OF_ASSIGNMENTS = (
    *_ASSIGNMENT,
    "hit_id",
    "answer",
    "source",
    "file_id",
    "own_values",
    "raw",
)
