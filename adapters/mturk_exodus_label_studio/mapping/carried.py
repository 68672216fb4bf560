"""What Label Studio has no place for, in MTurk's own words: `meta` of a task, and in each
annotation a hidden text, which survives a person's later edit (measured in the editor).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from mturk_exodus import records
from mturk_exodus.replay.adapter import JSON, Task
from mturk_exodus_label_studio.mapping.texts import of_json

_ELSEWHERE = frozenset({"question", "worker_id"})
"""The question makes the project and the task's data; for a worker stands somebody else."""

_OF_PEOPLE = ("answer", "requester_feedback")
_SHORTEST_ID = 8
"""Characters: what is shorter stands in many a word."""

Words = dict[str, JSON]


def _members(record: type[Any]) -> tuple[tuple[str, str], ...]:
    return _told(record)  # type: ignore[arg-type] # mypy takes an instance's hash for its class's


@cache
def _told(record: type[Any]) -> tuple[tuple[str, str], ...]:
    found = records.members(record)
    return tuple((name, member.name) for name, member in found if name not in _ELSEWHERE)


def words_of(record: object) -> Words:
    """What a record says, by MTurk's names of its members; without what it does not say."""
    return {
        name: value
        for attribute, name in _members(type(record))
        if (value := getattr(record, attribute)) is not None
    }


def without_id(assignment: records.Assignment, worker_id: str, stands: str) -> dict[str, str]:
    """What an assignment says with whoever stands for the worker in place of the worker's id: only
    the members in which that changes something. Pages of requesters put the id into their answers.
    """
    if stands == worker_id or len(worker_id) < _SHORTEST_ID:
        return {}
    said = {name: getattr(assignment, name) for name in _OF_PEOPLE}
    return {
        name: text.replace(worker_id, stands)
        for name, text in said.items()
        if text is not None and worker_id in text
    }


def bonus_of(bonus: records.BonusPayment, worker: str | None) -> Words:
    """A bonus, with whoever stands for the worker. No money is paid again."""
    return {**({"Worker": worker} if worker else {}), **words_of(bonus)}


def meta_of(task: Task, bonuses: Iterable[Words], keys: Mapping[str, str]) -> Words:
    """A task's meta.

    Args:
        task: the HIT and what hangs on it.
        bonuses: to assignments that are not there.
        keys: names of variables that are no keys of data, by the keys that they have there.
    """
    said = words_of(task.hit)
    texts = "".join([value for value in said.values() if isinstance(value, str)])
    if of_json(texts) != texts:
        said = _safe(said)
    reports = [words_of(one) for one in task.review_reports]
    more: Words = {"ReviewReports": reports, "BonusPayments": [*bonuses], "Variables": {**keys}}
    return {"mturk": {**said, **{name: _safe(value) for name, value in more.items() if value}}}


def _safe(said: JSON) -> JSON:
    """The same as a database can hold it; the very same in all but the oddest case."""
    if isinstance(said, str):
        return of_json(said)
    if isinstance(said, dict):
        return {of_json(name): _safe(value) for name, value in said.items()}
    return [_safe(one) for one in said] if isinstance(said, list) else said


def hidden_of(assignment: records.Assignment, worker: str | None, bonuses: Iterable[Words]) -> str:
    """The hidden text of an annotation: compact JSON that says what MTurk said of the assignment,
    its answer included.
    """
    said = {**({"Worker": worker} if worker else {}), **words_of(assignment)}
    paid = [*bonuses]
    if paid:
        said["BonusPayments"] = paid
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    if of_json(text) == text:
        return text
    return json.dumps(said, separators=(",", ":"))


def said_by(hidden: str) -> Words:
    """The other way: what the hidden text says.

    Raises:
        ValueError: it is no such text.
    """
    said = json.loads(hidden)
    if not isinstance(said, dict):
        raise ValueError("is no object")  # noqa: TRY004 - the text is wrong, not its type
    return said
