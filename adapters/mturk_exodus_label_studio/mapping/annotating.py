"""An assignment as an annotation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from mturk_exodus.questions.answering.answer_rows import Doubts
from mturk_exodus.questions.answering.answers import UnreadableAnswer
from mturk_exodus.questions.form import Form
from mturk_exodus.records import Assignment
from mturk_exodus.replay.adapter import JSON
from mturk_exodus_label_studio.mapping.answers import given
from mturk_exodus_label_studio.mapping.carried import Words, hidden_of
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import CARRIED, PAGE
from mturk_exodus_label_studio.mapping.results import Results, results_of

_UNREADABLE = "the answer's document cannot be read; it is carried as it is"


def payload_of(
    assignment: Assignment,
    form: Form,
    design: Design,
    data: Mapping[str, JSON],
    *,
    worker: str | None,
    email: str | None,
    bonuses: Sequence[Words],
) -> tuple[dict[str, JSON], list[str]]:
    """An annotation's payload, and why some of the answer is not in a control of its own.

    Args:
        assignment: the worker's work.
        form: what its HIT asks.
        design: the project that asks it.
        data: its task's.
        worker: whoever stands for the worker.
        email: the worker's user at the target.
        bonuses: to this assignment.
    """
    results = _results(assignment, form, design, data)
    carried = {
        "id": "carried",
        "from_name": CARRIED,
        "to_name": PAGE,
        "type": "textarea",
        "value": {"text": [hidden_of(assignment, worker, bonuses)]},
    }
    payload = {
        "result": [*results.items, carried],
        "lead_time": lead_time_of(assignment),
        "was_cancelled": assignment.assignment_status == "Rejected",
        "ground_truth": False,
        "import_id": import_id_of(assignment.assignment_id),
        "completed_by": email,
    }
    return payload, [*results.losses]


def _results(
    assignment: Assignment, form: Form, design: Design, data: Mapping[str, JSON]
) -> Results:
    if not assignment.answer:
        return Results()
    try:
        doubts = _doubts(assignment.answer_doubts)
        return results_of(given(assignment.answer, form, doubts), design, data)
    except UnreadableAnswer:
        return Results(losses={_UNREADABLE: None})


def _doubts(said: str | None) -> Doubts | None:
    """What is not known of an answer, as the archive keeps it."""
    try:
        doubts = json.loads(said) if said else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(doubts, dict):
        return None
    return {name: _texts(names) for name, names in doubts.items() if isinstance(names, list)}


def _texts(several: Sequence[object]) -> list[str]:
    return [one for one in several if isinstance(one, str)]


def lead_time_of(assignment: Assignment) -> float | None:
    """Seconds from accepting to submitting; None if that is not known."""
    accepted, submitted = _time(assignment.accept_time), _time(assignment.submit_time)
    if accepted is None or submitted is None or submitted < accepted:
        return None
    return (submitted - accepted).total_seconds()


def _time(said: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(said.replace("Z", "+00:00")) if said else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=timezone.utc)


def import_id_of(assignment_id: str) -> int:
    """A number for an assignment: Label Studio takes 64 bits with a sign, and no text."""
    digest = hashlib.sha256(assignment_id.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") >> 1
