"""Which record goes into which table, and how a row follows from its raw record."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from mturk_exodus import records
from mturk_exodus.records import Value

_MAY_OVERFLOW = re.compile(r"[eE]\+?\d{3}|\d{300}")


def digest_of(text: str) -> str:
    """The digest that the archive keeps beside a text."""
    return hashlib.sha256(text.encode()).hexdigest()


class Raw(NamedTuple):
    """A record as its source gave it: the very text, and what the text says."""

    text: str
    wire: Any

    @property
    def sha256(self) -> str:
        """The digest that the archive keeps beside the text."""
        return digest_of(self.text)


@dataclass(frozen=True)
class Table:
    """A table of records.

    Attributes:
        name: the table's name.
        record: the record's class, whose fields are the table's columns.
        key: the columns that make a row one of its kind.
        context: columns that no member of the record gives; whoever stores it knows them.
        expressions: SQL for columns that may be stored otherwise than they are to be read.
    """

    name: str
    record: type[Any]
    key: tuple[str, ...]
    context: tuple[str, ...] = ()
    expressions: Mapping[str, str] = field(default_factory=dict, hash=False)

    def selected(self, names: Iterable[str]) -> str:
        """What `select` takes to give columns as they came."""
        return ", ".join(self.expressions.get(name, name) for name in names)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that follows from the record and its context."""
        fields = tuple(name for name, _ in records.members(self.record))
        return self.context + tuple(name for name in fields if name not in self.context)

    @cached_property
    def where(self) -> str:
        """SQL that finds the one row of a key, whose columns' values are its parameters."""
        return " and ".join(f"{name} = ?" for name in self.key)

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The columns that several sources may tell of."""
        fields = tuple(name for name, _ in records.members(self.record))
        return tuple(name for name in fields if name not in (*self.key, *self.context))

    def row(self, raw: Raw, context: Mapping[str, Value]) -> dict[str, Value]:
        """The values of `columns`, by name.

        Raises:
            InvalidRecord: the raw record is not what MTurk's model allows.
        """
        if _MAY_OVERFLOW.search(raw.text) and not _is_finite(raw.wire):
            raise records.InvalidRecord("the record holds a number that no column can hold")
        return self.row_of(raw.wire, context)

    def row_of(self, wire: Mapping[str, Any], context: Mapping[str, Value]) -> dict[str, Value]:
        """The same, of what is known to hold no number that is too large.

        Raises:
            InvalidRecord: the record is not what MTurk's model allows.
        """
        row = records.values(self.record, wire)
        for name, value in context.items():
            if row.get(name, value) != value:
                raise records.InvalidRecord(f"{name} is not the one that was asked for")
        if "alike" in self.context:
            row["alike"] = self.alike(row)
        return {**row, **context}

    def values_of(self, wire: Mapping[str, Any], context: Mapping[str, Value]) -> tuple[Value, ...]:
        """The same, in the order of `columns`.

        Raises:
            InvalidRecord: as row_of.
        """
        if not self.context and not context:
            return tuple(records.in_order(self.record, wire))
        row = self.row_of(wire, context)
        return tuple([row[name] for name in self.columns])

    def alike(self, row: Mapping[str, Value]) -> str:
        """A digest of what the members say, however a source spells them."""
        exact = [
            _SPELLED.get(name, _as_it_is)(row[name])
            for name, _ in records.members(self.record)
            if row[name] is not None
        ]
        return digest_of(json.dumps(exact))[:16]


def _plain_amount(value: Value) -> Value:
    return format(Decimal(str(value)).normalize(), "f")


def _whole_seconds(value: Value) -> Value:
    """Many a dump was written without the fraction."""
    return str(value)[:19]


def _plain_words(value: Value) -> Value:
    return " ".join(str(value).split())


def _as_it_is(value: Value) -> Value:
    return value


_SPELLED: Mapping[str, Callable[[Value], Value]] = {
    "bonus_amount": _plain_amount,
    "grant_time": _whole_seconds,
    "event_timestamp": _whole_seconds,
    "reason": _plain_words,
}


def _is_finite(wire: object) -> bool:
    if isinstance(wire, dict):
        return all(_is_finite(value) for value in wire.values())
    if isinstance(wire, list):
        return all(_is_finite(value) for value in wire)
    return not isinstance(wire, float) or math.isfinite(wire)


HITS = Table(
    "hits",
    records.HIT,
    ("hit_id",),
    expressions={
        # archive/whole.py has the functions.
        "question": "iif(question_template_id is null, question,"
        " exodus_question(question_template_id, question_values))",
        "raw": "iif(question_spelling is null, raw,"
        " exodus_raw(raw, question_template_id, question_values, question_spelling))",
    },
)
ASSIGNMENTS = Table("assignments", records.Assignment, ("assignment_id",))
QUALIFICATION_TYPES = Table(
    "qualification_types", records.QualificationType, ("qualification_type_id",)
)
QUALIFICATIONS = Table(
    "qualifications", records.Qualification, ("qualification_type_id", "worker_id")
)
QUALIFICATION_REQUESTS = Table(
    "qualification_requests", records.QualificationRequest, ("qualification_request_id",)
)
WORKER_BLOCKS = Table("worker_blocks", records.WorkerBlock, ("worker_id",))
BONUS_PAYMENTS = Table(
    "bonus_payments",
    records.BonusPayment,
    ("alike", "copy"),
    context=("hit_id", "alike", "copy"),
)
REVIEW_REPORTS = Table("review_reports", records.ReviewReport, ("hit_id", "page"), ("page",))
ACCOUNT_BALANCES = Table("account_balances", records.AccountBalance, ("run_id",), ("run_id",))
WORKER_DETAILS = Table("worker_details", records.WorkerDetail, ("worker_id",))
NOTIFICATION_EVENTS = Table(
    "notification_events", records.NotificationEvent, ("alike",), context=("alike",)
)
TEMPLATES = Table("templates", records.Template, ("template_sha256",))

TABLES = (
    HITS,
    ASSIGNMENTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    QUALIFICATION_REQUESTS,
    WORKER_BLOCKS,
    BONUS_PAYMENTS,
    REVIEW_REPORTS,
    ACCOUNT_BALANCES,
    WORKER_DETAILS,
    NOTIFICATION_EVENTS,
    TEMPLATES,
)

TABLE_NAMED = {table.name: table for table in TABLES}

HIT_TYPE_COLUMNS = (
    "hit_type_id",
    "title",
    "description",
    "keywords",
    "reward",
    "auto_approval_delay_in_seconds",
    "assignment_duration_in_seconds",
    "qualification_requirements",
)
"""What CreateHITType takes. No call reads a HIT type: the type's HIT of the smallest id tells."""
