"""Several sources on one record: whose word counts, member by member.

The order in which sources come does not matter: everything here follows from what they say.

1. The lower authority number wins; of one source's statements the later state of the record, then
   the one that says more; then the digest decides, so that something does.
2. A member that the first does not say is taken from the next that says it.
3. What changes while a record lives (an assignment's review, a worker's totals, a grant) is taken
   as a whole from the statement that saw the latest state, whatever its authority: an export of
   May does not undo an approval that a file of June shows. A HIT's counters are not among it:
   they say what the API still has to give, and for that the API alone counts.
4. A value that is not the one kept is a disagreement, unless it belongs to an earlier state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mturk_exodus.archive.tables import Table
from mturk_exodus.questions.answering import answers
from mturk_exodus.records import Value

Row = Mapping[str, Value]
Moment = tuple[Any, ...]

_HIT_STATUSES = (None, "Assignable", "Unassignable", "Reviewable", "Reviewing", "Disposed")


@dataclass(frozen=True)
class Statement:
    """What one source says of one record.

    Attributes:
        source: who says it.
        authority: how much it counts; less is more.
        values: by column; None is unknown.
        raw_sha256: the digest of its own words.
    """

    source: str
    authority: int
    values: Row
    raw_sha256: str


@dataclass(frozen=True)
class Disagreement:
    """Two values of a member."""

    member: str
    kept: Value
    kept_source: str
    other: Value
    other_source: str


@dataclass(frozen=True)
class Merged:
    """What the sources say together.

    Attributes:
        main: the place, among the statements, of the one whose raw stands in the record's row.
        values: by column.
        own_values: what the main one itself says, by column, where that is not in values.
        disagreements: in the order of the members.
    """

    main: int
    values: dict[str, Value]
    own_values: dict[str, Value]
    disagreements: list[Disagreement]


def merge(table: Table, statements: Sequence[Statement]) -> Merged:
    """Bring statements about one record together."""
    changing = CHANGING.get(table.name, _NOTHING_CHANGES)
    ranked = _ranked(statements, changing.moment)
    latest = max(changing.moment(statement.values) for statement in statements)
    recent = [one for one in ranked if changing.moment(one.values) == latest]
    recent += [
        one
        for one in ranked
        if changing.moment(one.values) != latest
        and changing.is_undated(changing.moment(one.values))
    ]
    columns = table.told
    heard = {name: recent if name in changing.columns else ranked for name in columns}
    kept = {name: _first(name, heard[name]) for name in columns}
    lacking = {name for name in changing.carried if kept[name][0] is None}
    kept |= {name: _first(name, ranked) for name in lacking}
    main = ranked[0]
    values = {name: value for name, (value, _) in kept.items()}
    return Merged(
        main=next(place for place, one in enumerate(statements) if one is main),
        values=values,
        own_values={
            name: main.values.get(name) for name in columns if main.values.get(name) != values[name]
        },
        disagreements=[
            Disagreement(name, kept[name][0], kept[name][1], other, source)
            for name in columns
            if name not in changing.passing
            for other, source in _others(name, kept[name][0], heard[name])
        ],
    )


def agree(column: str, one: Value, other: Value) -> bool:
    """Whether two values of a column are the same fact. Files know seconds, and `0.50` is `0.5`."""
    if one == other:
        return True
    compare = _COMPARED.get(column, _as_text)
    return compare(str(one), str(other))


@dataclass(frozen=True)
class Changing:
    """What changes while a record lives.

    Attributes:
        columns: the columns that change together.
        moment: how far the record had come; what is greater is later.
        carried: of the columns, those that are taken from an earlier state where the latest does
            not say them.
        passing: further columns that change; values of two moments are no disagreement.
        is_undated: whether a moment cannot be told to be earlier than another, or later.
    """

    columns: frozenset[str]
    moment: Callable[[Row], Moment]
    carried: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()
    is_undated: Callable[[Moment], bool] = lambda _: False


def _ranked(statements: Sequence[Statement], moment: Callable[[Row], Moment]) -> list[Statement]:
    by_digest = sorted(statements, key=lambda one: (one.source, one.raw_sha256))
    fullest_first = sorted(by_digest, key=_fullness, reverse=True)
    latest_first = sorted(fullest_first, key=lambda one: moment(one.values), reverse=True)
    return sorted(latest_first, key=lambda one: one.authority)


def _fullness(statement: Statement) -> tuple[int, int]:
    """How much is said: a copy without some of its columns must not count before the whole."""
    values = statement.values
    answered = str(values.get("answer") or "").count("<QuestionIdentifier>")
    filled = len(_parsed(values.get("template_variables")) or ())
    return answered + filled, sum(value is not None for value in values.values())


def _first(column: str, statements: Sequence[Statement]) -> tuple[Value, str]:
    leader = _FOLLOWS.get(column, column)
    for statement in statements:
        if statement.values.get(leader) is not None:
            return statement.values.get(column), statement.source
    return None, statements[0].source


def _others(
    column: str, kept: Value, statements: Sequence[Statement]
) -> Iterator[tuple[Value, str]]:
    if column in _FOLLOWS:
        return
    seen = set()
    for statement in statements:
        value = statement.values.get(column)
        if value is None or (value, statement.source) in seen:
            continue
        seen.add((value, statement.source))
        if not agree(column, kept, value):
            yield value, statement.source


def _review(values: Row) -> Moment:
    times = (values.get("approval_time"), values.get("rejection_time"))
    reviewed = any(times) or values.get("assignment_status") in ("Approved", "Rejected")
    return reviewed, max(str(time or "")[:19] for time in times)


def _progress(values: Row) -> Moment:
    status = values.get("hit_status")
    rank = _HIT_STATUSES.index(str(status)) if status in _HIT_STATUSES[1:] else 0
    return values.get("number_of_assignments_completed") or 0, rank


def _work_done(values: Row) -> Moment:
    return (values.get("lifetime_submitted") or 0,)


def _grant(values: Row) -> Moment:
    return str(values.get("grant_time") or "")[:19], values.get("status") == "Revoked"


_WORKER_TOTALS = frozenset(
    {"lifetime_submitted", "lifetime_approved", "block_status", "qualification_scores"}
)

CHANGING = {
    "assignments": Changing(
        frozenset({"assignment_status", "approval_time", "rejection_time", "requester_feedback"}),
        _review,
        carried=frozenset({"assignment_status"}),
        is_undated=lambda moment: moment == (True, ""),
    ),
    "hits": Changing(
        frozenset(),
        _progress,
        passing=frozenset(
            {
                "hit_status",
                "hit_review_status",
                "max_assignments",
                "number_of_assignments_pending",
                "number_of_assignments_available",
                "number_of_assignments_completed",
            }
        ),
    ),
    "worker_details": Changing(_WORKER_TOTALS, _work_done, carried=_WORKER_TOTALS),
    "qualifications": Changing(
        frozenset({"grant_time", "integer_value", "locale_value", "status"}), _grant
    ),
}
_NOTHING_CHANGES = Changing(frozenset(), lambda _: ())

_FOLLOWS = {"answer_doubts": "answer"}
"""Columns that are taken from where another one is taken."""


def _as_text(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())


def _as_time(one: str, other: str) -> bool:
    return one[:19] == other[:19]


def _as_money(one: str, other: str) -> bool:
    return Decimal(one) == Decimal(other)


def _as_structure(one: str, other: str) -> bool:
    ours = _parsed(one)
    return ours is not None and bool(ours == _parsed(other))


def _says_no_more(kept: str, other: str) -> bool:
    """Whether every variable has the same value in both that has one in the other."""
    whole, part = _parsed(kept), _parsed(other)
    if not isinstance(whole, dict) or not isinstance(part, dict):
        return False
    return part.items() <= whole.items()


def _parsed(text: Value) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(str(text or "null"))
    except ValueError:
        return None


_COMPARED: dict[str, Callable[[str, str], bool]] = {
    "answer": answers.says_no_more,
    "template_variables": _says_no_more,
    "reward": _as_money,
    "bonus_amount": _as_money,
    **dict.fromkeys(
        (
            "qualification_requirements",
            "locale_value",
            "qualification_scores",
            "variables",
            "assignment_review_policy",
            "assignment_review_report",
            "hit_review_policy",
            "hit_review_report",
        ),
        _as_structure,
    ),
    **dict.fromkeys(
        (
            "creation_time",
            "expiration",
            "auto_approval_time",
            "accept_time",
            "submit_time",
            "approval_time",
            "rejection_time",
            "deadline",
            "grant_time",
        ),
        _as_time,
    ),
}
